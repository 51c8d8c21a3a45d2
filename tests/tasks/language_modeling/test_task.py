"""Language models: windows, carried state, scores of a whole text, writing."""

import itertools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close
from quick import comparable, trained, weights_of

from seqlab import config, experiment
from seqlab.data.batching import plan
from seqlab.data.datasets import synthetic_text
from seqlab.data.splits import load_splits
from seqlab.data.store import Store
from seqlab.decoding.sampling_options import SamplingOptions
from seqlab.errors import DataError, RequestError
from seqlab.metrics.language_model import LanguageModelOutputs, bits_per_character, perplexity
from seqlab.models import score_text
from seqlab.models.language_modeling.recurrent_network import RecurrentLanguageModelNetwork
from seqlab.models.score_text import compile_scorer
from seqlab.progress import SILENT
from seqlab.tasks.language_modeling.loss import NextTokenLoss

QUICK = {
    "task": "language_model",
    "data": {"name": "synthetic", "size": 60_000},
    "vectorizer": "characters",
    "model": {"name": "recurrent", "cell": "gru", "units": 32},
    "training": {
        "epochs": 1, "batch_size": 16, "window": 50, "optimizer": "adam", "learning_rate": 1e-2,
        "schedule": "cosine_decay",
    },
}  # fmt: skip


def model_of(cell="gru", layers=1, **options):
    keras.utils.set_random_seed(1)
    given = {"units": 6, "embedding": 4, "dropout": 0.0, "tied": False} | options
    model = RecurrentLanguageModelNetwork(9, cell=cell, layers=layers, **given)
    model({"ids": tf.zeros((1, 1), tf.int32)})
    return model


def ids_of(length, seed=0):
    return np.random.default_rng(seed).integers(0, 9, length).astype(np.int32)


class TestWindows:
    @pytest.mark.parametrize("epoch", range(1, 20))
    def test_each_place_at_most_once_and_hardly_any_left_out(self, epoch):
        batches = plan.windows(1_000, 7, window=30, shift=None, seed=1, epoch=epoch)
        starts = np.sort(np.concatenate(batches))
        assert (np.diff(starts) == 30).all()
        assert starts[0] < 30
        assert 1_000 - 30 - 30 < starts[-1] + 30 <= 1_000 - 1

    def test_their_offset_changes_with_the_epoch(self):
        offsets = {min(map(min, plan.windows(1_000, 7, window=30, shift=None, seed=1, epoch=e))) for e in range(1, 9)}
        assert len(offsets) > 3

    def test_with_a_shift_they_overlap(self):
        batches = plan.windows(7, 2, window=4, shift=1, seed=0, epoch=1)
        assert sorted(np.concatenate(batches).tolist()) == [0, 1, 2]

    def test_a_text_that_just_fits(self):
        assert plan.windows(5, 8, window=4, shift=None, seed=0, epoch=1)[0].tolist() == [0]

    def test_streams_go_on_where_they_ended(self):
        batches = plan.streams(100, 3, window=5)
        assert [rows.tolist() for rows in batches[:2]] == [[0, 33, 66], [5, 38, 71]]
        assert max(batches[-1]) + 5 + 1 <= 100
        assert len(batches) == 6


