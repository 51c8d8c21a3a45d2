"""Words that give the label away."""

import random

import pytest
from examined_rows import labelled, sentences
from hypothesis import given
from hypothesis import strategies as st

from seqlab import config
from seqlab.data.splits.load_splits import load
from seqlab.diagnosis.leaks import binomial_tail, is_ordinary, leaking_words, leaks, words_of

stats = pytest.importorskip("scipy.stats")
LABELS = ["bad", "good"] * 200
CLEAN = sentences(400)


def with_word(word: str, label: str, share: float, texts: list[str] = CLEAN) -> list[str]:
    """The word in a share of the texts of a label."""
    chosen = random.Random(3)
    return [
        f"{text} {word}" if each == label and chosen.random() < share else text
        for text, each in zip(texts, LABELS, strict=True)
    ]


@pytest.mark.parametrize(
    ("word", "share", "reported"),
    [
        ("label:good", 1.0, "label:good"),
        ("[good]", 0.5, "[good]"),
        ("id_7f", 0.3, "id_7f"),
        ("src=a.txt", 0.2, "src=a.txt"),
        ("4/10", 0.2, "4/10"),
        ("zzleak", 0.6, "zzleak"),
    ],
)
def test_planted_ones_are_found_and_no_others(word: str, share: float, reported: str) -> None:
    (leak,) = leaking_words(with_word(word, "good", share), LABELS)
    assert (leak.word, leak.label, leak.precise) == (reported, "good", 1)
    assert leak.covered == pytest.approx(share, abs=0.08)
    assert leak.z == pytest.approx(leak.texts**0.5), "half of the texts have either label"


def test_names_of_files_that_differ_in_their_number() -> None:
    texts = [f"{label}_{number}.txt {text}" for number, (text, label) in enumerate(zip(CLEAN, LABELS, strict=True))]
    found = leaking_words(texts, LABELS)
    assert {(leak.word, leak.label) for leak in found} == {("bad_0.txt", "bad"), ("good_0.txt", "good")}


def test_the_value_of_a_field_in_a_few_texts() -> None:
    """Neither word decides alone: `label:` is in both classes, and `good` is an ordinary word in a tenth of one."""
    texts = with_word("label: good", "good", 0.15, with_word("label: bad", "bad", 0.15))
    found = leaking_words(texts, LABELS)
    assert {(leak.word, leak.label) for leak in found} == {("label: good", "good"), ("label: bad", "bad")}


def test_no_word_of_clean_texts_is_one() -> None:
    assert leaking_words(CLEAN, LABELS) == []


def test_a_word_of_the_subject_is_none() -> None:
    """In a fifth of its class, and nearly nowhere else: as sports news have their own words."""
    assert leaking_words(with_word("quarterback", "good", 0.2), LABELS) == []


def test_a_few_texts_are_chance() -> None:
    """Four texts of ten have a word of their own, and ten words decide their labels by chance."""
    texts = [f"only{number % 10}x {text}" for number, text in enumerate(CLEAN[:20])]
    assert leaking_words(texts, LABELS[:20]) == []


def test_a_word_says_nothing_of_a_label_that_nearly_all_texts_have() -> None:
    labels = ["rare" if number % 50 == 0 else "frequent" for number in range(400)]
    texts = [f"{text} v1.0" if number % 3 else text for number, text in enumerate(CLEAN)]
    assert leaking_words(texts, labels) == []
    many = sentences(2000, seed=2)
    told = [f"{text} v1.0" if label == "rare" else text for text, label in zip(many, labels * 5, strict=True)]
    assert [leak.word for leak in leaking_words(told, labels * 5)] == ["v1.0"]


def test_the_finding_shows_the_word_and_a_text() -> None:
    texts = with_word("label:good", "good", 0.9)
    (finding,) = leaks(labelled(list(zip(texts, LABELS, strict=True)))).findings
    assert finding.severity == "error"
    assert finding.message.startswith("nearly every text with 'label:good' (")
    assert finding.instances[0].detail == "'label:good', good"
    assert "label:good" in finding.instances[0].text


def test_words() -> None:
    assert words_of('He said: "Well, 4/10!" <br />Fine.') == {
        "he", "said:", "said: well", "well", "4/10", "0/0", "br", "/", "fine",
    }  # fmt: skip
    assert words_of("电影", by_character=True) == {"电", "影"}
    assert all(map(is_ordinary, ["awful", "don't", "well-made", "é", "#love", "@user", "u.s"]))
    assert not any(map(is_ordinary, ["4/10", "label:", "id_neg", "a1", "<b>", "a=b", "neg.txt5"]))


@given(st.integers(1, 60), st.floats(0.01, 0.99), st.data())
def test_the_tail_is_that_of_scipy(trials: int, probability: float, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, trials))
    expected = stats.binom.sf(hits - 1, trials, probability)
    assert binomial_tail(hits, trials, probability) == pytest.approx(expected, rel=1e-9, abs=1e-300)


@pytest.mark.slow
def test_subjects_of_real_news_are_none(real_data: object) -> None:
    """'quarterback', 'gaza' and 'militants' decide the label of nearly all articles that have them."""
    dataset = config.load("ag_news/bigram").experiment.data
    train = load(dataset).splits["train"]
    assert leaking_words(dataset.input_texts(train), train["label"]) == []
