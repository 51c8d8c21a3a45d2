"""What a translator answers: alone and in batches, several hypotheses, the steps of the search, unknown words."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from quick import Heard

from seqlab.data.ragged import Ragged
from seqlab.data.store import Store
from seqlab.decoding.beam_options import BeamOptions
from seqlab.errors import RequestError
from seqlab.explanations.options import ExplainOptions
from seqlab.models.translation import TRANSLATORS
from seqlab.progress import SILENT
from seqlab.tasks.translation import explain, predictor, translate
from seqlab.tasks.translation.length_limit import LengthLimit
from seqlab.tasks.translation.task import FittedTranslation
from seqlab.text import Subwords, Words
from seqlab.text.sentences import UNKNOWN_ID, Sentences
from seqlab.text.vocabulary import OF_SENTENCES


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
    assert loaded.translate("The queen buys the green table.", beam_width=1) == greedy.hypotheses[0].text
    with pytest.raises(RequestError, match="beam width is 0"):
        loaded.translate("The queen.", beam_width=0)
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


def untrained(model, vectorizer=Words()):  # noqa: B008  # frozen
    """What answers for a model with random weights, of five words a side."""
    side = Sentences.learn(vectorizer, ["a b c d e", "a b"])
    task = FittedTranslation(TRANSLATORS.read(model), side, side, LengthLimit())
    return task.predictor(task.build(None))


RECURRENT = {"name": "recurrent_encoder_decoder", "units": 4, "embedding": 2, "bidirectional": False}


def test_it_writes_as_the_config_says_wherever_nothing_else_is_asked_for(monkeypatch):
    answering = untrained({**RECURRENT, "decoding": {"beam_width": 3, "length_penalty": 1.0, "unknown_penalty": 9.0}})
    assert answering.beam == BeamOptions(width=3, length_penalty=1.0, unknown_penalty=9.0)
    beams = []

    def heard(compiled, source, beam, *rest, **options):
        beams.append(beam)
        return translate.translate(compiled, source, beam, *rest, **options)

    for room in (predictor, explain):
        monkeypatch.setattr(room, "translate", heard)
    list(answering.predict(["a b"]))
    list(answering.explain(["a b"], ExplainOptions(), SILENT))
    pairs = {f"{side}_ids": Ragged(np.array([3, 4, 2], np.int32), np.array([0, 3])) for side in ("source", "target")}
    texts = {"source": Ragged.from_texts(["a b"]), "target": Ragged.from_texts(["a b"])}
    store = Store({**pairs, **texts, "content_ids": np.zeros(1, "S16")})
    list(answering.evaluate(store, [], SILENT).predictions())
    assert beams == [answering.beam] * 3


def test_a_large_penalty_keeps_unknown_words_out():
    def unknown_words(penalty):
        answering = untrained({**RECURRENT, "decoding": {"unknown_penalty": penalty}})
        found = answering.translate(["a b c", "e d", "c c c c"], replace(answering.beam, width=5, n_best=5))
        return sum(hypothesis.tokens.count("[UNK]") for each in found for hypothesis in each.hypotheses)

    assert unknown_words(0.0) > 0
    assert unknown_words(1000.0) == 0


class TestOptionsWithoutEffect:
    @pytest.mark.parametrize(
        ("changes", "vectorizer", "options", "replaced", "said"),
        [
            ({"attention": "none"}, Words(), {}, True, ["--replace-unknown has no effect: this model"]),
            (
                {"attention": "none"}, Words(), {"coverage_penalty": 1.0}, False,
                ["--coverage-penalty has no effect: this model has no attention weights (model.attention: none)"],
            ),
            ({}, Words(), {"coverage_penalty": 1.0}, True, []),
            (
                {}, Words(), {"unknown_penalty": 6.0}, True,
                ["the unknown penalty of 6 keeps most [UNK] out, and --replace-unknown finds few: --unknown-penalty 0"],
            ),
            (
                {}, Subwords(size=256), {"unknown_penalty": 1.0}, True,
                ["--replace-unknown has no effect: this model writes no unknown", "--unknown-penalty has no effect"],
            ),
            (
                {}, Words(), {"width": 1, "length_penalty": 1.0, "coverage_penalty": 1.0}, False,
                ["--length-penalty has no effect: with --beam-width 1", "--coverage-penalty has no effect: with"],
            ),
            (
                {"decoding": {"beam_width": 1, "length_penalty": 1.0, "coverage_penalty": 1.0}}, Words(),
                {"width": 1, "length_penalty": 1.0, "coverage_penalty": 1.0}, False, [],
            ),
            ({"attention": "none"}, Words(), {"width": 1}, False, []),
        ],
    )  # fmt: skip
    def test_are_told(self, changes, vectorizer, options, replaced, said):
        notes = list(
            untrained({**RECURRENT, **changes}, vectorizer).notes_on_options(
                BeamOptions(**options), replace_unknown=replaced
            )
        )
        assert len(notes) == len(said)
        for note, text in zip(notes, said, strict=True):
            assert note.startswith(text)

    @pytest.mark.parametrize(("vectorizer", "penalty"), [(Words(), 6.0), (Subwords(size=256), 0.0)])
    def test_an_explanation_names_the_penalty_that_its_search_had(self, vectorizer, penalty):
        answering = untrained({**RECURRENT, "decoding": {"unknown_penalty": 6.0}}, vectorizer)
        (found,), (given,) = (
            answering.explain(["a b"], ExplainOptions(target=target), SILENT) for target in (None, "c")
        )
        assert (found.unknown_penalty, given.unknown_penalty) == (penalty, 0.0)

    def test_steps_with_a_penalty(self):
        notes = list(untrained(RECURRENT).notes_on_options(BeamOptions(unknown_penalty=6.0), steps=True))
        assert notes == ["log probabilities of the steps have the unknown penalty: 6 less for each [UNK]"]
        assert not list(untrained(RECURRENT).notes_on_options(BeamOptions(unknown_penalty=6.0)))


class TestCut:
    def test_a_sentence_longer_than_the_context(self):
        model = {"name": "transformer", "positions": "learned", "context": 4, "layers": 1, "width": 8, "heads": 2}
        answers = list(untrained({**model, "feed_forward": 8}).predict(["a b c d e", "", "a b c"]))
        assert [answer.cut_off for answer in answers] == [2, 0, 0]
        assert answers[0].source_tokens == ("a", "b", "c")

    def test_a_sentence_longer_than_the_vectorizer_reads(self):
        (answer,) = untrained(RECURRENT, Words(max_length=2)).predict(["a b c d e"])
        assert (answer.cut_off, answer.source_tokens) == (3, ("a", "b"))

    @pytest.mark.parametrize("width", [1, 3])
    def test_a_translation_that_does_not_end(self, monkeypatch, width):
        answering = untrained(RECURRENT)
        (answer,) = answering.translate(["a b"], BeamOptions(width))
        assert answer.hypotheses[0].complete == (len(answer.hypotheses[0].tokens) < 2 * 3 + 10)
        monkeypatch.setattr(answering, "limit", LengthLimit(longest=1))
        (answer,) = answering.translate(["a b"], BeamOptions(width))
        assert (answer.hypotheses[0].complete, len(answer.hypotheses[0].tokens)) == (False, 1)


def test_an_evaluation_tells_how_many_translations_were_cut(loaded, monkeypatch):
    heard = Heard()
    monkeypatch.setattr(loaded.predictor, "limit", LengthLimit(longest=1))
    loaded.evaluate("test", progress=heard)
    cut = r"([\d,]+) of \1 translations were cut at the greatest length: .*"
    assert any(re.fullmatch(cut, line) for line in heard.lines)


def test_to_measure_its_time_translations_end_where_their_targets_do():
    answering, texts = untrained(RECURRENT), (["a b c", "c", "a b"], ["a", "b c d", "a b c d a b c d a b c d"])
    columns = {
        "source_ids": answering.source.encode(texts[0], start=False).ids,
        "target_ids": answering.target.encode(texts[1], start=True).ids,
        "content_ids": np.array(["0", "1", "2"], "S32"),
        **{side: Ragged.from_texts(each) for side, each in zip(("source", "target"), texts, strict=True)},
    }
    evaluation = answering.ending_with_targets().evaluate(Store(columns), (), SILENT)
    written = [len(line["prediction"].split()) for line in evaluation.predictions()]
    assert all(number <= len(target.split()) + 1 for number, target in zip(written, texts[1], strict=True))
    usual = [len(line["prediction"].split()) for line in answering.evaluate(Store(columns), (), SILENT).predictions()]
    assert sum(usual) > sum(written)
    assert not answering.ends_with_targets
