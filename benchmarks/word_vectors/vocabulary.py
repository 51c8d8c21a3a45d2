"""The vocabulary that all programs look up: every 20th word of the text, and what both say of the rows."""

from pathlib import Path

import numpy as np


def words_of(text: Path) -> set[str]:
    with text.open(encoding="utf-8") as lines:
        return {line.partition(" ")[0] for number, line in enumerate(lines) if number % 20 == 0}


def described(rows: np.ndarray) -> list[float]:
    """Their number, and their sum."""
    return [len(rows), round(float(rows.astype(np.float64).sum()), 2)]
