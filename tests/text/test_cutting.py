"""Texts in parts, against the same texts as a whole: the same words, subwords, characters, ids and counts."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.data import long_text
from seqlab.data.long_text import LongTexts
from seqlab.errors import DataError
from seqlab.text import Characters, Subwords, Words, cutting

ODD = (
    "aAbZ05 \t\n\r\v\x1c\x85\xa0\u2028\u3000.,'!-:<>/;&#@^_"
    "ΣσςÀé\u0301\u0323\u0338\u200b\u200d\u200c\xad\ufeff\ufe0f\u20e3"
    "あが\u3099中文\ufa0e한\u1100\u1161\u11a8กั\u212a\u037eİıßﬁ👩🏽\u0915\u093c\u09c7\u09be"
)
"""White space of every kind, letters that compose with what follows, capital sigma and what it looks at, emoji."""
MARKUP = [
    "<b>",
    "</b>",
    "<a ",
    "href=x ",
    ">",
    "<",
    "&lt;",
    "&lt\u037e",
    "&nbsp;",
    "&amp;",
    " ",
    "\n",
    "x",
    "\u0338",
    "<\u212a ",
]

texts_of = st.text(ODD, max_size=40)
markup = st.lists(st.sampled_from(MARKUP), max_size=25).map("".join)


def long_texts(texts, size):
    """Long texts in blocks of `size` characters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_text, "BLOCK", size)
        return LongTexts.of(list(texts))


def facts(vocabulary):
    return (
        list(vocabulary.tokens),
        vocabulary.counts.tolist(),
        vocabulary.document_counts.tolist(),
        vocabulary.documents,
        vocabulary.specials,
    )


def both_ways(options, texts, size):
    """What is learned of texts and how they are encoded, as a whole and in parts."""
    found = []
    for made in (list, lambda all_texts: long_texts(all_texts, size)):
        learned = options.learn(made([*texts, "Aσ a 0"]))
        for fitted in (learned, options.unpadded(learned.vocabulary)):
            ids = fitted.encode(made(texts)).ids
            found.append((facts(fitted.vocabulary), ids.values.tolist(), ids.offsets.tolist()))
    return found[:2], found[2:]


@given(text=texts_of, size=st.integers(1, 7))
def test_parts_are_the_text_and_compose_and_lowercase_as_in_it(text, size):
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    parts = list(cutting.parts(pieces, cutting.between_characters))
    assert "".join(parts) == text
    assert all(parts)
    composed = [unicodedata.normalize("NFC", part) for part in parts]
    whole = unicodedata.normalize("NFC", text)
    assert "".join(composed) == whole
    assert "".join(part.lower() for part in composed) == whole.lower()


@given(texts=st.lists(texts_of, min_size=1, max_size=3), size=st.integers(1, 9), lowercase=st.booleans())
@settings(max_examples=30)
def test_characters(texts, size, lowercase):
    whole, parts = both_ways(Characters(lowercase=lowercase), texts, size)
    assert parts == whole


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"standardize": "none"},
        {"standardize": "lower", "split": "punctuation"},
        {"standardize": "html"},
        {"keep": "[a-zσ ]"},
        {"keep": "[a-z\n<>]", "standardize": "lower"},
        {"standardize": "lower", "stop_words": ["a", "b"], "stem": "english"},
        {"split": "none"},
    ],
    ids=str,
)
@given(texts=st.lists(texts_of | markup, min_size=1, max_size=3), size=st.integers(1, 9))
@settings(max_examples=30)
def test_words(options, texts, size):
    whole, parts = both_ways(Words(max_tokens=None, **options), texts, size)
    assert parts == whole


@given(text=markup, size=st.integers(1, 9))
def test_a_part_never_ends_within_a_tag(text, size):
    options = Words(standardize="html", max_tokens=None)
    preprocess = options.preprocessor()
    (long,) = long_texts([text], size).texts
    parts = list(options.parts_of(long))
    assert "".join(parts) == unicodedata.normalize("NFC", text)
    assert [word for part in parts for word in preprocess(part).split()] == preprocess(text).split()


def test_tags_that_never_end_are_cut_where_another_begins():
    cut = cutting.before_space(" ", outside_tags=True)
    assert cut("one two") == 3
    assert cut("one <b two") == 3
    assert cut("one <b two>") == 3
    assert cut("one <b two> three") == 11
    assert cut("<b two three") == 0
    assert cut("<b two <i") == 6, "what begins with <b is no tag, because < follows"
    assert cut("3 < 4") == 3
    assert cut("a &lt;b c") == 1
    assert cut("a" * 10) == 0
    assert cutting.before_space("", outside_tags=False)("a b") == 0


@given(texts=st.lists(texts_of, min_size=1, max_size=3), size=st.integers(1, 9))
@settings(max_examples=30)
def test_subwords(texts, size):
    whole, parts = both_ways(Subwords(size=280, lowercase=True), [*texts, "ab ab ab abab"], size)
    assert parts == whole


def test_a_lone_surrogate_is_named_with_its_position_in_the_text():
    for texts in (["one two\ud800"], long_texts(["one two\ud800"], 3)):
        with pytest.raises(DataError, match="at position 7 "):
            Subwords(size=260).learn(texts)


def test_ngrams_and_bags_are_made_of_whole_texts():
    texts = ["a b a c", "c b"]
    for options in (Words(ngrams=2), Words(ngrams=2, output="multi_hot"), Words(max_length=2, reverse=True)):
        learned = options.learn(long_texts(texts, 2))
        assert facts(learned.vocabulary) == facts(options.learn(texts).vocabulary)
        assert learned.encode(long_texts(texts, 2)).ids.values.tolist() == learned.encode(texts).ids.values.tolist()


@pytest.mark.parametrize("separator", ["", " ", "\n"])
@pytest.mark.parametrize("options", [Characters(), Words(), Subwords(size=260)], ids=lambda options: options.name)
def test_text_without_space_and_words_longer_than_a_block(options, separator):
    texts = [separator.join(["abcdefghij" * 5, "x"] * 3)]
    whole, parts = both_ways(options, texts, 4)
    assert parts == whole


def test_a_text_that_cannot_be_cut_is_looked_at_seldom():
    looked = []

    def never(text):
        looked.append(len(text))
        return 0

    assert list(cutting.parts(["ab"] * 1_000, never)) == ["ab" * 1_000]
    assert looked == [2 * 2**power for power in range(10)]
    assert list(cutting.parts([], never)) == []
