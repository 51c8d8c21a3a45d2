"""Translation as a whole: phrases with one correct translation, models and vectorizers, resume, invalid configs."""

import itertools
import json
import math

import numpy as np
import pytest
from quick import TRANSLATED, comparable, trained, weights_of

from seqlab import config, experiment, runs
from seqlab.errors import DataError, RequestError
from seqlab.text.vocabulary import OF_SENTENCES
from seqlab.training import loop

SMALL = {**TRANSLATED, "data": {"name": "synthetic", "size": 200}, "training": {"epochs": 1, "batch_size": 16}}
SMALL_MODEL = {"name": "recurrent_encoder_decoder", "units": 130, "embedding": 8}
"""Half of the units each way: so many that XLA compiles nothing, which would be most of the time."""


def test_it_finds_the_one_right_translation_of_phrases_it_never_saw(translator):
    result = translator.result()
    assert result["test.exact_match"] > 0.97
    assert result["test.bleu"] > 98
    assert result["test.chrf"] > 98
    assert result["test.accuracy"] > 0.99
    assert result["test.perplexity"] == pytest.approx(math.exp(result["test.loss"]))
    assert result["test.bleu_signature"].startswith("nrefs:1|case:mixed|eff:no|tok:13a|")
    assert "test.free_running_loss" not in result, "training always told the truth"


def test_attention_lies_on_the_word_that_is_translated(loaded):
    """An adjective stands behind its noun in Spanish: the attention crosses."""
    (answer,) = loaded.stream_translations(["The queen buys the green table."])
    best = answer.hypotheses[0]
    assert best.text == "La reina compra la mesa verde."
    attention = np.array(best.attention)
    assert attention.shape == (len(best.tokens) + 1, len(answer.source_tokens) + 1)
    np.testing.assert_allclose(attention.sum(axis=1), 1, atol=1e-3)


@pytest.mark.slow
def test_a_sentence_of_which_nothing_is_left_asks_for_no_direction(tmp_path):
    run = trained(tmp_path, "vectorizer=words", given=SMALL)
    (answer,) = experiment.load(run).stream_translations(["!!!"])
    assert (answer.unknown, answer.reversed_direction) == (1, False)


def _predictions(run):
    return map(json.loads, run.predictions_file("test").read_text(encoding="utf-8").splitlines())


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        [
            "vectorizer={shared: {name: subwords, size: 300}}",
            "model={name: transformer, layers: 1, width: 16, heads: 2}",
        ],
        ["vectorizer={source: {name: words, reverse: true}, target: characters}", "model.attention=none"],
        ["vectorizer={name: words, max_length: 4}", "model.attention=bahdanau", "model.teacher_forcing=0.5"],
        [
            "model={name: recurrent_encoder_decoder, cell: gru, units: 130, embedding: 8, layers: 2, "
            "bidirectional: false, input_feeding: true, tied: true, uniform_init: 0.08}",
            "training.batch_tokens=400",
            "training.label_smoothing=0.1",
        ],
        [
            "data.source=spanish",
            "data.target=english",
            "model={name: transformer, layers: 1, width: 16, heads: 2, positions: learned, context: 5}",
        ],
    ],
)
def test_other_models_and_vectorizers(tmp_path, changes):
    run = trained(tmp_path, *changes, given={**SMALL, "model": SMALL_MODEL})
    loaded = experiment.load(run)
    again = loaded.evaluate("test")
    assert again["test.loss"] == pytest.approx(run.result()["test.loss"], rel=1e-5)
    assert again["test.bleu"] == run.result()["test.bleu"]
    for sentence in ("The queen buys the green table, and the table, and the table.", "!!!"):
        (answer,) = loaded.stream_translations([sentence])
        assert {len(row) for row in answer.hypotheses[0].attention} == {len(answer.source_tokens) + 1}
    assert ("test.free_running_perplexity" in again) == any("teacher_forcing" in change for change in changes)
    assert isinstance(loaded.translate(["The queen buys the green table."])[0], str)


@pytest.mark.slow
def test_what_costs_a_translation_of_the_whole_split_is_left_out_of_the_epochs(tmp_path):
    run = trained(tmp_path / "loss", given={**SMALL, "model": SMALL_MODEL})
    assert "validation.perplexity" in run.metrics()[0]
    assert "validation.bleu" not in run.metrics()[0]
    chosen = trained(tmp_path / "bleu", "training.monitor=validation.bleu", given={**SMALL, "model": SMALL_MODEL})
    assert "validation.bleu" in chosen.metrics()[0]
    assert "validation.chrf" not in chosen.metrics()[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        [
            "model.teacher_forcing={start: 1.0, end: 0.2, steps: 15}",
            "model.attention=bahdanau",
            "model.dropout=0.3",
            "model.sampled_softmax=15",
            "metrics=[perplexity, free_running]",
        ],
        [
            "model={name: transformer, layers: 1, width: 16, heads: 2, dropout: 0.2}",
            "training.batch_tokens=300",
            "metrics=[perplexity]",
        ],
    ],
)
def test_a_stop_in_the_middle_of_an_epoch_leaves_no_trace(tmp_path, changes):
    changes = [*changes, "training.epochs=2"]
    given = {**SMALL, "model": SMALL_MODEL}
    whole = trained(tmp_path / "whole", *changes, given=given)
    calls, following = itertools.count(1), loop._next_call

    def stop_once(steps, seconds):
        if next(calls) == 3:
            raise KeyboardInterrupt
        return following(steps, seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "_next_call", stop_once)
        patch.setattr(loop, "SECONDS_PER_CALL", 1e-9)
        with pytest.raises(KeyboardInterrupt):
            checkpoint = "training.checkpoint={every_seconds: 0.0001}"
            experiment.train(config.load(given, [*changes, checkpoint]), tmp_path / "stopped")
    (stopped,) = (each.run for each in runs.list_runs(tmp_path / "stopped"))
    resumed = experiment.resume(stopped)
    assert weights_of(resumed) == weights_of(whole)
    assert comparable(resumed.result()) == comparable(whole.result())


