"""Many texts are encoded some at a time, and vectors that are no numbers are refused."""

import numpy as np
import pytest

from seqlab.encoders.text_encoder import TEXTS_AT_ONCE, encode
from seqlab.errors import DataError
from seqlab.progress import SILENT


class Lengths:
    width = 2
    seen = ()

    def vectors(self, texts):
        self.seen = (*self.seen, len(texts))
        return np.array([[len(text), np.nan if text == "bad" else 1] for text in texts])


def test_the_order_is_that_of_the_texts():
    encoder, texts = Lengths(), ["x" * length for length in range(2 * TEXTS_AT_ONCE + 3)]
    assert encode(encoder, "lengths", texts, SILENT)[:, 0].tolist() == list(range(len(texts)))
    assert encoder.seen == (TEXTS_AT_ONCE, TEXTS_AT_ONCE, 3)
    assert encode(encoder, "lengths", [], SILENT).shape == (0, 2)


def test_a_vector_with_a_nan_is_refused_with_its_text():
    with pytest.raises(DataError, match="the encoder lengths gives 'bad' a vector with values that are not finite"):
        encode(Lengths(), "lengths", ["good", "bad"], SILENT)
