"""The figures of results: sums, bits, and what is empty."""

import math

import pytest

from seqlab.explanations.results import Attribution, ScoredToken, ScoredTranslation, Surprise

HALF, QUARTER = math.log(0.5), math.log(0.25)


def test_bits_are_binary_logarithms():
    token = ScoredToken("a", QUARTER, 1.0)
    assert (token.bits, token.probability) == (pytest.approx(2), pytest.approx(0.25))
    assert str(ScoredToken("a", 0.0, 0.0).bits) == "0.0"  # not -0.0
    assert ScoredToken("a", None, None).bits is None


def test_a_text_costs_the_sum_of_what_is_predicted():
    tokens = (ScoredToken("x", None, None), ScoredToken("a", HALF, 1.0), ScoredToken("b", QUARTER, 1.0))
    found = Surprise("xab", tokens, 3)
    assert (found.bits, found.scored) == (pytest.approx(3), 2)
    assert (found.bits_per_character, found.bits_per_token) == (pytest.approx(1), pytest.approx(1.5))
    alone = Surprise("x", tokens[:1], 0)
    assert (alone.bits, alone.bits_per_character, alone.bits_per_token) == (None, None, None)
    assert Surprise("xa", tokens[:2], None).bits_per_character is None


def test_the_probability_of_a_translation_is_a_product():
    tokens = (ScoredToken("a", HALF, 1.0), ScoredToken("[END]", QUARTER, 1.0))
    found = ScoredTranslation("x", "a", ("x",), tokens, (), given=False)
    assert math.exp(found.log_probability) == pytest.approx(1 / 8)


def test_what_is_not_a_number_is_not_finite():
    answer = {"label": "a", "probability": 1.0, "prediction": None, "explained": "a", "base": None}
    assert not Attribution("x", **answer, score=math.nan, method="occlusion").is_finite
    assert Attribution("x", **answer, score=math.nan, method=None).empty
    assert not Surprise("x", (ScoredToken("a", math.nan, 1.0),), 1).is_finite
    assert Surprise("x", (), None).is_finite
