"""Metrics of a language model, by hand."""

import math

import numpy as np
import pytest

from seqlab.metrics.language_model import LanguageModelOutputs, bits_per_character, perplexity


class TestMetrics:
    read = LanguageModelOutputs(
        np.log([0.5, 0.25]), np.array([True, False]), np.array([False, False]), np.array([1, 3])
    )

    def test_by_hand(self):
        assert bits_per_character(self.read) == pytest.approx((1 + 2) / 4)
        assert perplexity(self.read) == pytest.approx(math.sqrt(8))

    def test_no_bits_where_the_text_is_not_spelled(self):
        assert (
            bits_per_character(
                LanguageModelOutputs(self.read.log_probabilities, self.read.correct, self.read.unknown, None)
            )
            == {}
        )
