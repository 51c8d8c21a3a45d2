"""Least squares of categories and numbers, against the whole matrix and a direct solution."""

import numpy as np
import pytest

from seqlab.models.classification import least_squares as module
from seqlab.models.classification.least_squares import RIDGE, least_squares

SIZES = (4, 3)


def made(rows=60, seed=0):
    generator = np.random.default_rng(seed)
    categories = np.stack([generator.integers(0, size, rows) for size in SIZES], axis=1).astype(np.int32)
    numbers = generator.normal(size=(rows, 3)).astype(np.float32)
    targets = numbers @ [2, -1, 0.5] + categories[:, 0] + generator.normal(size=rows)
    return targets - targets.mean(), categories, numbers


def directly(targets, categories, numbers):
    """By the matrix with a column per id and one per number."""
    parts = [np.eye(size)[categories[:, column]] for column, size in enumerate(SIZES)] if categories is not None else []
    matrix = np.hstack([*parts, *([] if numbers is None else [numbers.astype(np.float64)])])
    return np.linalg.solve(matrix.T @ matrix + RIDGE * np.eye(matrix.shape[1]), matrix.T @ targets)


@pytest.mark.parametrize("portion", [7, 1000])
@pytest.mark.parametrize("left_out", [None, "categories", "numbers"])
def test_it_is_the_solution_of_the_normal_equations(monkeypatch, left_out, portion):
    monkeypatch.setattr(module, "PORTION", portion)
    targets, categories, numbers = made()
    categories = None if left_out == "categories" else categories
    numbers = None if left_out == "numbers" else numbers
    sizes, width = (() if categories is None else SIZES), (0 if numbers is None else 3)
    found = least_squares(targets, (categories, numbers), sizes, width)
    assert (found.of_ids.shape, found.of_numbers.shape) == ((sum(sizes),), (width,))
    expected = directly(targets, categories, numbers)
    np.testing.assert_allclose(np.concatenate([found.of_ids, found.of_numbers]), expected, atol=1e-6)


def test_columns_that_are_equal_share_what_one_would_have():
    targets, _, numbers = made()
    doubled = least_squares(targets, (None, numbers[:, [0, 0]]), (), 2).of_numbers
    assert doubled[0] == pytest.approx(doubled[1])
    assert np.isfinite(doubled).all()


def test_what_never_occurs_has_no_weight_and_equal_targets_have_none():
    targets, categories, numbers = made()
    categories[:, 1] = 2
    found = least_squares(targets, (categories, numbers), SIZES, 3)
    assert found.of_ids[4:6].tolist() == [0.0, 0.0]
    nothing = least_squares(np.zeros(60), (categories, numbers), SIZES, 3)
    assert not np.concatenate([nothing.of_ids, nothing.of_numbers]).any()
