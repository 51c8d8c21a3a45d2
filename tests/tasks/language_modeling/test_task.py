"""Language models as a whole: from a text to metrics, texts that cannot be trained on, unseen characters."""

import itertools
import math

import numpy as np
import pytest
import tensorflow as tf
from keras_twins import force
from quick import LANGUAGE_MODEL, comparable, trained, weights_of

from seqlab import config, experiment
from seqlab.data.datasets import synthetic_text
from seqlab.data.splits import load_splits
from seqlab.data.store import Store
from seqlab.errors import DataError, RequestError


def test_it_comes_near_what_is_possible_and_never_below(tmp_path, language_model):
    """What the grammar's own probabilities make of this very text is the best that any model can do.

    Words and signs spell these sentences exactly, so that their costs add up to that of the text, and a network learns
    in seconds what takes it minutes letter by letter.
    """
    text = load_splits.load(experiment.load(language_model).experiment.data).splits["test"]["text"][0]
    assert language_model.result()["test.bits_per_character"] > synthetic_text.bits_of(text) / len(text)
    words = {"name": "words", "split": "punctuation", "standardize": "none"}
    given = {**LANGUAGE_MODEL, "vectorizer": words, "data": {"name": "synthetic", "size": 200_000}}
    changes = ["training.epochs=3", "training.window=20", "model.embedding=16"]
    loaded = experiment.load(trained(tmp_path, *changes, given=given))
    text = load_splits.load(loaded.experiment.data).splits["test"]["text"][0]
    ids = loaded.task.vectorizer.encode([text]).ids.values
    spent = loaded.metrics["test.loss"] * (len(ids) - 1) / math.log(2)  # of the first word nothing is foretold
    assert loaded.task.vectorizer.decode(ids).replace(" ", "") == "".join(text.split())
    assert loaded.metrics["test.unknown_share"] == 0
    assert 1 < spent / synthetic_text.bits_of(text) < 1.04


def test_evaluation_repeats_the_figures(language_model):
    loaded = experiment.load(language_model)
    figures = loaded.evaluate("test")
    assert figures == {name: language_model.result()[name] for name in figures}


def test_items_add_up_to_the_loss(language_model):
    import json

    lines = [
        json.loads(line)["scores"] for line in language_model.predictions_file("test").read_text("utf-8").splitlines()
    ]
    tokens = sum(line["tokens"] for line in lines)
    loss = -sum(line["log_probability"] for line in lines) / tokens
    assert loss == pytest.approx(language_model.result()["test.loss"], rel=1e-4)
    assert [line["start"] for line in lines[:2]] == [1, 1001]


def test_the_samples_are_written_at_three_temperatures(language_model):
    assert language_model.samples_file.read_text("utf-8").count("--- temperature") == 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["training.window=200000"], "window of 200000 needs 200,001"),
        (["model.stateful=true", "training.batch_size=4000"], "in each of 4000 streams"),
    ],
)
def test_texts_that_are_too_short(tmp_path, changes, said):
    with pytest.raises((DataError, RequestError), match=said):
        trained(tmp_path, *changes, given=LANGUAGE_MODEL)


@pytest.mark.parametrize(
    "change",
    [
        "vectorizer={name: words, output: count}",
        "vectorizer={name: words, ngrams: 2}",
        "vectorizer.max_length=5",
        "model={name: recurrent, tied: true, one_hot: true}",
        "model=bag",
        "model={name: transformer, heads: 3}",
        "model={name: transformer, context: 49}",
    ],
)
def test_invalid_configs(change):
    with pytest.raises(config.ConfigError):
        config.load(LANGUAGE_MODEL, [change])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            ["model={name: transformer, context: 49}"],
            "a window of 50 tokens is more than the model's context of 49",
        ),
        (
            ["model={name: transformer, context: 51}"],
            "training reads windows of 50 tokens, and more than these are never trained: leave context out, "
            "or set training.window=51",
        ),
        (["model={name: transformer, positions: rotary, context: 999}"], "or set training.window=999"),
        (["model.stateful=true", "training.shift=1"], "parallel streams read the text once from start to end"),
    ],
)
def test_conflicts_of_model_and_windows(changes, said):
    with pytest.raises(config.ConfigError) as error:
        config.load(LANGUAGE_MODEL, changes)
    assert said in " ".join(str(error.value).split())


