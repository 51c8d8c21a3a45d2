"""Metrics of translations against sacreBLEU called directly, and against answers worked out by hand."""

import math
import warnings

import numpy as np
import pytest
import sacrebleu

from seqlab.metrics.metric_names import lower_is_better
from seqlab.metrics.translation import (
    TRANSLATION_METRICS,
    TranslationOutputs,
    accuracy,
    bleu,
    chrf,
    exact_match,
    free_running,
    grouped,
    perplexity,
)

SOURCES = [
    "Where is it?",
    "I do not know where the other book is.",
    "He said that he would come tomorrow if it did not rain and then he went home.",
    "Go.",
    "one " * 25,
]
FOUND = [
    "¿Dónde está?",
    "No sé dónde está el otro libro hoy.",
    "Dijo que vendría mañana si no llovía y se fue a casa .",
    "Vete.",
    "uno dos tres cuatro cinco seis",
]
REFERENCES = [
    ["¿Dónde está?", "¿Dónde se encuentra?", "¿Dónde queda?"],
    ["No sé dónde está el otro libro."],
    ["Él dijo que vendría mañana si no llovía y luego se fue a casa.", "Dijo que vendría mañana si no llovía."],
    ["VETE.", "Ve."],
    ["Uno dos tres cuatro cinco siete"],
]
STREAMS = [
    ["¿Dónde está?", REFERENCES[1][0], REFERENCES[2][0], "VETE.", REFERENCES[4][0]],
    ["¿Dónde se encuentra?", None, REFERENCES[2][1], "Ve.", None],
    ["¿Dónde queda?", None, None, None, None],
]


def spaced(text):
    for sign in "¿?.":
        text = text.replace(sign, f" {sign} ")
    return " ".join(text.lower().split())


def stripped(text):
    return " ".join(text.lower().translate(str.maketrans("", "", "¿?.")).split())


def translated(**changes):
    given = {
        "log_probabilities": np.log([0.5, 0.25, 0.125]),
        "correct": np.array([True, False, False]),
        "free_running": None,
        "sources": SOURCES,
        "references": REFERENCES,
        "translations": lambda width, penalty: FOUND,
        "lowercases": False,
        "standardized": None,
        "tokenized": spaced,
    }
    return TranslationOutputs(**given | changes)


def direct(found, streams, **options):
    metric = sacrebleu.BLEU(**options)
    return metric.corpus_score(found, streams).score, str(metric.get_signature())


def test_bleu_is_that_of_sacrebleu_of_several_references():
    figures = bleu(translated())
    score, signature = direct(FOUND, STREAMS)
    assert 20 < score < 90
    assert figures["bleu"] == pytest.approx(score)
    assert figures["bleu_signature"] == signature
    assert "nrefs:var|case:mixed" in signature
    assert "tok:13a" in signature
    assert f"version:{sacrebleu.__version__}" in signature
    one = bleu(translated(references=[several[:1] for several in REFERENCES]))
    assert one["bleu"] == pytest.approx(direct(FOUND, STREAMS[:1])[0])
    assert "nrefs:1|" in one["bleu_signature"]
    assert one["bleu"] < figures["bleu"]


def test_a_reference_need_not_stand_first_to_count():
    turned = [several[::-1] for several in REFERENCES]
    assert bleu(translated(references=turned))["bleu"] == pytest.approx(bleu(translated())["bleu"])


def test_bleu_without_capitals_where_none_can_come_out():
    figures = bleu(translated(lowercases=True))
    score, signature = direct(FOUND, STREAMS, lowercase=True)
    assert figures["bleu"] == pytest.approx(score)
    assert figures["bleu_signature"] == signature
    assert "case:lc" in signature
    assert figures["bleu"] > bleu(translated())["bleu"]
    rows = [0, 3]  # three words and one
    streams = [[each[row] for row in rows] for each in STREAMS]
    short, _ = direct([FOUND[row] for row in rows], streams, lowercase=True, effective_order=True)
    assert figures["bleu.1-5"] == pytest.approx(short)


