"""Sentences are written by the graph as by `Sentences.text`."""

import numpy as np
import pytest
import tensorflow as tf

from seqlab.exports.detokenizer_graph import sentences_function
from seqlab.text import Characters, Subwords, Words
from seqlab.text.sentences import END_ID, Sentences

LEARNED = [
    'The man said: "Go home!" and left.',
    '"Yes", she said (twice), "I\'m here."',
    "¿Dónde está? ¡Aquí! It's 5 % off.",
    "well - known",
]
OPTIONS = {
    "apart": Words(standardize="none", split="punctuation"),
    "words": Words(),
    "reversed": Words(reverse=True),
    "characters": Characters(),
    "subwords": Subwords(size=280),
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_text_is_that_of_the_sentences(options):
    sentences = Sentences.learn(options, LEARNED * 2)
    random = np.random.default_rng(1)
    rows = [sentences.encode([text], start=False).ids[0].tolist() for text in [*LEARNED, '" a " b " " c "', ""]]
    rows += [random.integers(0, sentences.size, length).tolist() for length in range(1, 30)]
    longest = max(map(len, rows))
    ids = np.array([[*row, *[END_ID] * (longest - len(row))] for row in rows], np.int32)
    written = sentences_function(sentences)(tf.constant(ids), tf.constant([len(row) for row in rows]))
    assert [text.decode() for text in written.numpy()] == [sentences.text(row) for row in rows]
