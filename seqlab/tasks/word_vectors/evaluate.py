"""The evaluation of word vectors on documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqlab.metrics.word_vectors import WordVectorOutputs
from seqlab.registry import Component
from seqlab.tasks.evaluation import Matrix, compute_metrics


@dataclass(frozen=True)
class WordVectorEvaluation:
    """`content_ids`: of the documents. `make_samples`: called once, after training."""

    outputs: WordVectorOutputs
    content_ids: np.ndarray
    metric_components: tuple[Component, ...]
    make_samples: Callable[[], str]

    def metrics(self) -> dict[str, float]:
        return compute_metrics(self.outputs.loss, self.metric_components, self.outputs)

    def predictions(self) -> Iterator[dict[str, Any]]:
        """One line per document: the sum of its losses in nats, and the number of its examples."""
        rows = zip(self.content_ids.tolist(), self.outputs.losses, self.outputs.examples, strict=True)
        for content, loss, examples in rows:
            scores = {"loss": round(float(loss), 4), "examples": int(examples)}
            yield {"id": content.decode(), "target": None, "prediction": None, "scores": scores}

    def samples(self) -> str:
        return self.make_samples()

    def plots(self) -> dict[str, Matrix]:
        return {}
