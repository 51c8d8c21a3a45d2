"""The scripts of an export encode texts as seqlab does, from files alone."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.errors import DataError
from seqlab.exports.graph_inputs import script
from seqlab.exports.vectorizer_files import write_vectorizer
from seqlab.text import Characters, Subwords, Words

scraps = st.sampled_from(
    [
        *(
            "the ",
            " don't ",
            "<br />",
            "&nbsp;",
            "&lt;b&gt;",
            "#39;",
            "running ",
            "İΣς",
            "e\u0301",
            "👍🏽",
            "1\ufe0f\u20e3",
        ),
        *("a\u200db", "ba\xadd", "\u0e01\u200b\u0e02", "\x85", "\u3000", "\x1c", "\x00", "ℹ\ufe0f"),
        *("\u0645\u200c\u0645", "\r\n"),
    ]
)
texts = st.lists(st.one_of(scraps, st.characters(exclude_categories=["Cs"])), max_size=20).map("".join)
corpora = st.lists(texts, min_size=1, max_size=6)

OPTIONS = {
    "default": Words(),
    "nothing": Words(standardize="none", ngrams=2),
    "html": Words(standardize="html", ngrams=3),
    "apart": Words(standardize="lower", split="punctuation"),
    "whole": Words(split="none"),
    "keep": Words(keep="[a-z ]"),
    "stops": Words(stop_words="english", stem="english"),
    "hashed": Words(hash_buckets=7, ngrams=2),
    "characters": Characters(lowercase=True),
}


@settings(max_examples=20)
@given(learned=corpora, others=corpora)
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_ids_are_those_of_the_vectorizer(options, learned, others):
    try:
        fitted = options.learn(learned)
    except DataError:  # not a token in them
        fitted = options.learn(["word é"])
    vectorizer = written(fitted)
    for text in [*learned, *others]:
        assert vectorizer.tokens(text) == fitted.tokens(text)
        own = fitted.encode([text]).ids[0].tolist()
        assert (vectorizer.ids(text) or [fitted.vocabulary.unknown]) == own


@settings(max_examples=20)
@given(learned=corpora, others=corpora, lowercase=st.booleans())
def test_subwords_are_those_of_the_vectorizer(learned, others, lowercase):
    fitted = Subwords(size=300, lowercase=lowercase).learn(["the cat the cat", *learned])
    vectorizer = written(fitted)
    for text in [*learned, *others]:
        ids = vectorizer.ids(text)
        assert (ids or [fitted.vocabulary.unknown]) == fitted.encode([text]).ids[0].tolist()
        assert vectorizer.decode(ids) == fitted.decode(ids)


def test_words_decode_as_they_are():
    vectorizer = written(Words(standardize="none").learn(["to be or not to be"]))
    assert vectorizer.decode(vectorizer.ids("not to be")) == "not to be"
    letters = written(Characters().learn(["to be"]))
    assert letters.decode(letters.ids("bet")) == "bet"


def written(fitted):
    with tempfile.TemporaryDirectory() as folder:
        write_vectorizer(fitted, Path(folder))
        return script(Path(folder))
