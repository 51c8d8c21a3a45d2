"""The encoders in TensorFlow give the ids and weights of Python for random Unicode text, also after being saved."""

import dataclasses
import os
import subprocess
import sys
import unicodedata

import numpy as np
import pytest
import tensorflow as tf
from emoji_sequences import MARKED, SYMBOLS
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.errors import DataError, RequestError
from seqlab.text import Characters, Words
from seqlab.text.character_classes import WHITESPACE
from seqlab.text.tensorflow_encoders import encoder_for, late_capitals


def lowered_by_all_versions(character):
    """TensorFlow's tables are those of Unicode 13: it does not know whether a sigma after a later letter is final."""
    return character.lower() == character or unicodedata.ucd_3_2_0.category(character) != "Cn"


spaces = "".join(chr(point) for low, high in WHITESPACE.ranges for point in range(low, high + 1))
awkward = st.sampled_from("aAbB ıIİΣσςéÉ¿¡«»’…'.-_<>&;#/\x00\x1b👍🏽\u0301\u200dאף" + spaces)
scraps = st.sampled_from(["the ", " don't ", "<br />", "&nbsp;", "&amp;", "&lt;b&gt;", "#39;", "</A>", "Don't "])
anything = st.characters(exclude_categories=["Cs"]).filter(lowered_by_all_versions)
emoji = st.sampled_from(
    [
        *MARKED.values(),
        *SYMBOLS.values(),
        *"\ufe0f\u200d\u20e3\U000e0067\u200b\u200c\u2060\xad\u0645\u0e01",
        "\u0915\u094d\u200d\u0937",
    ]
)
texts = st.lists(st.one_of(awkward, scraps, emoji, anything), max_size=30).map("".join)
corpora = st.lists(texts, min_size=1, max_size=12)


def as_bytes(texts):
    return tf.constant(np.array([text.encode() for text in texts], object), tf.string)


def assert_same(fitted, texts, theirs=None):
    """Without tracing a graph, which takes longer than all the rest."""
    ours = fitted.encode(texts)
    ids, weights = theirs or encoder_for(fitted).encode.python_function(as_bytes(texts))
    assert ids.dtype == tf.int32
    assert ids.to_list() == [ours.ids[row].tolist() for row in range(len(texts))]
    if ours.weights is None:
        assert weights is None
    else:
        assert weights.row_splits.numpy().tolist() == ours.ids.offsets.tolist()
        np.testing.assert_allclose(weights.values, ours.weights, rtol=1e-6)


EXPORTABLE = {
    "default": {},
    "nothing": {"standardize": "none"},
    "lower": {"standardize": "lower", "ngrams": 2, "max_length": 5},
    "html": {"standardize": "html", "output": "count"},
    "apart": {"standardize": "lower", "split": "punctuation", "reverse": True},
    "whole": {"split": "none", "max_tokens": 5},
    "keep": {"keep": r"[a-zé’\-\u3000 ]".replace(r"\u3000", "\u3000"), "split": "punctuation"},
    "stops": {"stop_words": "english", "ngrams": 3, "output": "tf_idf"},
    "bag": {"ngrams": 2, "output": "multi_hot", "min_count": 2},
}


@settings(max_examples=25, deadline=None)
@given(learned=corpora, others=corpora)
@pytest.mark.parametrize("options", EXPORTABLE.values(), ids=EXPORTABLE)
def test_words_are_the_same(options, learned, others):
    try:
        fitted = Words(**options).learn(learned)
    except DataError:  # not a word in them
        fitted = Words(**{**options, "min_count": 1}).learn(["é the"])
    assert_same(fitted, [*learned, *others])


@settings(max_examples=25, deadline=None)
@given(learned=corpora, others=corpora, lowercase=st.booleans(), max_length=st.sampled_from([None, 3]))
def test_characters_are_the_same(learned, others, lowercase, max_length):
    fitted = Characters(lowercase=lowercase, max_length=max_length).learn(["x", *learned])
    assert_same(fitted, [*learned, *others])


