"""The evaluation of predicted numbers on a split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqlab.data.store import Store, rows_of
from seqlab.metrics.regression import RegressionOutputs
from seqlab.registry import Component
from seqlab.tasks.evaluation import Scatter, compute_metrics

SHOWN_ERRORS = 10


@dataclass(frozen=True)
class RegressionEvaluation:
    """`loss`: the mean squared error of standardized targets; `store`: the split, with what a person is shown of it."""

    outputs: RegressionOutputs
    loss: float
    store: Store
    metric_components: tuple[Component, ...]

    def metrics(self) -> dict[str, float]:
        return compute_metrics(self.loss, self.metric_components, self.outputs)

    def predictions(self) -> Iterator[dict[str, Any]]:
        arrays = (self.store.flat("content_ids"), self.outputs.targets, self.outputs.predictions)
        for content, target, prediction in rows_of(*arrays):
            yield {"id": content.decode(), "target": target, "prediction": prediction}

    def samples(self) -> str:
        """The largest errors."""
        outputs = self.outputs
        sizes = np.abs(outputs.errors)
        # A stable sort of negated values: of equal errors, the first in the split comes first.
        worst = np.argsort(-sizes, kind="stable")[:SHOWN_ERRORS]
        lines = [f"the mean error of {len(sizes):,} examples is {sizes.mean():.6g}; the largest errors:"]
        for row in worst:
            numbers = f"predicted {outputs.predictions[row]:.6g}, true {outputs.targets[row]:.6g}"
            lines.append(f"\n{numbers} (error {outputs.errors[row]:+.6g}):\n{self.store.ragged('text').text(row)}")
        return "\n".join(lines) + "\n"

    def plots(self) -> dict[str, Scatter]:
        points = self.outputs.targets, self.outputs.predictions
        return {"predicted": Scatter("Predicted against true", "true", "predicted", *points)}
