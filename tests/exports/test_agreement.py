"""What counts as the same answer."""

import math

import numpy as np
import pytest

from seqlab.errors import SeqlabError
from seqlab.exports.agreement import Agreement, largest_share, of_classes, of_numbers, of_texts

TEXTS = ["one", "two"]
SHARES = np.array([[0.2, 0.8], [0.7, 0.3]])


def test_equal_answers_hold():
    found = of_classes(TEXTS, ["yes", "no"], SHARES, ["yes", "no"], SHARES.astype(np.float32))
    assert found.holds
    assert str(found).startswith("2 of 2 labels are equal, the largest difference is ")
    found.refuse()


def test_another_label_does_not_hold():
    found = of_classes(TEXTS, ["yes", "no"], SHARES, ["yes", "yes"], SHARES)
    assert found.unequal == ["two"]
    with pytest.raises(SeqlabError, match=r"of 2 texts, 1 of 2 labels are equal.*'two'. Nothing was written"):
        found.refuse()


def test_of_two_classes_as_probable_either_is_right():
    tie = np.array([[0.500001, 0.499999]])
    assert of_classes(["x"], ["a"], tie, ["b"], tie).holds
    assert not of_classes(["x"], ["a"], tie, [""], tie).holds


def test_a_probability_that_differs_does_not_hold():
    assert not of_classes(TEXTS, ["yes", "no"], SHARES, ["yes", "no"], SHARES + 2e-5).holds


def test_no_number_is_equal_to_no_number_alone():
    nan = np.full((1, 2), math.nan)
    assert of_classes(["x"], [""], nan, [""], nan).holds
    assert not of_classes(["x"], [""], nan, [""], np.array([[0.5, 0.5]])).holds
    assert not of_numbers(["x"], np.array([math.nan]), np.array([1.0]), 1.0).holds


def test_numbers_are_compared_in_deviations():
    one, two = np.array([1e6]), np.array([1e6 + 1])
    assert of_numbers(["x"], one, two, 1e6).holds
    assert not of_numbers(["x"], one, two, 1.0).holds


def test_rounded_weights_may_change_a_few_labels():
    def changed(count, texts):
        return Agreement("labels", texts, ["x"] * count, 0.02, rounded=True)

    assert changed(0, 5).holds
    assert changed(4, 5_000).holds
    assert not changed(5, 5_000).holds
    with pytest.raises(SeqlabError, match=r"8 bits are too few.* 4,995 of 5,000 labels .* use `--format sklearn`"):
        changed(5, 5_000).refuse()


def test_texts_are_equal_or_not():
    assert of_texts("translations", TEXTS, ["a", "b"], ["a", "b"]).holds
    assert of_texts("translations", TEXTS, ["a", "b"], ["a", "B"]).unequal == ["two"]
    assert str(Agreement("words", 0)) == "0 of 0 words are equal"


def test_how_many_labels_may_have_changed_is_told():
    """Of no change in n texts the bound is 1 − 0.05^(1/n) (Clopper & Pearson 1934)."""
    assert largest_share(0, 79) == pytest.approx(1 - 0.05 ** (1 / 79))
    assert largest_share(0, 5_000) == pytest.approx(5.99e-4, rel=1e-2)
    assert largest_share(1, 2) == pytest.approx(math.sqrt(0.95))
    assert (largest_share(3, 3), largest_share(0, 0)) == (pytest.approx(1.0), 1.0)
    shown = str(Agreement("labels", 79, [], 0.01, rounded=True))
    assert shown.startswith(
        "79 of 79 labels are equal (with 95 % confidence, at most 3.72% of all are others), the lar"
    )


def test_the_source_of_texts_is_told_where_it_decides():
    with pytest.raises(SeqlabError, match=r"others\), .* of texts made of its vocabulary, and 0\.1% or more"):
        Agreement("labels", 50, ["x"], 0.02, rounded=True).refuse("texts made of its vocabulary")
