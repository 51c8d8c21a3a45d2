"""The predictions of a language model: how well it predicts the text from its beginning to its end."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from seqlab.comparison.predictions import TokenPredictions
from seqlab.reports.html.blocks import Block, Chart, Series

MOST_POINTS = 400


def token_blocks(found: TokenPredictions) -> Iterator[Block]:
    """Bits per token of stretches of the split."""
    bits = -found.log_probabilities / math.log(2)
    sizes = found.tokens.astype(float)
    parts = np.array_split(np.arange(len(sizes)), min(MOST_POINTS, len(sizes)))
    points = [(float(found.items[part[0]][0]), float(bits[part].sum() / sizes[part].sum())) for part in parts]
    if len(points) > 1:
        yield Chart("Along the text", "token of the split", "bits per token", [Series("bits per token", points)])
