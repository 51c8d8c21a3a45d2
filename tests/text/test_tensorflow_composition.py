"""Normal form C in TensorFlow is that of Python."""

import unicodedata

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seqlab.text.tensorflow_composition import composed, tables

compose = tf.function(composed, input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)
pieces = st.sampled_from(
    [
        *"eaAo= \x00\u0301\u0323\u0302\u0327\u0338\u1112\u1161\u11ab\uac00\u0344\u0958\u212b\u09c7\u09be\u1e69",
        *("\u1e9b\u0323", "\u0cc6\u0cc2\u0cd5", "\U0001d15e", "\u1100\u1161\u11a8", "\uf900"),
        *("s\u0323\u0307", "s\u0307\u0323", "\u05d0\u05b8\u05bc"),
    ]
)
texts = st.lists(st.one_of(pieces, st.characters(exclude_categories=["Cs"])), max_size=12).map("".join)


def as_bytes(given_texts):
    return tf.constant(np.array([text.encode() for text in given_texts], object), tf.string)


def assert_composed(given_texts):
    found = [text.decode() for text in compose(as_bytes(given_texts)).numpy()]
    assert found == [unicodedata.normalize("NFC", text) for text in given_texts]


@settings(max_examples=100)
@given(st.lists(texts, max_size=6))
@example([])
@example(["", "\u0301", "\u0301\u0323a", "e\u0301", "\u0301e"])
def test_it_is_that_of_python(given_texts):
    assert_composed(given_texts)


def test_every_character_alone_and_after_a_letter_and_before_a_mark():
    characters = [chr(point) for point in [*tables().decomposed, *tables().marks, *tables().seconds]]
    assert len(characters) > 14_000
    assert_composed(characters)
    assert_composed(["a" + character for character in characters])
    assert_composed([character + "\u0301\u0323" for character in characters])


def test_all_pairs_compose():
    pairs = [divmod(int(pair), 0x110000) for pair in tables().pairs]
    given_texts = [chr(first) + chr(second) for first, second in pairs]
    assert_composed(given_texts)
    assert {len(text.decode()) for text in compose(as_bytes(given_texts)).numpy()} == {1}


@pytest.mark.parametrize("text", ["plain", "déjà vu", "한국어", "日本", ""])
def test_text_that_is_composed_is_left_alone(text):
    assert compose(as_bytes([text])).numpy()[0].decode() == text
