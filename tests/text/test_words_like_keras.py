"""`words` against Keras' TextVectorization on ASCII, where that is right; docs/text.md says where it is not."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from as_lists import dense
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.text import Words

# Few letters, so that words repeat and counts tie; NUL ends a string in numpy, U+001C to U+001F are white space here.
ascii_texts = st.text(st.sampled_from("aAbBcC dD.,'-!<>\t\n_09\x01\x7f"), max_size=30)
corpora = st.lists(ascii_texts, min_size=1, max_size=12).map(lambda texts: ["b", *texts])
output_names = {"ids": "int", "multi_hot": "multi_hot", "count": "count", "tf_idf": "tf_idf"}


def as_bytes(texts):
    """A tensor of strings: Keras would take a list for one giant text of several sentences."""
    return tf.constant([text.encode() for text in texts], tf.string)


def adapted(texts, output="ids", **options):
    layer = keras.layers.TextVectorization(output_mode=output_names[output], **options)
    layer.adapt(tf.data.Dataset.from_tensors(as_bytes(texts)))
    return layer


def padded(encoded, width):
    table = np.zeros((len(encoded.ids), width), int)
    for row in range(len(encoded.ids)):
        table[row, : len(encoded.ids[row])] = encoded.ids[row]
    return table


@settings(max_examples=15, deadline=None)
@given(texts=corpora, others=st.lists(ascii_texts, min_size=1, max_size=6), data=st.data())
@pytest.mark.parametrize("output", ["ids", "multi_hot", "count", "tf_idf"])
def test_as_keras(output, texts, others, data):
    ngrams = data.draw(st.integers(1, 3), label="ngrams")
    max_tokens = data.draw(st.one_of(st.none(), st.integers(3, 20)), label="max_tokens")
    words = Words(ngrams=ngrams, max_tokens=max_tokens, output=output).learn(texts)
    layer = adapted(texts, output, ngrams=ngrams, max_tokens=max_tokens)
    vocabulary = words.vocabulary
    assert layer.get_vocabulary() == [*vocabulary.specials, *vocabulary.tokens]

    # A text without words: a row of padding there, one unknown word here.
    asked = [text for text in [*texts, *others] if words.tokens(text)]
    theirs, ours = np.array(layer(as_bytes(asked))), words.encode(asked)
    if output == "ids":
        assert theirs.tolist() == padded(ours, theirs.shape[1]).tolist()
    else:
        np.testing.assert_allclose(theirs, dense(ours, words.size), rtol=1e-6)


@settings(max_examples=10, deadline=None)
@given(texts=corpora, max_length=st.integers(1, 8), standardize=st.sampled_from([("none", None), ("lower", "lower")]))
def test_max_length_and_standardize_as_keras(texts, max_length, standardize):
    ours, theirs = standardize
    words = Words(ngrams=2, max_length=max_length, standardize=ours).learn(texts)
    layer = adapted(texts, ngrams=2, output_sequence_length=max_length, standardize=theirs)
    asked = [text for text in texts if words.tokens(text)]
    assert np.array(layer(as_bytes(asked))).tolist() == padded(words.encode(asked), max_length).tolist()
