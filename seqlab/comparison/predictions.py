"""Reads the predictions of a run's classifier: `predictions/validation.jsonl` and `predictions/test.jsonl`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seqlab import files
from seqlab.errors import RequestError
from seqlab.runs import Run
from seqlab.runs.contents import RESTORE

ROUNDING = 1e-3
"""How far the probabilities of an item may be from a sum of 1: they are recorded with six digits."""

Item = tuple[str, str]
"""Content id and target of an item."""


@dataclass(frozen=True)
class ClassPredictions:
    """The predictions for a split, sorted by item: runs with the same split hash can have their rows in any order."""

    labels: tuple[str, ...]
    """Names of the classes, in alphabetical order."""
    items: list[Item]
    probabilities: np.ndarray
    """(items, classes) float64."""

    @property
    def targets(self) -> np.ndarray:
        """The true classes, (items,) int."""
        ids = {label: index for index, label in enumerate(self.labels)}
        return np.array([ids[target] for _, target in self.items], int)


def read_class_predictions(run: Run, split: str) -> ClassPredictions:
    """Raises RequestError if the file is missing, empty or damaged, or holds no class probabilities."""
    path = run.predictions_file(split)
    lines = _lines(path)
    if not lines:
        raise RequestError(f"{path} is empty: {RESTORE}")
    found: list[tuple[Item, list[float]]] = []
    labels: tuple[str, ...] = ()
    for number, line in enumerate(lines, 1):
        try:
            item, scores = _parsed(line)
            labels = labels or tuple(sorted(scores))
            if tuple(sorted(scores)) != labels:
                raise ValueError("its classes are not those of the first line")
        except ValueError as error:
            raise RequestError(f"line {number:,} of {path} is damaged ({error}): {RESTORE}") from error
        found.append((item, [scores[label] for label in labels]))
    found.sort(key=lambda each: each[0])
    probabilities = np.array([row for _, row in found])
    return ClassPredictions(labels, [item for item, _ in found], probabilities)


def _lines(path: Path) -> list[str]:
    try:
        content = files.read_bytes(path).decode("utf-8")
    except FileNotFoundError as error:
        raise RequestError(f"{path} is missing: {RESTORE}") from error
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise RequestError(f"{path} is damaged (it is not UTF-8): {RESTORE}") from error
    return content.removesuffix("\n").split("\n") if content else []  # a label may hold other line breaks of Unicode


def _parsed(line: str) -> tuple[Item, dict[str, float]]:
    """The item of a line, and its probability by class. Raises ValueError for anything else."""
    record = files.parse_json(line)
    if not isinstance(record, dict):
        raise ValueError("it is not a mapping")
    content, target, scores = (record.get(name) for name in ("id", "target", "scores"))
    if not isinstance(content, str) or not isinstance(target, str) or not isinstance(scores, dict):
        raise ValueError("'id' and 'target' must be texts, 'scores' a mapping of classes to probabilities")
    if target not in scores:
        raise ValueError("'scores' lacks the target")
    if not all(map(_is_probability, scores.values())):
        raise ValueError("'scores' must be probabilities from 0 to 1")
    if abs(sum(scores.values()) - 1) > ROUNDING:
        raise ValueError("the probabilities do not add up to 1")
    return (content, target), scores


def _is_probability(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
