"""The task as a whole: phrases whose one right translation is known, answers, figures, and going on after a stop."""

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from quick import TRANSLATED, comparable, trained, weights_of

from seqlab import config, experiment, runs
from seqlab.data.splits import load_splits
from seqlab.decoding.beam_options import BeamOptions
from seqlab.errors import DataError, RequestError
from seqlab.tasks.translation import predictor, translate
from seqlab.text.sentences import UNKNOWN_ID
from seqlab.text.vocabulary import OF_SENTENCES
from seqlab.training import loop

SMALL = {**TRANSLATED, "data": {"name": "synthetic", "size": 200}, "training": {"epochs": 1, "batch_size": 16}}
SMALL_MODEL = {"name": "recurrent_encoder_decoder", "units": 66, "embedding": 8}


@pytest.fixture(scope="module")
def loaded(translator):
    return experiment.load(translator)


@pytest.fixture(scope="module")
def test_pairs(translator):
    lines = translator.predictions_file("test").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


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


def test_predictions_hold_references_and_how_probable_they_were(translator, test_pairs):
    assert len(test_pairs) == translator.section("data", "sizes")["test"]["examples"]
    tokens = sum(pair["scores"]["tokens"] for pair in test_pairs)
    log_probability = sum(pair["scores"]["log_probability"] for pair in test_pairs)
    assert -log_probability / tokens == pytest.approx(translator.result()["test.loss"], abs=1e-3)
    right = sum(pair["prediction"] in pair["target"] for pair in test_pairs) / len(test_pairs)
    assert right == pytest.approx(translator.result()["test.exact_match"], abs=0.02)
    assert "reference" in translator.samples_file.read_text(encoding="utf-8")


def test_evaluating_again_gives_the_figures_of_the_run(loaded, translator):
    again, result = loaded.evaluate("test"), translator.result()
    assert set(again) == {name for name in result if name.startswith("test.")}
    for name, value in again.items():
        assert result[name] == (pytest.approx(value, rel=1e-5) if isinstance(value, float) else value)


def test_what_is_scored_is_what_translate_answers(loaded, test_pairs):
    sources = load_splits.load(loaded.experiment.data).splits["test"]["source"][:40]
    assert loaded.translate(sources) == [pair["prediction"] for pair in test_pairs[:40]]


def test_an_answer_does_not_depend_on_its_company(loaded):
    sentences = [
        "The girl eats the red apple.",
        "Does the man paint the red eggs?",
        "We eat.",
        "The queen buys the green table.",
    ]
    together = loaded.translate(sentences)
    assert together == [loaded.translate([sentence])[0] for sentence in sentences]
    assert loaded.translate(sentences[::-1]) == together[::-1]
    assert loaded.predict(sentences)[0].label == together[0]


def test_blank_sentences_stay_blank_and_keep_their_place(loaded):
    assert loaded.translate(["", "The queen buys the green table.", " \t", ""]) == [
        "",
        "La reina compra la mesa verde.",
        "",
        "",
    ]
    assert loaded.translate([]) == []


@pytest.mark.parametrize(
    "sentence", ["zzz qqq", "猫が寝る", "!" * 40, "house " * 5_000, "[END] [START] [UNK]", "\u200b", "a" * 10_000]
)
def test_what_it_never_saw_has_an_answer_too(loaded, sentence):
    (answer,) = loaded.stream_translations([sentence], beam=BeamOptions(width=2, n_best=2))
    assert 1 <= len(answer.hypotheses) <= 2
    for hypothesis in answer.hypotheses:
        assert math.isfinite(hypothesis.score)
        assert len(hypothesis.tokens) <= 500
        assert not {"", "[START]", "[END]"} & set(hypothesis.tokens)


def test_several_translations_come_best_first(loaded):
    (answer,) = loaded.stream_translations(["The queen buys the green table."], beam=BeamOptions(width=5, n_best=4))
    scores = [each.score for each in answer.hypotheses]
    assert scores == sorted(scores, reverse=True)
    assert len({each.text for each in answer.hypotheses}) == 4
    (greedy,) = loaded.stream_translations(
        ["The queen buys the green table."], beam=BeamOptions(width=1, length_penalty=0.0)
    )
    assert greedy.hypotheses[0].log_probability <= max(each.log_probability for each in answer.hypotheses) + 1e-4


def test_the_candidates_of_each_step(loaded):
    (answer,) = loaded.stream_translations(["The queen buys the green table."], beam=BeamOptions(width=3), steps=True)
    assert answer.steps[0][0][0] == "La"
    assert all(len(step) <= 3 for step in answer.steps)
    values = [value for _, value in answer.steps[0]]
    assert values == sorted(values, reverse=True)
    assert any("[END]" in beginning for step in answer.steps for beginning, _ in step)


@pytest.mark.parametrize(("word", "looked_at"), [("reina", "queen"), ("verde", "green"), ("mesa", "table")])
def test_an_unknown_word_is_replaced_by_the_one_looked_at(loaded, monkeypatch, word, looked_at):
    """As if the model had written the unknown word where it wrote `word`."""
    place = len(OF_SENTENCES) + loaded.task.target.vectorizer.vocabulary.tokens.index(word)

    def forgetful(*asked, **options):
        found = translate.translate(*asked, **options)
        forgotten = [
            tuple(tuple(UNKNOWN_ID if it == place else it for it in ids) for ids in each.ids) for each in found
        ]
        return [replace(each, ids=ids) for each, ids in zip(found, forgotten, strict=True)]

    monkeypatch.setattr(predictor, "translate", forgetful)
    sentences, right = ["The queen buys the green table."], "La reina compra la mesa verde."
    assert loaded.translate(sentences) == [right.replace(word, "[UNK]")]
    assert loaded.translate(sentences, replace_unknown=True) == [right.replace(word, looked_at)]