@pytest.mark.parametrize("options", [EXPORTABLE["default"], EXPORTABLE["apart"]])
def test_words_of_earlier_vocabularies_are_the_same(options):
    emoji = " ".join([*MARKED.values(), *(f"bad{each}good" for each in MARKED.values())])
    vocabulary = dataclasses.replace(Words(**options).learn([emoji]).vocabulary, rules=1)
    fitted = Words(**options).restore(vocabulary)
    assert_same(fitted, [emoji, "good"])
    assert fitted.tokens(emoji) != Words(**options).learn([emoji]).tokens(emoji)


@pytest.mark.parametrize("options", [EXPORTABLE["default"], EXPORTABLE["lower"]])
def test_words_with_invisible_characters_of_earlier_vocabularies_are_the_same(options):
    text = "bad ba\xadd \u200b \u0e01\u200b\u0e02"
    earlier = Words(**options).restore(dataclasses.replace(Words(**options).learn([text]).vocabulary, rules=2))
    assert_same(earlier, [text, "bad"])
    assert earlier.tokens("ba\xadd") == ["ba\xadd"]
    assert Words(**options).learn([text]).tokens("ba\xadd") == ["bad"]


def test_capitals_that_tensorflow_does_not_know_are_the_same():
    late = late_capitals()
    assert "\u2c2f" in late
    assert_same(Characters(lowercase=True).learn([late.lower(), "x"]), [late, f"A{late}b", "X"])


def test_words_that_are_not_composed_are_the_same():
    fitted = Words().learn(["caf\u00e9 \ud55c\uad6d", "x"])
    assert_same(fitted, ["cafe\u0301", "\u1112\u1161\u11ab\u1100\u116e\u11a8", "\u0301cafe \u0301"])


def test_characters_without_specials_are_the_same():
    part = Characters()
    letters = part.restore(part.learn(["hello"]).vocabulary.without_specials())
    assert_same(letters, ["hell", "", "o"])
    assert encoder_for(letters).encode(as_bytes(["ox"]))[0].to_list() == [[letters.encode(["o"]).ids[0][0], -1]]


@pytest.mark.parametrize("options", [EXPORTABLE["stops"], EXPORTABLE["apart"]])
def test_it_can_be_saved_and_loaded(tmp_path, options):
    fitted = Words(**options).learn(["the cat sat", "on a mat, the mat"])
    tf.saved_model.save(encoder_for(fitted), tmp_path)
    texts = ["A cat on the mat!", "", "dogs"]
    assert_same(fitted, texts, tf.saved_model.load(tmp_path).encode(as_bytes(texts)))


def test_tokens_with_nul_and_lone_surrogates_do_no_harm():
    fitted = Words(standardize="none").learn(["a\x00 a\x00 a \ud800"])
    assert_same(fitted, ["a\x00 a", "\x00"])


def test_what_cannot_be_exported_is_refused():
    with pytest.raises(RequestError, match="exported model: stem: english, because TensorFlow has no Snowball stemmer"):
        encoder_for(Words(stem="english").learn(["run"]))


@pytest.mark.process
def test_the_locale_changes_nothing():
    code = (
        "import tensorflow as tf; from seqlab.text import Words\n"
        "from seqlab.text.tensorflow_encoders import encoder_for\n"
        "texts = ['I İ Ì Í Ĩ Į J\\u0301 Iı i İI IX I\\u0307']\n"
        "fitted = Words().learn(texts)\n"
        "ids = encoder_for(fitted).encode.python_function(tf.constant(texts))[0].to_list()[0]\n"
        "print(ids == fitted.encode(texts).ids.values.tolist(), 1 in ids)"
    )
    environment = {**os.environ, "LC_ALL": "tr_TR.UTF-8", "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert done.stdout.split() == ["True", "False"], done.stderr
