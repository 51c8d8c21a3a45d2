"""What a translator made of a split, as figures, as records and as samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqlab.metrics.translation import TranslationOutputs
from seqlab.registry import Component
from seqlab.tasks.task import Matrix, compute_metrics

SHOWN = 20
"""Translations in `samples.txt`."""


@dataclass(frozen=True)
class TranslationEvaluation:
    """`pairs`: of each pair of the split its content's id, its source, the log-probability of its target, and how many
    tokens that has."""

    translated: TranslationOutputs
    pairs: Sequence[tuple[str, str, float, int]]
    metrics: tuple[Component, ...]
    translations_of: Callable[[], Mapping[str, str]]
    """Source → what the model makes of it."""

    def figures(self) -> dict[str, Any]:
        return compute_metrics(self.translated.loss, self.metrics, self.translated)

    def records(self) -> Iterator[dict[str, Any]]:
        """One for each pair: the references of its source, the translation, and how probable its own target was."""
        found = self.translations_of()
        references = dict(zip(self.translated.sources, self.translated.references, strict=True))
        for content, source, log_probability, tokens in self.pairs:
            yield {
                "id": content,
                "target": list(references[source]),
                "prediction": found[source],
                "scores": {"log_probability": round(log_probability, 4), "tokens": tokens},
            }

    def samples(self) -> str:
        """Sentences from everywhere in the split."""
        found, several = self.translations_of(), self.translated
        chosen = np.unique(np.linspace(0, len(several.sources) - 1, SHOWN).astype(int))
        lines = [
            f"source      {several.sources[i]}\ntranslation {found[several.sources[i]]}\n"
            + "\n".join(f"reference   {each}" for each in several.references[i])
            for i in chosen
        ]
        return "\n\n".join(lines) + "\n"

    def pictures(self) -> dict[str, Matrix]:
        return {}