@pytest.mark.slow
def test_several_references_of_one_source_are_one_question(tmp_path):
    """BLEU asks each different source once and accepts each of its translations; the loss reads every pair."""
    train = "".join(f"n{i}\tm{i}\n" for i in range(40))
    (tmp_path / "train.tsv").write_text(train, encoding="utf-8")
    (tmp_path / "test.tsv").write_text("a\tb c d e\na\tx y z w\nq\tr\n", encoding="utf-8")
    data = {
        "name": "tsv", "path": str(tmp_path / "train.tsv"), "test": str(tmp_path / "test.tsv"), "header": False,
        "source": 0, "target": 1,
    }  # fmt: skip
    run = trained(tmp_path / "runs", given={**SMALL, "data": data, "model": SMALL_MODEL})
    assert run.result()["test.bleu_signature"].startswith("nrefs:var|")
    targets = [pair["target"] for pair in _predictions(run)]
    assert sorted(targets) == [["b c d e", "x y z w"], ["b c d e", "x y z w"], ["r"]]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (["vectorizer={name: words, ngrams: 2}"], "a translator writes each word once"),
        (["vectorizer={name: words, output: count}"], "it needs output: ids"),
        (["vectorizer={name: words, split: none}"], "a whole sentence as one word"),
        (["vectorizer={name: words, max_tokens: 4}"], "4 leaves no room for words besides 4 special ids"),
        (["vectorizer={name: words, reverse: true}"], "reverse only the source"),
        (["vectorizer={source: words, target: {name: words, reverse: true}}"], "vectorizer.target.reverse"),
        (["vectorizer={source: words}"], "'target' is missing"),
        (["vectorizer={words: 3}"], "expected the keys 'source' and 'target', or 'shared'"),
        (["vectorizer={name: words, fit: {fields: [source]}}"], "each side has one field"),
        (["model.bidirectional=true", "model.units=65"], "each direction has half of the units"),
        (["model.attention=bahdanau", "model.input_feeding=true"], "attention is bahdanau"),
        (["model.teacher_forcing=1.5"], "teacher_forcing"),
        (["model.decoding.coverage_penalty=0.2", "model.attention=none"], "this model has no attention weights"),
        (["model.decoding={beam: 3}"], "model.decoding.beam: unknown key 'beam'; available: beam_width"),
        (["model.decoding.beam_width=0"], "0 is too small; expected a whole number above 0"),
        (["runtime.xla=true"], "leave xla out"),
        (["model=bag"], "recurrent_encoder_decoder"),
        (["data=imdb"], "spa_eng"),
        (["training.monitor=validation.blue"], "did you mean 'bleu'"),
    ],
)
def test_configs_that_cannot_be(changes, says):
    with pytest.raises(RequestError) as error:
        config.load({**SMALL, "model": SMALL_MODEL}, changes)
    assert says in " ".join(str(error.value).split())


@pytest.mark.parametrize("option", ["loss=mean_squared_error", "class_weights=balanced"])
def test_training_options_without_a_meaning_are_refused(option):
    with pytest.raises(RequestError) as error:
        config.load({**SMALL, "model": SMALL_MODEL}, [f"training.{option}"])
    assert "means nothing for translation: it is an option of classification" in " ".join(str(error.value).split())


def test_a_damaged_vocabulary_is_an_error(translator, tmp_path):
    import shutil

    copy = runs.Run(shutil.copytree(translator.directory, tmp_path / translator.id))
    (copy.directory / "vocabulary_target.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="vocabulary_target"):
        experiment.load(copy)


def test_specials_come_first():
    assert OF_SENTENCES == ("", "[UNK]", "[START]", "[END]")


@pytest.mark.slow
@pytest.mark.usefixtures("real_data")
def test_the_lab_recipe_trains_on_real_captions(tmp_path):
    """A reversed source, scheduled truth, words in lower case; the figures of its pass mark stand under their names."""
    small = ["data.take.train=400", "model.units=66", "model.embedding=8", "training.epochs=1"]
    small += ["metrics=[perplexity, free_running]", "expected={}"]  # an untrained model writes without end
    run = experiment.train(config.load("multi30k/seq2seq_lstm", small), tmp_path)
    (epoch,), result = run.metrics(), run.result()
    assert {"train.loss", "validation.loss", "validation.free_running_loss"} <= set(epoch)
    assert result["test.free_running_perplexity"] == pytest.approx(math.exp(result["test.free_running_loss"]))
    assert run.section("data", "sizes")["test"]["examples"] == 1000