def test_an_unknown_word_is_replaced_by_one_that_is_as_unknown_to_the_source(loaded, monkeypatch):
    """Two unknown words in a row, of which the first looks at the last of the sentence and the second before it."""
    looks = np.array([[0, 0, 0.9, 0.1], [0, 0.6, 0.4, 0], [0, 0, 0, 1]], np.float32)
    found = translate.SearchResult(((UNKNOWN_ID, UNKNOWN_ID),), (-1.0,), (-1.0,), (looks,))
    monkeypatch.setattr(predictor, "translate", lambda *asked, **options: [found])
    assert loaded.translate(["The zzz qqq"]) == ["[UNK] [UNK]"]
    assert loaded.translate(["The zzz qqq"], replace_unknown=True) == ["qqq zzz"]


def test_a_sentence_of_the_wrong_language_is_known_by_the_part_that_was_read(loaded, monkeypatch):
    """Of "La reina compra zzz …" four tokens are read: all unknown to the source, as a quarter of it all is here."""
    backwards = "La reina compra la mesa verde zzz zzz zzz zzz zzz zzz"
    monkeypatch.setattr(loaded.predictor, "max_ids", 5)
    (answer,) = loaded.stream_translations([backwards])
    assert (answer.unknown, answer.reversed_direction) == (4, True)
    (answer,) = loaded.stream_translations(["zzz " * 12])
    assert (answer.unknown, answer.reversed_direction) == (4, False)


def test_a_sentence_of_which_nothing_is_left_asks_for_no_direction(tmp_path):
    run = trained(tmp_path, "vectorizer=words", given=SMALL)
    (answer,) = experiment.load(run).stream_translations(["!!!"])
    assert (answer.unknown, answer.reversed_direction) == (1, False)


def _predictions(run):
    return map(json.loads, run.predictions_file("test").read_text(encoding="utf-8").splitlines())


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
            "input_feeding: true, tied: true, uniform_init: 0.08}",
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


def test_what_costs_a_translation_of_the_whole_split_is_left_out_of_the_epochs(tmp_path):
    run = trained(tmp_path / "loss", given={**SMALL, "model": SMALL_MODEL})
    assert "validation.perplexity" in run.metrics()[0]
    assert "validation.bleu" not in run.metrics()[0]
    chosen = trained(tmp_path / "bleu", "training.monitor=validation.bleu", given={**SMALL, "model": SMALL_MODEL})
    assert "validation.bleu" in chosen.metrics()[0]
    assert "validation.chrf" not in chosen.metrics()[0]


@pytest.mark.parametrize(
    "changes",
    [
        [
            "model.teacher_forcing={start: 1.0, end: 0.2, steps: 15}",
            "model.attention=bahdanau",
            "model.dropout=0.3",
            "model.sampled_softmax=15",
        ],
        ["model={name: transformer, layers: 1, width: 16, heads: 2, dropout: 0.2}", "training.batch_tokens=300"],
    ],
)
def test_a_stop_in_the_middle_of_an_epoch_leaves_no_trace(tmp_path, changes):
    changes = [*changes, "training.epochs=2", "metrics=[perplexity, free_running]"]
    given = {**SMALL, "model": SMALL_MODEL}
    whole = trained(tmp_path / "whole", *changes, given=given)
    calls, advance = itertools.count(1), loop._advance

    def stop_once(bar, steps, position):
        advance(bar, steps, position)
        if next(calls) == 3:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "_advance", stop_once)
        patch.setattr(loop, "SECONDS_PER_CALL", 1e-9)
        with pytest.raises(KeyboardInterrupt):
            checkpoint = "training.checkpoint={every_seconds: 0.0001}"
            experiment.train(config.load(given, [*changes, checkpoint]), tmp_path / "stopped")
    (stopped,) = (each.run for each in runs.list_runs(tmp_path / "stopped"))
    resumed = experiment.resume(stopped)
    assert weights_of(resumed) == weights_of(whole)
    assert comparable(resumed.result()) == comparable(whole.result())


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


def test_a_damaged_vocabulary_is_told(translator, tmp_path):
    import shutil

    copy = runs.Run(shutil.copytree(translator.directory, tmp_path / translator.id))
    (copy.directory / "vocabulary_target.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="vocabulary_target"):
        experiment.load(copy)


def test_specials_come_first():
    assert OF_SENTENCES == ("", "[UNK]", "[START]", "[END]")


@pytest.mark.usefixtures("real_data")
def test_the_lab_recipe_trains_on_real_captions(tmp_path):
    """A reversed source, scheduled truth, words in lower case; the figures of its pass mark stand under their names."""
    small = ["data.take=400", "model.units=66", "model.embedding=8", "training.epochs=1"]
    small += ["metrics=[perplexity, free_running]", "expected={}"]  # an untrained model writes without end
    run = experiment.train(config.load("multi30k/seq2seq_lstm", small), tmp_path)
    (epoch,), result = run.metrics(), run.result()
    assert {"train.loss", "validation.loss", "validation.free_running_loss"} <= set(epoch)
    assert result["test.free_running_perplexity"] == pytest.approx(math.exp(result["test.free_running_loss"]))
    assert run.section("data", "sizes")["test"]["examples"] == 1000
