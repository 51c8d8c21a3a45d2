"""Projections to two dimensions."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from seqlab.errors import RequestError
from seqlab.vectors.projection import check_method, on_the_plane_of, project

MATRIX = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32) * [5, 3, 1, 1, 1]


def test_the_principal_components_are_those_of_scikit_learn():
    expected = PCA(2).fit_transform(MATRIX.astype(np.float64))
    np.testing.assert_allclose(np.abs(project(MATRIX, "pca")), np.abs(expected), atol=1e-5)


@pytest.mark.parametrize("shape", [(2, 1), (2, 5), (3, 2), (5, 1)])
@pytest.mark.parametrize("method", ["pca", pytest.param("tsne", marks=pytest.mark.slow)])
def test_few_words_and_dimensions_have_a_picture(shape, method):
    points = project(np.random.default_rng(1).normal(size=shape).astype(np.float32), method)
    assert points.shape == (shape[0], 2)
    assert np.isfinite(points).all()


@pytest.mark.slow
def test_tsne_keeps_two_groups_apart_and_is_repeatable():
    generator = np.random.default_rng(2)
    groups = np.repeat([[3, 0, 0], [0, 3, 0]], 20, axis=0) + generator.normal(size=(40, 3)) * 0.2
    points = project(groups.astype(np.float32), "tsne")
    within = max(np.ptp(points[:20], axis=0).max(), np.ptp(points[20:], axis=0).max())
    assert np.linalg.norm(points[:20].mean(axis=0) - points[20:].mean(axis=0)) > within / 2
    np.testing.assert_array_equal(project(groups.astype(np.float32), "tsne"), points)


@pytest.mark.parametrize("method", ["pca", pytest.param("tsne", marks=pytest.mark.slow)])
def test_vectors_that_are_all_equal_have_a_picture(method):
    assert np.isfinite(project(np.ones((9, 4), np.float32), method)).all()


def test_tsne_without_scikit_learn_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sklearn", None)
    with pytest.raises(RequestError, match=r"pip install 'seqlab\[map\]'"):
        check_method("tsne")
    check_method("pca")


def test_others_move_none_of_the_first():
    first, others = MATRIX[:30], MATRIX[30:]
    points, beside = on_the_plane_of(first, others)
    np.testing.assert_allclose(points, project(first, "pca"), atol=1e-5)
    np.testing.assert_allclose(on_the_plane_of(first, first)[1], points, atol=1e-9)
    expected = PCA(2).fit(first.astype(np.float64)).transform(others.astype(np.float64))
    np.testing.assert_allclose(np.abs(beside), np.abs(expected), atol=1e-5)


@pytest.mark.parametrize("shape", [(2, 1), (2, 5), (5, 1)])
def test_few_words_have_a_plane(shape):
    points, none = on_the_plane_of(np.random.default_rng(1).normal(size=shape), np.zeros((0, shape[1])))
    assert (points.shape, none.shape) == ((shape[0], 2), (0, 2))
    assert np.isfinite(points).all()
