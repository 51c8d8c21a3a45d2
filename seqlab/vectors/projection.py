"""Word vectors in two dimensions: principal components, or t-SNE."""

from __future__ import annotations

from typing import Literal

import numpy as np

from seqlab.errors import RequestError
from seqlab.vectors.word_vectors import unit

Method = Literal["pca", "tsne"]
PERPLEXITY = 30.0
"""About how many neighbors each word has in t-SNE: scikit-learn's default, lowered for few words."""
SEED = 1337


def check_method(method: Method) -> None:
    """Raises RequestError for t-SNE without scikit-learn."""
    if method == "tsne":
        try:
            import sklearn  # noqa: F401
        except ImportError as error:
            raise RequestError("t-SNE needs scikit-learn: pip install 'seqlab[map]', or use --method pca") from error


def project(matrix: np.ndarray, method: Method) -> np.ndarray:
    """(words, dimensions) → (words, 2). The same vectors give the same picture."""
    return _principal_components(matrix) if method == "pca" else _neighborhoods(matrix)


def on_the_plane_of(matrix: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vectors (words, dimensions), and others (others, dimensions), on the two principal components of the first: their
    points are those of `project(matrix, "pca")`, whatever the others are."""
    mean = matrix.astype(np.float64).mean(axis=0)
    _, _, directions = np.linalg.svd(matrix - mean, full_matrices=False)
    axes = np.zeros((2, matrix.shape[1]))
    axes[: len(directions)] = directions[:2]
    points = (matrix - mean) @ axes.T
    largest = points[np.abs(points).argmax(axis=0), [0, 1]]
    signs = np.where(largest < 0, -1, 1)
    return points * signs, (others - mean) @ axes.T * signs


def _principal_components(matrix: np.ndarray) -> np.ndarray:
    """The projection on the two directions of largest variance, each with its largest coordinate positive."""
    centered = matrix.astype(np.float64)
    centered -= centered.mean(axis=0)
    left, scales, _ = np.linalg.svd(centered, full_matrices=False)
    points = np.zeros((len(matrix), 2))
    kept = min(2, len(scales))
    points[:, :kept] = left[:, :kept] * scales[:kept]
    largest = points[np.abs(points).argmax(axis=0), [0, 1]]
    projected: np.ndarray = points * np.where(largest < 0, -1, 1)
    return projected


def _neighborhoods(matrix: np.ndarray) -> np.ndarray:
    """van der Maaten & Hinton 2008, of cosine distances, from the principal components."""
    from sklearn.manifold import TSNE

    if len(matrix) < 4:
        return _principal_components(matrix)
    perplexity = min(PERPLEXITY, (len(matrix) - 1) / 3)
    directions = unit(matrix)  # whose Euclidean distances order them as cosines do
    start = _principal_components(directions)
    start = start / (start[:, 0].std() or 1) * 1e-4
    embedding = TSNE(perplexity=perplexity, init=start.astype(np.float32), random_state=SEED, learning_rate="auto")
    points: np.ndarray = embedding.fit_transform(directions)
    return points