class TestCarriedState:
    @pytest.mark.parametrize(("cell", "layers"), [("gru", 1), ("lstm", 2), ("simple_rnn", 1)])
    def test_reading_in_pieces_is_reading_at_once(self, cell, layers):
        model, ids = model_of(cell, layers), ids_of(24).reshape(2, 12)
        whole, _ = model.advance(ids, model.initial_state(2))
        state, pieces = model.initial_state(2), []
        for start in (0, 5, 6):
            piece, state = model.advance(ids[:, start : {0: 5, 5: 6, 6: 12}[start]], state)
            pieces.append(piece)
        assert_close(np.concatenate(pieces, axis=1), whole)

    def test_losses_of_carried_windows_are_those_of_one_long_pass(self):
        model, ids = model_of(), ids_of(31).reshape(1, 31)
        loss_function = NextTokenLoss(model, label_smoothing=0.0, streams=1)
        carried = [loss_function(model, {"ids": tf.constant(ids[:, start : start + 11])}) for start in (0, 10, 20)]
        whole = NextTokenLoss(model, label_smoothing=0.0, streams=None)(model, {"ids": tf.constant(ids)})
        assert_close(sum(float(sums["loss"][0]) for sums in carried), whole["loss"][0])

    def test_an_epoch_begins_anew(self):
        model, ids = model_of(), tf.constant(ids_of(11).reshape(1, 11))
        loss_function = NextTokenLoss(model, label_smoothing=0.0, streams=1)
        first = float(loss_function(model, {"ids": ids})["loss"][0])
        assert float(loss_function(model, {"ids": ids})["loss"][0]) != first
        loss_function.begin_epoch()
        assert_close(loss_function(model, {"ids": ids})["loss"][0], first)

    def test_smoothing_by_hand(self):
        """All logits equal: whatever the target, log 9."""
        model = model_of()
        for variable in model.trainable_variables:
            variable.assign(tf.zeros_like(variable.value))
        sums = NextTokenLoss(model, label_smoothing=0.3, streams=None)(model, {"ids": tf.zeros((2, 5), tf.int32)})
        assert_close(sums["loss"][0], 8 * math.log(9))
        assert float(sums["loss"][1]) == 8


def score(model, ids, max_context):
    return score_text.score_text(model, compile_scorer(model), ids, max_context, SILENT)


class TestReading:
    def naive(self, model, ids):
        logits, _ = model.advance(ids[None, :-1], model.initial_state(1))
        return tf.nn.log_softmax(logits[0]).numpy()[np.arange(len(ids) - 1), ids[1:]]

    @pytest.mark.parametrize("length", [2, 3, 300, 1_000])
    def test_a_short_text_is_read_from_its_beginning(self, length):
        model, ids = model_of(), ids_of(length)
        scores, correct = score(model, ids, None)
        assert_close(scores, self.naive(model, ids))
        assert correct.shape == (length - 1,)

    @pytest.mark.parametrize("length", [101, 150, 402])
    def test_stretches_with_a_run_up_score_every_place_once(self, monkeypatch, length):
        """The cells forget within the run-up, so that the scores are those of one pass."""
        monkeypatch.setattr(score_text, "MIN_SEGMENT", 50)
        monkeypatch.setattr(score_text, "WARM_UP", 40)
        monkeypatch.setattr(score_text, "IDS_PER_CALL", 16)
        model, ids = model_of(), ids_of(length)
        scores, _ = score(model, ids, None)
        assert_close(scores, self.naive(model, ids))

    @pytest.mark.parametrize(("length", "longest"), [(5, 8), (33, 8), (40, 7), (9, 8)])
    def test_windows_of_a_model_with_an_end(self, length, longest):
        """Each place is scored in the window that has seen most of what is before it, but for the halves' borders."""
        model, ids = model_of(), ids_of(length)
        scores, _ = score(model, ids, longest)
        width, run_up = min(longest, length - 1), longest // 2 if length - 1 > longest else 0
        expected = np.zeros(length - 1)
        for start in range(0, max(length - 1 - run_up, 1), max(width - run_up, 1)):
            piece = self.naive(model, ids[start : start + width + 1])
            begin = 0 if start == 0 else run_up
            expected[start + begin : start + len(piece)] = piece[begin:]
        assert (scores < 0).all()
        assert_close(scores, expected)


class TestMetrics:
    read = LanguageModelOutputs(
        np.log([0.5, 0.25]), np.array([True, False]), np.array([False, False]), np.array([1, 3])
    )

    def test_by_hand(self):
        assert bits_per_character(self.read) == pytest.approx((1 + 2) / 4)
        assert perplexity(self.read) == pytest.approx(math.sqrt(8))

    def test_no_bits_where_the_text_is_not_spelled(self):
        assert (
            bits_per_character(
                LanguageModelOutputs(self.read.log_probabilities, self.read.correct, self.read.unknown, None)
            )
            == {}
        )


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs"), given=QUICK)


