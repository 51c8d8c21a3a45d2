"""Neighbors and analogies, worked out by hand."""

import numpy as np
import pytest

from seqlab.vectors import Neighbor, WordNotFound, WordVectors

CITIES = WordVectors(
    ("spain", "madrid", "france", "paris", "nowhere"),
    np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1], [0, 0, 0]], np.float32),
)


def test_neighbors_by_cosine_leave_out_the_word_itself_and_vectors_without_direction():
    found = CITIES.neighbors("madrid")
    assert [each.word for each in found] == ["spain", "paris", "france"]
    np.testing.assert_allclose([each.score for each in found], [2**-0.5, 0.5, 0], rtol=1e-6, atol=1e-7)


def test_neighbors_by_distance_include_the_vector_of_zeros():
    found = CITIES.neighbors("madrid", metric="euclidean", top=2)
    assert [each.word for each in found] == ["spain", "paris"]  # then nowhere at the same distance as paris
    np.testing.assert_allclose([each.score for each in found], [1, 2**0.5], rtol=1e-6)


def test_an_analogy_leaves_out_its_three_words():
    """paris - france + spain, of unit vectors: (0, 1, 1)/√2 - (0, 0, 1) + (1, 0, 0)."""
    assert CITIES.analogy("france", "paris", "spain", top=1)[0].word == "madrid"
    target = np.array([1, 2**-0.5, 2**-0.5 - 1])
    expected = target @ np.array([1, 1, 0]) / np.linalg.norm(target) / 2**0.5
    assert CITIES.analogy("france", "paris", "spain")[0].score == pytest.approx(expected, rel=1e-6)
    assert [each.word for each in CITIES.analogy("france", "paris", "spain", metric="euclidean", top=1)] == ["madrid"]


def test_words_of_equal_score_come_in_the_order_of_the_words():
    same = WordVectors(("a", "b", "c"), np.ones((3, 2), np.float32))
    assert same.neighbors("b") == [Neighbor("a", pytest.approx(1)), Neighbor("c", pytest.approx(1))]


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("Madrid", "the nearest spellings are madrid"),
        ("pariss", "paris"),
        ("", "'' has no vector; it is no word; there are"),
        ("zzzz", f"no word is spelled like it; there are {len(CITIES)} words: {', '.join(CITIES.words[:3])} …"),
    ],
)
def test_a_word_without_a_vector_gets_the_nearest_spellings(word, hint):
    with pytest.raises(WordNotFound, match=hint):
        CITIES.neighbors(word)


def test_a_vector_of_zeros_has_similarity_zero():
    assert CITIES.similarity("spain", "nowhere") == 0
    assert CITIES.similarity("spain", "madrid") == pytest.approx(2**-0.5)


def test_capitals_hide_no_spelling():
    vectors = WordVectors(("king", "zingg", "Oslo"), np.ones((3, 1), np.float32))
    with pytest.raises(WordNotFound, match=r"spellings are king"):
        vectors.vector("Kingg")
    with pytest.raises(WordNotFound, match=r"spellings are Oslo"):
        vectors.vector("Osloo")


@pytest.mark.parametrize("scale", [1e-45, 1e-38, 1e-30, 1e-22, 1, 1e22, 1e30, 1e38])
def test_neighbors_do_not_depend_on_the_scale(scale):
    """Squares of 32 bits would vanish or overflow. A warning of numpy would be an error."""
    rows = np.array([[1, 0], [1, 1], [0, 1]]) * scale
    vectors = WordVectors(("king", "queen", "man"), rows.astype(np.float32))
    found = vectors.neighbors("queen")
    assert [each.word for each in found] == ["king", "man"]
    np.testing.assert_allclose([each.score for each in found], 2**-0.5, rtol=1e-6)
    assert vectors.similarity("king", "queen") == pytest.approx(2**-0.5)
    assert vectors.analogy("king", "queen", "man", top=1) == []
    near = vectors.neighbors("queen", metric="euclidean", top=1)[0].score
    assert near == pytest.approx(float(np.float32(scale)), rel=1e-6)


def test_opposite_vectors_of_the_largest_numbers_have_a_distance():
    largest = float(np.finfo(np.float32).max)
    vectors = WordVectors(("up", "down"), np.array([[largest], [-largest]], np.float32))
    assert vectors.neighbors("up", metric="euclidean") == [Neighbor("down", 2 * largest)]
