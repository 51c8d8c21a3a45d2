"""Metrics of a language model, by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from seqlab.metrics.language_model import LanguageModelOutputs, bits_per_character, perplexity, unigram_model


class TestMetrics:
    read = LanguageModelOutputs(
        np.log([0.5, 0.25]), np.array([True, False]), np.array([False, False]), np.array([1, 3]), np.log([0.125, 0.5])
    )

    def test_by_hand(self):
        assert bits_per_character(self.read) == pytest.approx((1 + 2) / 4)
        assert perplexity(self.read) == pytest.approx(math.sqrt(8))

    def test_the_unigram_model_by_hand(self):
        assert unigram_model(self.read) == pytest.approx(
            {"baseline_perplexity": 4, "baseline_bits_per_character": (3 + 1) / 4}
        )

    def test_no_bits_where_the_text_is_not_spelled(self):
        words = replace(self.read, characters=None)
        assert bits_per_character(words) == {}
        assert unigram_model(words) == pytest.approx({"baseline_perplexity": 4})