def test_it_comes_near_what_is_possible_and_never_below(tmp_path, run):
    """What the grammar's own probabilities make of this very text is the best that any model can do.

    Words and signs spell these sentences exactly, so that their costs add up to that of the text, and a network learns
    in seconds what takes it minutes letter by letter.
    """
    text = load_splits.load(experiment.load(run).experiment.data).splits["test"]["text"][0]
    assert run.result()["test.bits_per_character"] > synthetic_text.bits_of(text) / len(text)
    words = {"name": "words", "split": "punctuation", "standardize": "none"}
    given = {**QUICK, "vectorizer": words, "data": {"name": "synthetic", "size": 200_000}}
    changes = ["training.epochs=3", "training.window=20", "model.embedding=16"]
    loaded = experiment.load(trained(tmp_path, *changes, given=given))
    text = load_splits.load(loaded.experiment.data).splits["test"]["text"][0]
    ids = loaded.task.vectorizer.encode([text]).ids.values
    spent = loaded.metrics["test.loss"] * (len(ids) - 1) / math.log(2)  # of the first word nothing is foretold
    assert loaded.task.vectorizer.decode(ids).replace(" ", "") == "".join(text.split())
    assert loaded.metrics["test.unknown_share"] == 0
    assert 1 < spent / synthetic_text.bits_of(text) < 1.04


def test_evaluation_repeats_the_figures(run):
    loaded = experiment.load(run)
    figures = loaded.evaluate("test")
    assert figures == {name: run.result()[name] for name in figures}


def test_items_add_up_to_the_loss(run):
    import json

    lines = [json.loads(line)["scores"] for line in run.predictions_file("test").read_text("utf-8").splitlines()]
    tokens = sum(line["tokens"] for line in lines)
    loss = -sum(line["log_probability"] for line in lines) / tokens
    assert loss == pytest.approx(run.result()["test.loss"], rel=1e-4)
    assert [line["start"] for line in lines[:2]] == [1, 1001]


def test_the_samples_are_written_at_three_temperatures(run):
    assert run.samples_file.read_text("utf-8").count("--- temperature") == 3


class TestWriting:
    def test_the_same_seed_writes_the_same_text_streamed_or_not(self, run):
        loaded = experiment.load(run)
        (text,) = loaded.generate(length=80, sampling=SamplingOptions(seed=5))
        assert len(text) == 80
        pieces = loaded.stream_text(None, length=80, samples=1, sampling=SamplingOptions(seed=5))
        assert "".join(piece[0] for piece in pieces) == text
        assert loaded.generate(length=80, sampling=SamplingOptions(seed=6)) != [text]

    def test_a_sample_is_the_same_alone_and_among_others(self, run):
        loaded = experiment.load(run)
        alone = loaded.generate(length=40, sampling=SamplingOptions(seed=1))
        assert loaded.generate(length=40, samples=3, sampling=SamplingOptions(seed=1))[:1] == alone

    def test_zero_is_greedy(self, run):
        loaded = experiment.load(run)
        (text,) = loaded.generate(length=1, sampling=SamplingOptions(temperature=0))
        beginning = loaded.predictor._default_prompt
        assert loaded.predict([beginning])[0].label == text

    def test_candidates_are_probabilities(self, run):
        (answer,) = experiment.load(run).predict(["a"])
        values = list(answer.probabilities.values())
        assert values == sorted(values, reverse=True)
        assert sum(values) <= 1 + 1e-6
        assert answer.probability == values[0]

    @pytest.mark.parametrize(("prompt", "said"), [("", "empty"), ("\u00df", "was|were|ß")])
    def test_prompts_that_cannot_be_read(self, run, prompt, said):
        with pytest.raises(RequestError, match=said):
            experiment.load(run).generate(prompt)

    def test_a_prompt_that_cannot_be_read_is_told_as_one_before_unknown_tokens_are_looked_for(self, run):
        with pytest.raises(RequestError, match="the prompt cannot be read"):
            experiment.load(run).out_of_vocabulary("\u00df")

    def test_the_report_finds_what_is_copied(self, run):
        loaded = experiment.load(run)
        copied = load_splits.load(loaded.experiment.data).splits["train"]["text"][0][1000:1100]
        report = loaded.report([f"§§§{copied}§§§"])
        assert report["longest_copied"]["text"] == copied
        assert report["test.bits_per_character"] == run.result()["test.bits_per_character"]


