"""A table for defaults.py whose numbers depend on the others in no straight line, and whose best possible error is
known: Friedman 1991, "Multivariate adaptive regression splines", section 4.3."""

from __future__ import annotations

import csv
import math
import random
from pathlib import Path

COLUMNS = tuple(f"x{number}" for number in range(1, 11))
"""Each drawn evenly from 0 to 1; the last five do not matter."""
TEST = 2_000
SPLITS = {"path": "train", "validation": "validation", "test": "test"}
"""Option of `data` → split."""


def table_config(folder: Path) -> dict[str, object]:
    """The section `data` of what `write_tables` writes there."""
    paths = {key: str(folder / f"{split}.csv") for key, split in SPLITS.items()}
    return {"name": "csv", **paths, "label": "y", "features": {"numbers": list(COLUMNS)}}


def write_tables(folder: Path, size: int, validation: int, seed: int) -> None:
    """`size` rows to train with, and 2,000 to test. The noise has the variance 1, which no model can explain."""
    generator = random.Random(f"friedman {seed}")
    for split, rows in zip(SPLITS.values(), (size, validation, TEST), strict=True):
        with (folder / f"{split}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*COLUMNS, "y"])
            for _ in range(rows):
                numbers = [generator.random() for _ in COLUMNS]
                writer.writerow([f"{each:.6f}" for each in (*numbers, rule(numbers) + generator.gauss(0, 1))])


def rule(numbers: list[float]) -> float:
    """Between 0 and 30."""
    product = 10 * math.sin(math.pi * numbers[0] * numbers[1])
    return product + 20 * (numbers[2] - 0.5) ** 2 + 10 * numbers[3] + 5 * numbers[4]
