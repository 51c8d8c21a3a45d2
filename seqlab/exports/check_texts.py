"""The texts by which an export is compared with its run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seqlab.data.splits.load_splits import load_for
from seqlab.errors import SeqlabError
from seqlab.text.vectorizer import FittedVectorizer

if TYPE_CHECKING:
    from seqlab.experiment.loaded_run import LoadedRun

LONGEST_MADE = 30
"""Tokens of a text that is made of the vocabulary."""
LONGEST_TEXT = 10_000
"""Characters that are read of a text."""


def check_texts(loaded: LoadedRun, most: int) -> tuple[list[str], str]:
    """Up to so many texts of the validation split, evenly spread over it, and what they are.

    Where the data are gone, they are made of tokens of the vocabulary.
    """
    data = loaded.experiment.data
    try:
        records = load_for("validation", data, loaded.progress).splits["validation"]
        texts = next(iter(data.texts(records).values()))
    except SeqlabError:
        return made_texts(next(iter(loaded.task.vectorizers.values())), most), "texts made of its vocabulary"
    if data.single_text or len(texts) == 1:
        texts = [line for text in texts for line in text.splitlines() if line.strip()]
    chosen = np.unique(np.linspace(0, len(texts) - 1, min(most, len(texts))).astype(int))
    return [texts[index][:LONGEST_TEXT] for index in chosen], "texts of the validation split"


def made_texts(fitted: FittedVectorizer, count: int) -> list[str]:
    """Texts of random tokens, the same ones at every call."""
    random, first = np.random.default_rng(0), len(fitted.vocabulary.specials)
    rows = (random.integers(first, fitted.size, random.integers(1, LONGEST_MADE + 1)) for _ in range(count))
    return [fitted.decode(row.tolist()) for row in rows]