def test_only_language_models_write(tmp_path):
    classifier = trained(tmp_path)
    with pytest.raises(RequestError, match="cannot generate text; language_model runs can"):
        experiment.load(classifier).generate()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["training.window=200000"], "window of 200000 needs 200,001"),
        (["model.stateful=true", "training.batch_size=4000"], "in each of 4000 streams"),
    ],
)
def test_what_cannot_be_trained(tmp_path, changes, said):
    with pytest.raises((DataError, RequestError), match=said):
        trained(tmp_path, *changes, given=QUICK)


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
def test_what_cannot_be_asked_for(change):
    with pytest.raises(config.ConfigError):
        config.load(QUICK, [change])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            ["model={name: transformer, context: 49}"],
            "a window of 50 tokens is more than the model's context of 49",
        ),
        (["model.stateful=true", "training.shift=1"], "parallel streams read the text once from start to end"),
    ],
)
def test_what_model_and_windows_must_agree_on(changes, said):
    with pytest.raises(config.ConfigError) as error:
        config.load(QUICK, changes)
    assert said in " ".join(str(error.value).split())


class TestUnseenCharacters:
    """A training text of a, b and line ends; `§` stands in the validation text alone."""

    @pytest.fixture
    def given(self, tmp_path):
        for name, text in (("train", "abba\n" * 400), ("validation", "ab§a\n" * 100), ("test", "abba\n" * 100)):
            (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
        files = {f"{split}": str(tmp_path / f"{split}.txt") for split in ("validation", "test")}
        return {
            **QUICK,
            "data": {"name": "text_file", "path": str(tmp_path / "train.txt"), **files},
            "training": {**QUICK["training"], "epochs": 1, "window": 20},
        }

    def test_are_an_error_that_tells_what_to_do(self, tmp_path, given):
        with pytest.raises(DataError, match=r"'§' is not among the 3 of the training text.*vectorizer\.unknown: true"):
            trained(tmp_path, given=given)

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


def test_one_character_repeated_costs_nothing(tmp_path):
    (tmp_path / "a.txt").write_text("a" * 5_000, encoding="utf-8")
    data = {"name": "text_file", "path": str(tmp_path / "a.txt")}
    run = trained(tmp_path, "training.epochs=1", given={**QUICK, "data": data})
    assert run.result()["test.bits_per_character"] == pytest.approx(0, abs=1e-6)
    assert experiment.load(run).generate(length=5) == ["aaaaa"]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "empty|no text"), (bytes(range(256)) * 50, "UTF-8|binary"), (b"short", "characters")],
)
def test_files_that_are_no_text(tmp_path, content, said):
    (tmp_path / "text.txt").write_bytes(content)
    with pytest.raises(DataError, match=said):
        trained(tmp_path, given={**QUICK, "data": {"name": "text_file", "path": str(tmp_path / "text.txt")}})


@pytest.mark.parametrize(
    "changes",
    [
        ["model.stateful=true"],
        ["model.cell=lstm", "model.layers=2", "model.dropout=0.2", "model.tied=true"],
        ["model.one_hot=true", "model.cell=simple_rnn"],
        ["vectorizer=words", "data.size=20000"],
        ["vectorizer={name: subwords, size: 300}", "data.size=20000"],
        ["model={name: transformer, layers: 1, heads: 2, width: 16, feed_forward: 32, context: 60}", "data.size=20000"],
    ],
)
def test_other_models_and_tokens(tmp_path, changes):
    run = trained(tmp_path, "training.epochs=1", *changes, given=QUICK)
    loaded = experiment.load(run)
    assert loaded.evaluate("test")["test.loss"] == run.result()["test.loss"]
    assert loaded.generate(length=5)[0]
    assert ("test.bits_per_character" in run.result()) == (loaded.experiment.vectorizer.name != "words")


def test_carried_state_survives_a_stop(tmp_path):
    """Stopped in the middle of an epoch and resumed: every byte as if it had not been."""
    from seqlab.errors import Stopped
    from seqlab.training import loop

    changes = ["training.epochs=2", "model.stateful=true", "model.dropout=0.3", "training.batch_size=8"]
    whole = trained(tmp_path / "whole", *changes, given=QUICK)
    calls, advance = itertools.count(1), loop._advance

    def stop_once(bar, steps, position):
        advance(bar, steps, position)
        if next(calls) == 4:
            raise KeyboardInterrupt

    loaded = config.load(QUICK, [*changes, "training.checkpoint={every_seconds: 0.0001}"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "_advance", stop_once)
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
