"""What a language model said of a text, as figures, as records and as samples."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqlab.metrics.language_model import LanguageModelOutputs
from seqlab.registry import Component
from seqlab.tasks.task import Matrix, compute_metrics

ITEM = 1_000
"""Tokens of a text that are one item of `predictions/`: what runs are compared by."""


@dataclass(frozen=True)
class LanguageModelEvaluation:
    """`ids`: of the text, one more than what was scored. `write_samples`: asked for once, after the test split."""

    read: LanguageModelOutputs
    ids: np.ndarray
    metrics: tuple[Component, ...]
    write_samples: Callable[[], str]

    def figures(self) -> dict[str, float]:
        return compute_metrics(self.read.loss, self.metrics, self.read)

    def records(self) -> Iterator[dict[str, Any]]:
        """Stretches of a thousand tokens, each with the sum of its log-probabilities in nats."""
        for start in range(0, len(self.read.log_probabilities), ITEM):
            inside = slice(start, start + ITEM)
            scored = self.read.log_probabilities[inside]
            content = hashlib.sha256(self.ids[start : start + ITEM + 1].astype("<i4").tobytes()).hexdigest()[:32]
            yield {
                "id": content,
                "target": None,
                "prediction": None,
                "scores": {
                    "start": start + 1,
                    "tokens": len(scored),
                    "log_probability": round(float(scored.sum()), 4),
                    "right": int(self.read.right[inside].sum()),
                },
            }

    def samples(self) -> str:
        return self.write_samples()

    def pictures(self) -> dict[str, Matrix]:
        return {}
