"""The most probable tokens of a distribution, beside the one that is asked about."""

from __future__ import annotations

import math

import numpy as np

from seqlab.text.vocabulary import Vocabulary


def other_tokens(
    vocabulary: Vocabulary, chosen: int, ids: np.ndarray, log_probabilities: np.ndarray
) -> tuple[tuple[str, float], ...]:
    """All but one of the most probable ids (count,), as tokens with their probabilities: without the chosen one, or,
    where that is not among them, without the last."""
    pairs = zip(ids.tolist(), log_probabilities.tolist(), strict=True)
    others = [(index, log) for index, log in pairs if index != chosen and log > -math.inf]
    return tuple((vocabulary.token(index), math.exp(log)) for index, log in others[: len(ids) - 1])