class TestUnseenCharacters:
    """A training text of a, b and line ends; `§` stands in the validation text alone."""

    @pytest.fixture
    def given(self, tmp_path):
        for name, text in (("train", "abba\n" * 400), ("validation", "ab§a\n" * 100), ("test", "abba\n" * 100)):
            (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
        files = {f"{split}": str(tmp_path / f"{split}.txt") for split in ("validation", "test")}
        return {
            **LANGUAGE_MODEL,
            "data": {"name": "text_file", "path": str(tmp_path / "train.txt"), **files},
            "training": {**LANGUAGE_MODEL["training"], "epochs": 1, "window": 20},
        }

    @pytest.mark.slow
    def test_are_skipped_counted_and_scored_as_improbable(self, tmp_path, given):
        run = trained(tmp_path / "runs", given=given)
        (note,) = [note for note in run.metadata()["data"]["notes"] if "not in the training text" in note]
        assert "100 of 500 tokens of the validation split" in note
        assert "('§'; first in validation.txt, line 1)" in note
        loaded, result = experiment.load(run), run.result()
        (ids,) = loaded.task.vectorizer.encode(["aba\n" * 100]).ids  # the text without §
        logits, _ = loaded.model.advance(tf.constant(ids[None, :-1]), loaded.model.initial_state(1))
        known = -tf.nn.log_softmax(logits[0]).numpy()[np.arange(399), ids[1:]].astype(np.float64)
        nats = known.sum() - 399 * math.log(2000 / 2001) + 100 * math.log(2001 * 1_114_112)
        assert result["validation.bits_per_character"] == pytest.approx(nats / 499 / math.log(2), rel=1e-4)
        assert result["validation.unknown_share"] == pytest.approx(100 / 499)
        assert result["validation.accuracy"] <= 399 / 499
        assert result["test.unknown_share"] == 0
        assert run.metadata()["vocabulary_size"] == 3, "no id for it"
        assert loaded.evaluate("validation")["validation.loss"] == pytest.approx(result["validation.loss"])
        assert set(loaded.generate(length=60)[0]) <= set("ab\n")

    @pytest.mark.slow
    def test_may_be_all_that_a_split_has(self, tmp_path, given):
        (tmp_path / "test.txt").write_text("§§§§", encoding="utf-8")
        result = trained(tmp_path / "runs", given=given).result()
        assert result["test.loss"] == pytest.approx(math.log(2001 * 1_114_112))
        assert (result["test.accuracy"], result["test.unknown_share"]) == (0, 1)

    @pytest.mark.slow
    def test_cost_the_unknown_token_shared_by_all_that_they_could_be(self, tmp_path, given):
        run = trained(tmp_path, "vectorizer.unknown=true", given=given)
        loaded = experiment.load(run)
        text = "".join(load_splits.load(loaded.experiment.data).splits["validation"]["text"])
        (ids,) = loaded.task.vectorizer.encode([text]).ids
        logits, _ = loaded.model.advance(tf.constant(ids[None, :-1]), loaded.model.initial_state(1))
        costs = -tf.nn.log_softmax(logits[0]).numpy()[np.arange(len(ids) - 1), ids[1:]].astype(np.float64)
        costs[ids[1:] == 0] += math.log(1_114_112)
        assert (ids == 0).sum() == 100
        assert run.result()["validation.bits_per_character"] == pytest.approx(costs.mean() / math.log(2), rel=1e-3)
        assert run.result()["validation.unknown_share"] == pytest.approx(0.2, abs=0.001)
        assert run.result()["test.unknown_share"] == 0
        assert loaded.out_of_vocabulary("ab§x§") == ["§", "x"]
        assert "[UNK]" not in loaded.generate(length=50)[0]


@pytest.mark.slow
def test_one_character_repeated_costs_nothing(tmp_path):
    (tmp_path / "a.txt").write_text("a" * 5_000, encoding="utf-8")
    data = {"name": "text_file", "path": str(tmp_path / "a.txt")}
    run = trained(tmp_path, "training.epochs=1", given={**LANGUAGE_MODEL, "data": data})
    assert run.result()["test.bits_per_character"] == pytest.approx(0, abs=1e-6)
    assert experiment.load(run).generate(length=5) == ["aaaaa"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "empty|no text"), (bytes(range(256)) * 50, "UTF-8|binary"), (b"short", "characters")],
)
def test_files_that_are_no_text(tmp_path, content, said):
    (tmp_path / "text.txt").write_bytes(content)
    with pytest.raises(DataError, match=said):
        trained(tmp_path, given={**LANGUAGE_MODEL, "data": {"name": "text_file", "path": str(tmp_path / "text.txt")}})


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        ["model.stateful=true"],
        ["model.cell=lstm", "model.layers=2", "model.dropout=0.2", "model.tied=true"],
        ["model.one_hot=true", "model.cell=simple_rnn"],
        ["vectorizer=words", "data.size=20000"],
        ["vectorizer={name: subwords, size: 300}", "data.size=20000"],
        [
            "model={name: transformer, layers: 1, heads: 2, width: 16, feed_forward: 32, context: 50}",
            "data.size=20000",
        ],
    ],
)
def test_other_models_and_tokens(tmp_path, monkeypatch, changes):
    force(monkeypatch, "plain")  # XLA would compile each model; the language model of the other tests is compiled
    run = trained(tmp_path, "training.epochs=1", *changes, given=LANGUAGE_MODEL)
    loaded = experiment.load(run)
    assert loaded.evaluate("test")["test.loss"] == run.result()["test.loss"]
    assert loaded.generate(length=5)[0]
    assert ("test.bits_per_character" in run.result()) == (loaded.experiment.vectorizer.name != "words")


