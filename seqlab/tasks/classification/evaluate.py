"""What a classifier said of a split, as figures, as records, as text and as a picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqlab.data.store import Store
from seqlab.metrics.classification import ClassificationOutputs, confusion_matrix
from seqlab.registry import Component
from seqlab.tasks.task import Matrix, compute_metrics

SHOWN_MISTAKES = 10


@dataclass(frozen=True)
class ClassificationEvaluation:
    scored: ClassificationOutputs
    store: Store
    metrics: tuple[Component, ...]

    def figures(self) -> dict[str, float]:
        return compute_metrics(self.scored.log_loss, self.metrics, self.scored)

    def records(self) -> Iterator[dict[str, Any]]:
        labels, scored = self.scored.labels, self.scored
        rows = zip(
            self.store.flat("content_ids").tolist(),
            scored.targets.tolist(),
            scored.predictions.tolist(),
            scored.probabilities.round(6).tolist(),
            strict=True,
        )
        for content, target, prediction, probabilities in rows:
            scores = dict(zip(labels, probabilities, strict=True))
            yield {
                "id": content.decode(),
                "target": labels[target],
                "prediction": labels[prediction],
                "scores": scores,
            }

    def samples(self) -> str:
        """The texts that it got wrong with the greatest confidence."""
        scored, labels = self.scored, self.scored.labels
        wrong = np.flatnonzero(scored.predictions != scored.targets)
        confidence = scored.probabilities[wrong].max(axis=1)
        # A stable sort of negated values: of equal confidence, the first in the split comes first.
        worst = wrong[np.argsort(-confidence, kind="stable")][:SHOWN_MISTAKES]
        lines = [f"{len(wrong):,} of {len(scored.targets):,} texts are wrong; the most confident of them:"]
        for row in worst:
            predicted = f"predicted {labels[scored.predictions[row]]} ({scored.probabilities[row].max():.4f})"
            target = f"true {labels[scored.targets[row]]}"
            lines.append(f"\n{predicted}, {target}:\n{self.store.ragged('text').text(row)}")
        return "\n".join(lines) + "\n"

    def pictures(self) -> dict[str, Matrix]:
        counts = confusion_matrix(self.scored)
        return {"confusion": Matrix("Confusion matrix", "true class", "predicted class", self.scored.labels, counts)}
