"""What a sentence encoder is, wherever it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from seqlab.errors import DataError
from seqlab.progress import Progress
from seqlab.text_format import quoted


class TextEncoder(Protocol):
    """Texts to vectors."""

    @property
    def width(self) -> int:
        """Of a vector."""

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """(texts, width) float32, in the order of the texts."""


TEXTS_AT_ONCE = 64
"""Few, because an encoder may need memory for every token of all of them."""


def encode(encoder: TextEncoder, name: str, texts: Sequence[str], progress: Progress) -> np.ndarray:
    """The vectors of many texts, (texts, width) float32. Raises DataError for a vector that is not finite.

    Texts of similar length are encoded together, because encoders pad them to the longest.
    """
    vectors = np.empty((len(texts), encoder.width), np.float32)
    by_length = np.argsort([len(text) for text in texts], kind="stable")
    with progress.step("encoding", len(texts), "texts") as step:
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            rows = by_length[start : start + TEXTS_AT_ONCE]
            some = [texts[row] for row in rows]
            found = encoder.vectors(some)
            if not np.isfinite(found).all():
                first = some[int(np.flatnonzero(~np.isfinite(found).all(axis=1))[0])]
                raise DataError(
                    f"the encoder {name} gives {quoted(first)} a vector with values that are not finite numbers: "
                    "use another one"
                )
            vectors[rows] = found
            step.advance(len(some))
    return vectors