@pytest.mark.slow
def test_a_transformer_is_scored_on_positions_that_it_was_trained_on(tmp_path):
    """The text is longer than a window, and new text of the same grammar costs what it cost in training. With a context
    of 128 tokens, longer than the windows as its default once was, it is 2.12 nats instead of 1.03."""
    transformer = "model={name: transformer, layers: 1, heads: 2, width: 32, feed_forward: 64, dropout: 0.0}"
    changes = ["data.size=30000", "training.epochs=2", "training.window=16"]
    run = trained(tmp_path, transformer, *changes, given=LANGUAGE_MODEL)
    assert experiment.load(run).predictor.max_context == 16
    assert run.result()["test.loss"] < 1.3


@pytest.mark.slow
def test_carried_state_survives_a_stop(tmp_path):
    """Stopped in the middle of an epoch and resumed: every byte as if it had not been."""
    from seqlab.errors import Stopped
    from seqlab.training import loop

    changes = ["training.epochs=2", "model.stateful=true", "model.dropout=0.3", "training.batch_size=8"]
    whole = trained(tmp_path / "whole", *changes, given=LANGUAGE_MODEL)
    calls, following = itertools.count(1), loop._next_call

    def stop_once(steps, seconds):
        if next(calls) == 4:
            raise KeyboardInterrupt
        return following(steps, seconds)

    loaded = config.load(LANGUAGE_MODEL, [*changes, "training.checkpoint={every_seconds: 0.0001}"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "_next_call", stop_once)
        with pytest.raises((KeyboardInterrupt, Stopped)):
            experiment.train(loaded, tmp_path / "stopped")
    (stopped,) = (
        each.run for each in __import__("seqlab.runs", fromlist=["list_runs"]).list_runs(tmp_path / "stopped")
    )
    resumed = experiment.resume(stopped)
    assert weights_of(resumed) == weights_of(whole)
    assert comparable(resumed.result()) == comparable(whole.result())


def test_a_store_of_one_column_has_its_length():
    assert len(Store({"ids": np.arange(5)})) == 5
