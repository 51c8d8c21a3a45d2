"""The evaluation of a language model on a text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqlab.metrics.language_model import LanguageModelOutputs
from seqlab.registry import Component
from seqlab.tasks.evaluation import Matrix, compute_metrics

ITEM = 1_000
"""Tokens of a text that form one item of `predictions/`."""


@dataclass(frozen=True)
class LanguageModelEvaluation:
    """`ids`: the text, one id more than was scored. `make_samples`: called once, after the test split."""

    outputs: LanguageModelOutputs
    ids: np.ndarray
    metric_components: tuple[Component, ...]
    make_samples: Callable[[], str]

    def metrics(self) -> dict[str, float]:
        return compute_metrics(self.outputs.loss, self.metric_components, self.outputs)

    def predictions(self) -> Iterator[dict[str, Any]]:
        """Segments of a thousand tokens, each with the sum of its log-probabilities in nats."""
        for start in range(0, len(self.outputs.log_probabilities), ITEM):
            inside = slice(start, start + ITEM)
            scored = self.outputs.log_probabilities[inside]
            content = hashlib.sha256(self.ids[start : start + ITEM + 1].astype("<i4").tobytes()).hexdigest()[:32]
            yield {
                "id": content,
                "target": None,
                "prediction": None,
                "scores": {
                    "start": start + 1,
                    "tokens": len(scored),
                    "log_probability": round(float(scored.sum()), 4),
                    "correct": int(self.outputs.correct[inside].sum()),
                },
            }

    def samples(self) -> str:
        return self.make_samples()

    def plots(self) -> dict[str, Matrix]:
        return {}
