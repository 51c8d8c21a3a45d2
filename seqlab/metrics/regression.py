"""Metrics of predicted numbers, in the units of the data. To add one, put a function on the registry.

Computed with numpy: the import of scikit-learn or SciPy would cost every run more than a second. Tested against both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqlab.metrics.metric_names import after_training, better_when_lower, returns
from seqlab.registry import Component, Registry


@dataclass(frozen=True)
class RegressionOutputs:
    """What a model computed for a split."""

    targets: np.ndarray
    """The true numbers, (examples,) float64."""
    predictions: np.ndarray
    """The predicted numbers, (examples,) float64."""
    training_mean: float
    """The mean of the training targets: the best constant answer."""

    @property
    def errors(self) -> np.ndarray:
        """(examples,) float64; positive where the prediction is too high."""
        errors: np.ndarray = self.predictions - self.targets
        return errors


REGRESSION_METRICS: Registry[Component] = Registry("metric")


@REGRESSION_METRICS.add
@better_when_lower("mse")
def mse(outputs: RegressionOutputs) -> float:
    """Mean squared error."""
    return float(np.square(outputs.errors).mean())


@REGRESSION_METRICS.add
@better_when_lower("mae")
def mae(outputs: RegressionOutputs) -> float:
    """Mean absolute error."""
    return float(np.abs(outputs.errors).mean())


@REGRESSION_METRICS.add
def r2(outputs: RegressionOutputs) -> dict[str, float]:
    """Share of the variance of the split that is explained: 1 − squared errors / squared distances from its mean.

    Missing if all targets of the split are equal.
    """
    distances = np.square(outputs.targets - outputs.targets.mean()).sum()
    return {"r2": float(1 - np.square(outputs.errors).sum() / distances)} if distances > 0 else {}


@REGRESSION_METRICS.add
def spearman(outputs: RegressionOutputs) -> dict[str, float]:
    """Spearman's rank correlation of predictions and targets; equal numbers share the mean of their ranks.

    Missing if all targets or all predictions are equal.
    """
    targets, predictions = _ranks(outputs.targets), _ranks(outputs.predictions)
    if any(ranks.min() == ranks.max() for ranks in (targets, predictions)):
        return {}
    return {"spearman": float(np.corrcoef(targets, predictions)[0, 1])}


@REGRESSION_METRICS.add
@returns("baseline_mse", "baseline_mae")
@better_when_lower("baseline_mse", "baseline_mae")
@after_training
def mean_target(outputs: RegressionOutputs) -> dict[str, float]:
    """The errors of always answering the mean of the training targets."""
    errors = outputs.training_mean - outputs.targets
    return {"baseline_mse": float(np.square(errors).mean()), "baseline_mae": float(np.abs(errors).mean())}


def _ranks(numbers: np.ndarray) -> np.ndarray:
    """The rank of each number, from 1, (examples,) float64."""
    _, tied, sizes = np.unique(numbers, return_inverse=True, return_counts=True)
    ranks: np.ndarray = (np.cumsum(sizes) - (sizes - 1) / 2)[tied]
    return ranks
