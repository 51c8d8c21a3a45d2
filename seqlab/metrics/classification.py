"""Metrics of a classifier. To add one, put a function on the registry.

A metric takes `ClassificationOutputs` and returns a number, or a mapping of metric name → number for metrics per class
(`f1.positive`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from seqlab.metrics import binary_scores
from seqlab.metrics.metric_names import after_training, better_when_lower, returns, validation_only
from seqlab.registry import Component, Positive, Registry


@dataclass(frozen=True)
class ClassificationOutputs:
    """What a classifier computed for a split."""

    labels: tuple[str, ...]
    """Names of the classes."""
    targets: np.ndarray
    """The true classes, (texts,) int."""
    logits: np.ndarray
    """(texts, outputs) float32; one output for two classes."""
    threshold: float | None = None
    """Of two classes, the probability from which on the second is predicted; None: the most probable class is."""

    @cached_property
    def log_probabilities(self) -> np.ndarray:
        """(texts, classes) float64."""
        logits = self.logits.astype(np.float64)
        if logits.shape[1] == 1:
            # Two classes by one logit z: the softmax of (0, z) is (1 - sigmoid(z), sigmoid(z)).
            logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
        largest = logits.max(axis=1, keepdims=True)
        with np.errstate(invalid="ignore"):  # the logits of a model that diverged are NaN, and stay NaN
            normal: np.ndarray = logits - largest - np.log(np.exp(logits - largest).sum(axis=1, keepdims=True))
        return normal

    @cached_property
    def probabilities(self) -> np.ndarray:
        """(texts, classes) float64."""
        probabilities: np.ndarray = np.exp(self.log_probabilities)
        return probabilities

    @cached_property
    def predictions(self) -> np.ndarray:
        """The predicted class, (texts,); the first of equals."""
        if self.threshold is not None:
            return (self.probabilities[:, 1] >= self.threshold).astype(int)
        best: np.ndarray = self.log_probabilities.argmax(axis=1)
        return best

    def scores(self, label: int) -> np.ndarray:
        """What ranks the texts by how much they are of this class, (texts,) float64: log-odds against the others."""
        chosen = self.log_probabilities[:, label]
        others = np.delete(self.log_probabilities, label, axis=1)
        odds: np.ndarray = chosen - np.logaddexp.reduce(others, axis=1)
        return odds

    @property
    def log_loss(self) -> float:
        """Mean negative log-probability of the true class, in nats."""
        return float(-self.log_probabilities[np.arange(len(self.targets)), self.targets].mean())


CLASSIFICATION_METRICS: Registry[Component] = Registry("metric")


@CLASSIFICATION_METRICS.add
def accuracy(outputs: ClassificationOutputs) -> float:
    """Share of texts whose most probable class is the true one."""
    return float((outputs.predictions == outputs.targets).mean())


@CLASSIFICATION_METRICS.add
@returns("accuracy_low", "accuracy_high")
@after_training
def accuracy_interval(outputs: ClassificationOutputs) -> dict[str, float]:
    """The bounds of the 95 % confidence interval of the accuracy (Wilson 1927)."""
    low, high = binary_scores.wilson_interval(outputs.predictions == outputs.targets)
    return {"accuracy_low": low, "accuracy_high": high}


@CLASSIFICATION_METRICS.add
@returns("baseline_accuracy")
@after_training
def majority_class(outputs: ClassificationOutputs) -> dict[str, float]:
    """The accuracy of always answering the most frequent class of the split."""
    return {"baseline_accuracy": float(np.bincount(outputs.targets).max() / len(outputs.targets))}


@CLASSIFICATION_METRICS.add
def macro_f1(outputs: ClassificationOutputs) -> float:
    """Unweighted mean of the F1 scores of the classes that occur among the labels or the predictions of the split."""
    present = np.union1d(outputs.targets, outputs.predictions)
    return float(_per_class(outputs)[2][present].mean())


@CLASSIFICATION_METRICS.add
@returns("precision.<class>", "recall.<class>", "f1.<class>", "support.<class>")
def per_class(outputs: ClassificationOutputs) -> dict[str, float]:
    """Precision, recall, F1 and number of examples of each class; 0 where a class was never predicted."""
    counts = np.bincount(outputs.targets, minlength=len(outputs.labels))
    figures = dict(zip(("precision", "recall", "f1", "support"), (*_per_class(outputs), counts), strict=True))
    return {
        f"{name}.{label}": float(value)
        for name, values in figures.items()
        for label, value in zip(outputs.labels, values, strict=True)
    }


@CLASSIFICATION_METRICS.add
@better_when_lower("log_loss")
def log_loss(outputs: ClassificationOutputs) -> float:
    """Mean negative log-probability of the true class, in nats: equal to the loss of the default training."""
    return outputs.log_loss


@CLASSIFICATION_METRICS.add
@better_when_lower("calibration_error")
def calibration_error(outputs: ClassificationOutputs, *, bins: Positive = 15) -> float:
    """Expected calibration error: the gap between confidence and accuracy, over equal bins of confidence.

    Guo et al. 2017, equation 3: Σ |bin| / n · |accuracy(bin) − mean confidence(bin)|.
    """
    confidence = outputs.probabilities.max(axis=1)
    if np.isnan(confidence).any():
        return math.nan
    correct = outputs.predictions == outputs.targets
    bin_of = confidence_bins(confidence, bins)
    gaps = np.bincount(bin_of, correct, bins) - np.bincount(bin_of, confidence, bins)
    return float(np.abs(gaps).sum() / len(correct))


def confidence_bins(confidence: np.ndarray, bins: int) -> np.ndarray:
    """The bin of each confidence, of `bins` equal ones. They are (low, high]: 1 belongs to the last."""
    found: np.ndarray = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return found


@CLASSIFICATION_METRICS.add
@after_training
def roc_auc(outputs: ClassificationOutputs) -> dict[str, float]:
    """Area under the ROC curve; of more than two classes, the mean over those of the split, each against the others.

    Missing if the split has only one class.
    """
    return _ranked(outputs, "roc_auc", binary_scores.roc_auc)


@CLASSIFICATION_METRICS.add
@after_training
def average_precision(outputs: ClassificationOutputs) -> dict[str, float]:
    """Average precision of the second class; of more than two, the mean over those of the split, each against the rest.

    Missing if the split has only one class.
    """
    return _ranked(outputs, "average_precision", binary_scores.average_precision)


@CLASSIFICATION_METRICS.add
@returns("threshold", "threshold_f1")
@validation_only
@after_training
def decision_threshold(outputs: ClassificationOutputs) -> dict[str, float]:
    """Of two classes: the probability from which on to predict the second, so that its F1 is highest, and that F1.

    On validation only: `seqlab predict --threshold tuned` uses it. Missing if the split has only one of the classes.
    """
    if len(outputs.labels) != 2 or len(np.unique(outputs.targets)) != 2 or np.isnan(outputs.probabilities).any():
        return {}
    threshold, f1 = binary_scores.best_threshold(outputs.targets == 1, outputs.probabilities[:, 1])
    return {"threshold": threshold, "threshold_f1": f1}


def confusion_matrix(outputs: ClassificationOutputs) -> np.ndarray:
    """Counts (true class, predicted class)."""
    return confusion_counts(outputs.targets, outputs.predictions, len(outputs.labels))


def confusion_counts(targets: np.ndarray, predictions: np.ndarray, classes: int) -> np.ndarray:
    """Counts (true class, predicted class) of classes by number, (examples,) each."""
    counts = np.bincount(targets * classes + predictions, minlength=classes * classes)
    return counts.reshape(classes, classes)


def _ranked(
    outputs: ClassificationOutputs, name: str, score: Callable[[np.ndarray, np.ndarray], float]
) -> dict[str, float]:
    """The mean over the classes of a score of (is of the class, log-odds): of two classes, that of the second."""
    present = np.unique(outputs.targets)
    if len(present) < 2:
        return {}
    classes = present if len(outputs.labels) > 2 else (1,)
    if np.isnan(outputs.log_probabilities).any():
        return {name: math.nan}
    return {name: float(np.mean([score(outputs.targets == each, outputs.scores(each)) for each in classes]))}


def _per_class(outputs: ClassificationOutputs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return class_scores(confusion_matrix(outputs))


def class_scores(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and F1 by a confusion matrix, (classes,) each; 0 where the denominator is 0.

    Tested against scikit-learn, whose import alone would cost every run more than a second.
    """
    correct, predicted, true = np.diagonal(matrix), matrix.sum(axis=0), matrix.sum(axis=1)
    return _ratio(correct, predicted), _ratio(correct, true), _ratio(2 * correct, predicted + true)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
