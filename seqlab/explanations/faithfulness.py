"""Faithfulness of contributions: comprehensiveness, sufficiency, and agreement with leaving out one token."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from seqlab.explanations.results import SHARES, Faithfulness

Kept = Callable[[np.ndarray], np.ndarray]
"""Which tokens are kept, (variants, tokens) bool → a number for each variant of the text, (variants,) float64."""


def faithfulness(contributions: np.ndarray, confidence: Kept, left_out: np.ndarray) -> Faithfulness:
    """Of contributions (tokens,), at least one. `confidence`: the probability of the class; `left_out`: the
    contributions by leaving out one token, (tokens,).

    The largest contributions come first, by their sign, as in ERASER: what speaks against a class is no reason for it.
    Of n tokens a share takes the next whole number; the mean over the shares is that of the authors' program.
    """
    tokens = len(contributions)
    rank = np.empty(tokens, int)
    rank[np.argsort(-contributions, kind="stable")] = np.arange(tokens)
    tops = np.stack([rank < math.ceil(round(share * tokens, 9)) for share in SHARES])  # (shares, tokens)
    whole = np.ones((1, tokens), bool)
    values = confidence(np.concatenate([whole, ~tops, tops]))
    without, alone = values[0] - values[1 : 1 + len(SHARES)], values[0] - values[1 + len(SHARES) :]
    return Faithfulness(
        float(without.mean()),
        float(alone.mean()),
        kendall_tau(contributions, left_out),
        tuple(without.tolist()),
        tuple(alone.tolist()),
    )


def mean_faithfulness(several: Sequence[Faithfulness]) -> Faithfulness:
    """The mean over texts, of each figure over those that have it; `several`: at least one."""
    taus = [each.kendall_tau for each in several if not math.isnan(each.kendall_tau)]
    return Faithfulness(
        float(np.mean([each.comprehensiveness for each in several])),
        float(np.mean([each.sufficiency for each in several])),
        float(np.mean(taus)) if taus else math.nan,
        tuple(np.mean([each.comprehensiveness_at for each in several], axis=0).tolist()),
        tuple(np.mean([each.sufficiency_at for each in several], axis=0).tolist()),
    )


def kendall_tau(first: np.ndarray, second: np.ndarray) -> float:
    """Kendall's τ-b of two rankings, (n,) each; not a number if one of them has no order (Kendall 1945).

    Computed with numpy: SciPy is not a dependency. Tested against it.
    """
    agreeing, orders, others = 0, 0, 0
    for position in range(len(first) - 1):
        one = np.sign(first[position + 1 :] - first[position]).astype(int)
        other = np.sign(second[position + 1 :] - second[position]).astype(int)
        agreeing += int(one @ other)
        orders += int(np.count_nonzero(one))
        others += int(np.count_nonzero(other))
    return agreeing / math.sqrt(orders * others) if orders and others else math.nan