def test_bleu_of_lowercased_tokens_under_its_own_name_and_without_a_warning(capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures = bleu(translated())
    assert "".join(capfd.readouterr()) == ""
    lowered = [[None if each is None else spaced(each) for each in stream] for stream in STREAMS]
    score, signature = direct(list(map(spaced, FOUND)), lowered, tokenize="none", force=True)
    assert figures["bleu_tokenized"] == pytest.approx(score)
    assert figures["bleu_tokenized_signature"] == signature
    assert "tok:none" in signature
    assert score != pytest.approx(figures["bleu"])


def test_bleu_of_references_without_punctuation_where_none_can_come_out():
    plain = list(map(stripped, FOUND))
    asked = translated(translations=lambda *_: plain, lowercases=True, standardized=stripped)
    figures = bleu(asked)
    streams = [[None if each is None else stripped(each) for each in stream] for stream in STREAMS]
    assert figures["bleu_standardized"] == pytest.approx(direct(plain, streams, lowercase=True)[0])
    assert figures["bleu"] == pytest.approx(direct(plain, STREAMS, lowercase=True)[0])
    assert figures["bleu_standardized"] > figures["bleu"]
    assert "bleu_standardized" not in bleu(translated())


def perfect(references, sources=None):
    """Translations that equal their references."""
    sources = sources or [f"s{number}" for number in range(len(references))]
    found = list(references)
    return translated(sources=sources, references=[[each] for each in references], translations=lambda *_: found)


CHINESE = ["小狗找到老马。", "大狗看见红狗。", "老狗喜欢红鸟。"]
JAPANESE = ["猫が魚を食べました。", "これはテレビです。"]
THAI = ["แมวกินปลา", "หมาเห็นนกสีแดง"]


@pytest.mark.parametrize(
    ("references", "tokenizer"),
    [
        (CHINESE, "zh"),
        (["我用 Python 写 code", "他喜欢 deep learning 模型"], "zh"),
        (THAI, "char"),
        (["ཁྱེད་རང་སྐུ་གཟུགས་བདེ་པོ"], "char"),
        (["ខ្ញុំស្រលាញ់ភាសាខ្មែរ"], "char"),
        (["ຂ້ອຍມັກໝາ"], "char"),
        (["ငါခွေးကိုချစ်တယ်"], "char"),
        (FOUND, "13a"),
        (["나는 개를 좋아한다 정말로"], "13a"),
        (["Он любит красную собаку."], "13a"),
        (["The word 狗 means dog in Chinese"], "13a"),
    ],
)
def test_the_tokenizer_fits_the_references(references, tokenizer):
    figures = bleu(perfect(references))
    assert f"tok:{tokenizer}|" in figures["bleu_signature"]
    assert figures["bleu"] == pytest.approx(100)
    assert figures["bleu"] == pytest.approx(direct(references, [references], tokenize=tokenizer)[0])
    assert ("bleu_tokenized" in figures) == (tokenizer == "13a")
    assert "bleu_note" not in figures


def test_japanese_is_compared_by_characters_without_mecab_and_that_is_said(monkeypatch):
    monkeypatch.setattr("seqlab.metrics.sacrebleu_scores._has_mecab", lambda: False)
    figures = bleu(perfect(JAPANESE))
    assert "tok:char|" in figures["bleu_signature"]
    assert figures["bleu"] == pytest.approx(100)
    assert "MeCab is not installed (pip install 'seqlab[japanese]')" in figures["bleu_note"]


def test_a_named_tokenizer_is_used_whatever_the_text():
    part = TRANSLATION_METRICS.read({"name": "bleu", "tokenize": "char"})
    assert part(translated())["bleu"] == pytest.approx(direct(FOUND, STREAMS, tokenize="char")[0])
    assert "tok:char|" in part(translated())["bleu_signature"]
    by_words = TRANSLATION_METRICS.read({"name": "bleu", "tokenize": "13a"})
    assert "tok:13a|" in by_words(perfect(CHINESE))["bleu_signature"]


@pytest.mark.parametrize("words", [1, 2, 3])
def test_sentences_too_short_for_four_words_have_a_score_and_a_note(words):
    references = [" ".join(f"w{number}{place}" for place in range(words)) for number in range(9)]
    right = bleu(perfect(references))
    assert right["bleu"] == pytest.approx(100)
    assert "eff:yes" in right["bleu_signature"]
    assert right["bleu_tokenized"] == pytest.approx(100)
    assert right["bleu_signature"].endswith(f"|ngrams:{words}")
    assert right["bleu_note"] == f"none of the references has 4 tokens: of n-grams up to {words} (effective order)"
    half = bleu(translated(
        sources=references, references=[[each] for each in references],
        translations=lambda *_: references[:5] + ["x " * words] * 4,
    ))  # fmt: skip
    assert 0 < half["bleu"] < 100


@pytest.mark.parametrize("added", ["[UNK]", "a b c d"])
def test_one_translation_of_four_tokens_does_not_change_the_n_grams_that_count(added):
    """sacreBLEU cuts `[UNK]` into three tokens: the only 4-grams would be wrong, and BLEU would fall to 67."""
    references = [[f"w{number}a w{number}b w{number}c"] for number in range(30)]
    found = [each[0] for each in references[:-1]] + [f"w29a w29b {added}"]
    figures = bleu(translated(sources=found, references=references, translations=lambda *_: found))
    longer = len(added.strip("[]").split()) + (2 if "[" in added else 0) - 1  # tokens beyond those of the reference
    precisions = [(89, 90 + longer), (59, 60 + longer), (29, 30 + longer)]
    expected = 100 * math.prod(right / total for right, total in precisions) ** (1 / 3)
    assert figures["bleu"] == pytest.approx(expected)
    assert figures["bleu_signature"].endswith("|ngrams:3")
    assert figures["bleu_note"] == "none of the references has 4 tokens: of n-grams up to 3 (effective order)"


def test_the_model_that_writes_no_punctuation_is_too_short_too():
    """The references have four tokens, with the full stop; the translations cannot have more than three."""
    found = ["cinco osos verdes", "dos perros verdes"]
    references = [[f"{text}."] for text in found]
    figures = bleu(translated(sources=found, references=references, translations=lambda *_: found))
    assert figures["bleu"] == pytest.approx(100 * math.exp(1 - 4 / 3))
    assert "up to 3" in figures["bleu_note"]


def test_the_baseline_copies_the_source():
    copied = [REFERENCES[0][0], REFERENCES[1][0], *SOURCES[2:]]
    figures = bleu(translated(sources=copied))
    assert figures["baseline_bleu"] == pytest.approx(direct(copied, STREAMS)[0])
    assert bleu(perfect(FOUND, sources=FOUND))["baseline_bleu"] == pytest.approx(100)


def test_sources_without_spaces_are_as_long_as_their_characters():
    sources = ["狗", "小狗找到老马", "小 狗 找到老马小狗", "老" * 20, "马" * 21]
    figures = bleu(translated(sources=sources))
    assert figures["bleu_length_unit"] == "characters"
    for name, rows in {"1-5": [0], "6-10": [1, 2], "11-20": [3], "21-": [4]}.items():
        streams = [[stream[row] for row in rows] for stream in STREAMS]
        score, _ = direct([FOUND[row] for row in rows], streams, effective_order=name in {"1-5", "11-20"})
        assert figures[f"bleu.{name}"] == pytest.approx(score)
    assert "bleu_length_unit" not in bleu(translated())


def test_bleu_by_length_of_the_source():
    figures = bleu(translated())
    for name, rows in {"1-5": [0, 3], "6-10": [1], "11-20": [2], "21-": [4]}.items():
        streams = [[stream[row] for row in rows] for stream in STREAMS]
        short = {"effective_order": name == "1-5"}  # no translation of these has four tokens
        assert figures[f"bleu.{name}"] == pytest.approx(direct([FOUND[row] for row in rows], streams, **short)[0])
    few = bleu(translated(sources=SOURCES[:1], references=REFERENCES[:1], translations=lambda *_: FOUND[:1]))
    assert {name for name in few if name.startswith("bleu.")} == {"bleu.1-5"}


@pytest.mark.parametrize("words", [5, 6, 10, 11, 20, 21])
def test_borders_of_lengths(words):
    figures = bleu(translated(sources=["one " * words], references=[["a b c d"]], translations=lambda *_: ["a b c d"]))
    name = {5: "1-5", 6: "6-10", 10: "6-10", 11: "11-20", 20: "11-20", 21: "21-"}[words]
    assert {each for each in figures if each.startswith("bleu.")} == {f"bleu.{name}"}
    assert figures[f"bleu.{name}"] == pytest.approx(100)


def test_empty_translations_score_nothing():
    figures = bleu(translated(translations=lambda *_: [""] * 5))
    assert figures["bleu"] == 0
    assert "eff:no" in figures["bleu_signature"]
    assert chrf(translated(translations=lambda *_: [""] * 5))["chrf"] == 0


@pytest.mark.parametrize("lowercases", [False, True])
def test_chrf_is_that_of_sacrebleu(lowercases):
    figures = chrf(translated(lowercases=lowercases))
    metric = sacrebleu.CHRF(lowercase=lowercases)
    assert figures["chrf"] == pytest.approx(metric.corpus_score(FOUND, STREAMS).score)
    assert figures["chrf_signature"] == str(metric.get_signature())
    assert ("case:lc" if lowercases else "case:mixed") in figures["chrf_signature"]
    assert "nc:6|nw:0" in figures["chrf_signature"]


def test_exact_match_by_hand():
    assert exact_match(translated()) == 1 / 5  # the question; `Vete.` is not `VETE.`
    lower = [text.lower() for text in FOUND]
    assert exact_match(translated(translations=lambda *_: lower, lowercases=True)) == 2 / 5
    plain = list(map(stripped, FOUND))
    asked = translated(translations=lambda *_: plain, lowercases=True, standardized=stripped)
    assert exact_match(asked) == 2 / 5
    assert exact_match(translated(translations=lambda *_: [several[-1] for several in REFERENCES])) == 1


def test_metrics_ask_for_the_beam_that_they_are_given():
    asked = []

    def translations(width, penalty):
        asked.append((width, penalty))
        return FOUND

    one = translated(translations=translations)
    for metric in (bleu, chrf, exact_match):
        metric(one)
        metric(one, beam_width=1, length_penalty=0.0)
    assert asked == [(None, None), (1, 0.0)] * 3
    part = TRANSLATION_METRICS.read({"name": "bleu", "beam_width": 2, "length_penalty": 1.0})
    part(one)
    assert asked[-1] == (2, 1.0)


def test_perplexity_and_accuracy_by_hand():
    assert translated().loss == pytest.approx(2 * math.log(2))
    assert perplexity(translated()) == pytest.approx(4)
    assert accuracy(translated()) == pytest.approx(1 / 3)
    assert perplexity(translated(log_probabilities=np.full(3, -1e6))) == math.exp(700)


def test_free_running_metrics_appear_only_on_request():
    assert free_running(translated()) == {}
    figures = free_running(translated(free_running=np.log([0.5, 0.125])))
    assert figures == pytest.approx({"free_running_loss": 2 * math.log(2), "free_running_perplexity": 4})
    assert free_running(translated(free_running=np.array([-1e6])))["free_running_perplexity"] == math.exp(700)


def test_errors_are_better_when_lower_and_the_others_when_higher():
    names = ["perplexity", "free_running_loss", "free_running_perplexity", "bleu", "bleu.1-5", "chrf", "exact_match"]
    assert [name for name in names if lower_is_better(f"test.{name}")] == names[:3]
    assert TRANSLATION_METRICS.names == ["perplexity", "accuracy", "free_running", "bleu", "chrf", "exact_match"]


def test_grouped_by_hand():
    sources = ["b", "a", "b", "b", "c", "a"]
    targets = ["2", "1", "1", "2", "3", "4"]
    groups = grouped(sources, targets)
    assert list(groups.items()) == [("b", ["2", "1"]), ("a", ["1", "4"]), ("c", ["3"])]
    assert grouped([], []) == {}
    with pytest.raises(ValueError, match="shorter"):
        grouped(["a"], [])
