"""Occlusion and gradients of functions whose contributions are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.errors import RequestError
from seqlab.explanations import attribution

VECTORS = np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5]], np.float32)
KERNEL = np.array([[0.5, -1.0], [2.0, 1.0], [0.0, 4.0]])


def linear(vectors):
    return 0.7 + (vectors * KERNEL).sum(axis=(1, 2)), np.broadcast_to(KERNEL, vectors.shape)


def squared(vectors):
    """The square of the sum of all numbers."""
    total = vectors.sum(axis=(1, 2))
    return total**2, np.broadcast_to(2 * total[:, None, None], vectors.shape)


def steep(vectors):
    """Saturates where the gradient at the text is 0: only the path knows of the token."""
    total = vectors.sum(axis=(1, 2))
    inside = (total < 1.0).astype(float)
    return np.minimum(total, 1.0), np.broadcast_to(inside[:, None, None], vectors.shape)


def test_occlusion_is_the_score_less_that_of_the_text_without_a_token():
    asked = []

    def score(kept):
        asked.append(kept)
        return kept @ np.array([1.0, -2.0, 0.5]) + 10 * kept.all(axis=1)

    assert attribution.occlusion(score, 3).tolist() == [11, 8, 10.5]
    assert asked[0].tolist() == [[1, 1, 1], [0, 1, 1], [1, 0, 1], [1, 1, 0]]


def test_too_many_tokens_are_not_left_out_one_by_one():
    with pytest.raises(RequestError, match="the text has 5,001 tokens: at most 5,000"):
        attribution.occlusion(lambda kept: kept.sum(axis=1), 5_001)


def test_of_a_linear_function_all_gradients_are_the_weights():
    exact = (VECTORS * KERNEL).sum(axis=1)
    np.testing.assert_allclose(attribution.gradient_input(linear, VECTORS), exact)
    found = attribution.integrated_gradients(linear, VECTORS)
    np.testing.assert_allclose(found.contributions, exact, rtol=1e-6)
    assert (found.base, found.score) == (pytest.approx(0.7), pytest.approx(0.7 + exact.sum()))
    assert found.gap < 1e-6
    assert found.steps == attribution.STEPS[0]


def test_of_a_square_the_integral_is_half_of_gradient_times_input():
    total = VECTORS.sum()
    found = attribution.integrated_gradients(squared, VECTORS)
    np.testing.assert_allclose(found.contributions, total * VECTORS.sum(axis=1), rtol=1e-6)
    np.testing.assert_allclose(attribution.gradient_input(squared, VECTORS), 2 * found.contributions, rtol=1e-6)


def test_a_saturated_function_has_contributions_and_takes_more_steps():
    vectors = np.array([[60.0]], np.float32)
    assert attribution.gradient_input(steep, vectors).tolist() == [0]
    found = attribution.integrated_gradients(steep, vectors)
    assert found.steps > attribution.STEPS[0]
    assert found.contributions[0] == pytest.approx(1, abs=0.2)
    assert found.gap == pytest.approx(abs(found.contributions[0] - 1))


@given(st.floats(0.5, 40), st.integers(1, 5))
def test_the_gap_is_what_is_missing(size, tokens):
    vectors = np.full((tokens, 1), size, np.float32)
    found = attribution.integrated_gradients(steep, vectors)
    missing = abs(found.contributions.sum() - (found.score - found.base))
    assert found.gap == pytest.approx(missing / abs(found.score - found.base), abs=1e-9)
