"""How much a word tells about the class of a document: its naive-Bayes log-count ratio."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seqlab.data.array_file import read_array
from seqlab.data.ragged import Ragged
from seqlab.errors import DataError
from seqlab.models.classification.bag import log_count_ratio

RATIOS = "log_count_ratios.npy"
"""The file of the ratios, in a run and with prepared data."""


def class_ratios(rows: Ragged, classes: Sequence[str], size: int, smoothing: float) -> np.ndarray:
    """The absolute log-count ratio of each of `size` words, of several classes the greatest, (size,) float32.

    `rows`: the words of documents; `classes`: of each, empty without one. Raises DataError unless
    there are two classes.
    """
    names = sorted({name for name in classes if name})
    if len(names) < 2:
        raise DataError(
            f"the training documents have {'no class' if not names else f'one class alone, {names[0]!r}'}, and words "
            "are to be kept by what they tell about classes: leave model.keep_ratio out, or provide documents of two"
        )
    numbers = {name: number for number, name in enumerate(names)}
    of_rows = np.array([numbers.get(name, -1) for name in classes])
    of_words = np.repeat(of_rows, rows.lengths)
    documents = np.repeat(np.arange(len(rows)), rows.lengths)
    known = of_words >= 0
    once = np.unique(documents[known] * size + rows.values[known])  # a document counts once for each word that it has
    keys = of_rows[once // size] * size + once % size
    counts = np.bincount(keys, minlength=len(names) * size).reshape(len(names), size)
    ratios = log_count_ratio(counts, smoothing, 1 if len(names) == 2 else len(names))
    greatest: np.ndarray = np.abs(ratios).max(axis=1)
    return greatest


def load_ratios(directory: Path, size: int) -> np.ndarray:
    """What was saved in a run, or with prepared data. Raises DataError if it is damaged."""
    path = directory / RATIOS
    try:
        ratios = read_array(path.read_bytes())
        if ratios.shape != (size,) or ratios.dtype != np.float32 or not (ratios >= 0).all() or not ratios.any():
            raise ValueError("a number of 0 or more for each word is needed, and not 0 for all")
    except (OSError, ValueError) as error:
        raise DataError(f"{path} does not hold the ratios of words ({error}): restore it, or train again") from error
    return ratios


def kept_by_ratio(ratios: np.ndarray, full: float) -> np.ndarray:
    """The probability of each word to be kept, |r| / `full`, at most 1: (words,) float32."""
    return np.minimum(ratios / np.float32(full), 1)
