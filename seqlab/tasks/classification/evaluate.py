"""The evaluation of a classifier on a split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seqlab.data.store import Store, rows_of
from seqlab.errors import OptionError
from seqlab.metrics.classification import ClassificationOutputs, confusion_matrix
from seqlab.registry import Component
from seqlab.tasks.evaluation import Matrix, compute_metrics
from seqlab.text_format import part_of, verb

SHOWN_MISTAKES = 10


@dataclass(frozen=True)
class ClassificationEvaluation:
    """`store`: the split, with the raw texts."""

    outputs: ClassificationOutputs
    store: Store
    metric_components: tuple[Component, ...]

    def at_threshold(self, threshold: float) -> ClassificationEvaluation:
        """The same with the second of two classes predicted from this probability on.

        Raises RequestError for more classes.
        """
        refuse_threshold(self.outputs.labels)
        return replace(self, outputs=replace(self.outputs, threshold=threshold))

    def metrics(self) -> dict[str, float]:
        return compute_metrics(self.outputs.log_loss, self.metric_components, self.outputs)

    def predictions(self) -> Iterator[dict[str, Any]]:
        labels, outputs = self.outputs.labels, self.outputs
        arrays = (self.store.flat("content_ids"), outputs.targets, outputs.predictions, outputs.probabilities)
        for content, target, prediction, probabilities in rows_of(*arrays):
            scores = {name: float(f"{each:.6g}") for name, each in zip(labels, probabilities, strict=True)}
            yield {
                "id": content.decode(),
                "target": labels[target],
                "prediction": labels[prediction],
                "scores": scores,
            }

    def samples(self) -> str:
        """The most confident mistakes."""
        outputs, labels = self.outputs, self.outputs.labels
        wrong = np.flatnonzero(outputs.predictions != outputs.targets)
        confidence = outputs.probabilities[wrong].max(axis=1)
        # A stable sort of negated values: of equal confidence, the first in the split comes first.
        worst = wrong[np.argsort(-confidence, kind="stable")][:SHOWN_MISTAKES]
        mistakes = f"{part_of(len(wrong), len(outputs.targets), 'text')} {verb(len(wrong), 'is', 'are')} wrong"
        lines = [f"{mistakes}; the most confident of them:"]
        for row in worst:
            predicted = f"predicted {labels[outputs.predictions[row]]} ({outputs.probabilities[row].max():.4f})"
            target = f"true {labels[outputs.targets[row]]}"
            lines.append(f"\n{predicted}, {target}:\n{self.store.ragged('text').text(row)}")
        return "\n".join(lines) + "\n"

    def plots(self) -> dict[str, Matrix]:
        counts = confusion_matrix(self.outputs)
        return {"confusion": Matrix("Confusion matrix", "true class", "predicted class", self.outputs.labels, counts)}


def refuse_threshold(labels: Sequence[str]) -> None:
    """Raises RequestError unless there are two labels."""
    if len(labels) != 2:
        message = f"a threshold is between two classes, and this run has {len(labels)}: leave it out"
        raise OptionError(message, "threshold")
