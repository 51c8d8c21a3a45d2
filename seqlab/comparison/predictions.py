"""The recorded predictions of a run for a split, by what its task predicts: classes, numbers, tokens or translations.

Their items are sorted, because runs with the same split hash can have their rows in any order; those of a translator
have the order of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeGuard

import numpy as np

from seqlab.comparison.prediction_lines import is_count, read_predictions
from seqlab.comparison.refusals import listed
from seqlab.errors import RequestError
from seqlab.runs import Run
from seqlab.runs.selection import is_number
from seqlab.text_format import quoted

ROUNDING = 1e-3
"""How far the probabilities of an item may be from a sum of 1: they are recorded with six digits."""
SMALLEST = 5e-7
"""Probabilities are recorded with six digits: what is recorded as 0 was less than this."""
LARGEST = 1e70

Item = tuple[str, str]
"""Content id and target of an item."""


@dataclass(frozen=True)
class ClassPredictions:
    """The predictions of a classifier for a split."""

    labels: tuple[str, ...]
    """Names of the classes, in alphabetical order."""
    items: list[Item]
    probabilities: np.ndarray
    """(items, classes) float64."""
    predicted: np.ndarray
    """The predicted classes, (items,) int."""

    @property
    def targets(self) -> np.ndarray:
        """The true classes, (items,) int."""
        ids = {label: index for index, label in enumerate(self.labels)}
        return np.array([ids[target] for _, target in self.items], int)

    @property
    def of_targets(self) -> np.ndarray:
        """The probabilities of the true classes, (items,) float64, above 0."""
        found: np.ndarray = np.maximum(self.probabilities[np.arange(len(self.items)), self.targets], SMALLEST)
        return found


@dataclass(frozen=True)
class NumberPredictions:
    """The predictions of a regression for a split."""

    items: list[tuple[str, float]]
    """Content id and target of each item."""
    predicted: np.ndarray
    """(items,) float64."""

    @property
    def targets(self) -> np.ndarray:
        """(items,) float64."""
        return np.array([target for _, target in self.items])


@dataclass(frozen=True)
class TokenPredictions:
    """What a language model recorded of a split: segments of up to a thousand tokens."""

    items: list[tuple[int, str, int]]
    """Position of the first token, hash of the ids, and number of tokens of each segment: equal for models that have
    the same tokens, and for no others."""
    log_probabilities: np.ndarray
    """Sums in nats, (segments,) float64."""
    correct: np.ndarray | None
    """How many tokens were the most probable ones, (segments,) int; None in runs of older versions."""
    characters: np.ndarray | None
    """(segments,) int; None if they are not known, and in runs of older versions."""

    @property
    def tokens(self) -> np.ndarray:
        """(segments,) int."""
        return np.array([number for _, _, number in self.items])


class Pair(NamedTuple):
    """A line of a translator: a pair of the split, with all references of its source and the translation of it."""

    content: str
    references: tuple[str, ...]
    translation: str


@dataclass(frozen=True)
class TranslationPredictions:
    """The translations of a split, in the order of the file."""

    pairs: list[Pair]

    @property
    def items(self) -> list[tuple[str, tuple[str, ...]]]:
        """Content id and references of each line, sorted."""
        return sorted((pair.content, pair.references) for pair in self.pairs)


def read_class_predictions(run: Run, split: str) -> ClassPredictions:
    """Raises RequestError if the file is missing, empty or damaged, or holds no class probabilities."""
    labels: list[str] = []

    def parsed(record: dict[str, Any]) -> tuple[Item, list[float], int]:
        item, scores, predicted = _classified(record)
        labels[:] = labels or sorted(scores)
        if sorted(scores) != labels:
            raise ValueError("its classes are not those of the first line")
        return item, [scores[label] for label in labels], labels.index(predicted)

    found = sorted(read_predictions(run, split, parsed), key=lambda each: each[0])
    items, probabilities, predicted = zip(*found, strict=True)
    return ClassPredictions(tuple(labels), list(items), np.array(probabilities), np.array(predicted))


def read_number_predictions(run: Run, split: str) -> NumberPredictions:
    """Raises RequestError if the file is missing, empty or damaged, or holds no numbers."""

    def parsed(record: dict[str, Any]) -> tuple[tuple[str, float], float]:
        target, prediction = record.get("target"), record.get("prediction")
        if not (_is_finite(target) and _is_finite(prediction)):
            raise ValueError("'target' and 'prediction' must be numbers")
        return (_content(record), float(target)), float(prediction)

    items, predicted = zip(*sorted(read_predictions(run, split, parsed), key=lambda each: each[0]), strict=True)
    return NumberPredictions(list(items), np.array(predicted))


def read_token_predictions(run: Run, split: str) -> TokenPredictions:
    """Raises RequestError if the file is missing, empty or damaged, or holds no log-probabilities."""

    def parsed(record: dict[str, Any]) -> tuple[tuple[int, str, int], float, Any, Any]:
        scores = record.get("scores")
        if not isinstance(scores, Mapping):
            raise ValueError("'scores' must be a mapping")
        start, tokens, log_probability = (scores.get(name) for name in ("start", "tokens", "log_probability"))
        if not (is_count(start) and is_count(tokens, 1)):
            raise ValueError("'start' and 'tokens' must be whole numbers")
        if not (_is_finite(log_probability) and log_probability <= 0):
            raise ValueError("'log_probability' must be a number, 0 or below")
        correct, characters = (scores.get(name) for name in ("correct", "characters"))
        if not all(each is None or is_count(each) for each in (correct, characters)):
            raise ValueError("'correct' and 'characters' must be whole numbers")
        return (start, _content(record), tokens), float(log_probability), correct, characters

    found = sorted(read_predictions(run, split, parsed), key=lambda each: each[0])
    items, log_probabilities, correct, characters = zip(*found, strict=True)
    return TokenPredictions(list(items), np.array(log_probabilities), _counts(correct), _counts(characters))


def read_translations(run: Run, split: str) -> TranslationPredictions:
    """Raises RequestError if the file is missing, empty or damaged, or holds no translations."""

    def parsed(record: dict[str, Any]) -> Pair:
        target, prediction = record.get("target"), record.get("prediction")
        references = [target] if isinstance(target, str) else target
        if not isinstance(references, list) or not references or not all(isinstance(each, str) for each in references):
            raise ValueError("'target' must be a list of references")
        if not isinstance(prediction, str):
            raise ValueError("'prediction' must be a text")
        return Pair(_content(record), tuple(references), prediction)

    return TranslationPredictions(read_predictions(run, split, parsed))


def refuse_other_labels(first: Run, expected: ClassPredictions, other: Run, found: ClassPredictions) -> None:
    """Raises RequestError if two runs have different classes."""
    if expected.labels != found.labels:
        one, two = (listed(map(quoted, each.labels)) for each in (expected, found))
        raise RequestError(f"runs {first.id} and {other.id} have different labels: {one} and {two}")


def _classified(record: dict[str, Any]) -> tuple[Item, dict[str, float], str]:
    """The item of a line, its probability by class, and the predicted class. Raises ValueError for anything else."""
    content, target, scores, predicted = (record.get(name) for name in ("id", "target", "scores", "prediction"))
    if not isinstance(content, str) or not isinstance(target, str) or not isinstance(scores, dict):
        raise ValueError("'id' and 'target' must be texts, 'scores' a mapping of classes to probabilities")
    if target not in scores:
        raise ValueError("'scores' lacks the target")
    if not all(is_number(each) and 0 <= each <= 1 for each in scores.values()):
        raise ValueError("'scores' must be probabilities from 0 to 1")
    if abs(sum(scores.values()) - 1) > ROUNDING:
        raise ValueError("the probabilities do not add up to 1")
    if not isinstance(predicted, str) or predicted not in scores:
        raise ValueError("'scores' lacks the prediction")
    return (content, target), scores, predicted


def _content(record: Mapping[str, Any]) -> str:
    content = record.get("id")
    if not isinstance(content, str):
        raise ValueError("'id' must be a text")
    return content


def _is_finite(value: Any) -> TypeGuard[int | float]:
    """Whether a value is a number of which the fourth power is one, too: variances of squared errors are computed. JSON
    has integers that no float can hold."""
    return is_number(value) and abs(value) <= LARGEST


def _counts(found: tuple[int | None, ...]) -> np.ndarray | None:
    return None if None in found else np.array(found)
