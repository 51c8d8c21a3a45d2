"""The evaluation of a translator on a split."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from seqlab.metrics.translation import TranslationOutputs
from seqlab.registry import Component
from seqlab.tasks.evaluation import Matrix, compute_metrics

SHOWN = 20
"""Translations in `samples.txt`."""


class ScoredPair(NamedTuple):
    """A pair of the split."""

    content_id: str
    source: str
    log_probability: float
    """Of the target, in nats."""
    tokens: int
    """Of the target."""


@dataclass(frozen=True)
class TranslationEvaluation:
    """`pairs`: the pairs of the split, in their order."""

    outputs: TranslationOutputs
    pairs: Sequence[ScoredPair]
    metric_components: tuple[Component, ...]
    translations_of: Callable[[], Mapping[str, str]]
    """Source → its translation."""

    def metrics(self) -> dict[str, Any]:
        return compute_metrics(self.outputs.loss, self.metric_components, self.outputs)

    def predictions(self) -> Iterator[dict[str, Any]]:
        """One per pair: the references of its source, the translation, and the log-probability of its own target."""
        translations = self.translations_of()
        references = dict(zip(self.outputs.sources, self.outputs.references, strict=True))
        for pair in self.pairs:
            yield {
                "id": pair.content_id,
                "target": list(references[pair.source]),
                "prediction": translations[pair.source],
                "scores": {"log_probability": round(pair.log_probability, 4), "tokens": pair.tokens},
            }

    def samples(self) -> str:
        """Sentences evenly spaced over the split."""
        translations, outputs = self.translations_of(), self.outputs
        chosen = np.unique(np.linspace(0, len(outputs.sources) - 1, SHOWN).astype(int))
        lines = [
            f"source      {outputs.sources[i]}\ntranslation {translations[outputs.sources[i]]}\n"
            + "\n".join(f"reference   {each}" for each in outputs.references[i])
            for i in chosen
        ]
        return "\n\n".join(lines) + "\n"

    def plots(self) -> dict[str, Matrix]:
        return {}
