"""Metrics of word vectors. To add one, put a function on the registry.

They judge the vectors, not a split: each is recorded once, under its own name, and none can choose an epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from seqlab.metrics.metric_names import after_training, of_the_model, returns
from seqlab.registry import Component, Registry

Figures = Callable[[], Mapping[str, float]]
"""Computed when asked for: name → value; empty if the files are not on this machine."""


@dataclass(frozen=True)
class WordVectorOutputs:
    """The losses of the documents of a split, and what the vectors are judged by."""

    losses: np.ndarray
    """Of each document, the sum over its examples in nats, (documents,) float64."""
    examples: np.ndarray
    """The number of examples of each document, (documents,) float64."""
    similarity: Figures
    analogies: Figures
    neighbors: Figures

    @property
    def loss(self) -> float:
        """Mean over all examples, in nats."""
        return float(self.losses.sum() / max(self.examples.sum(), 1))


WORD_VECTOR_METRICS: Registry[Component] = Registry("metric")


@WORD_VECTOR_METRICS.add
@of_the_model
@returns("wordsim353.spearman", "wordsim353.coverage")
@after_training
def wordsim353(outputs: WordVectorOutputs) -> dict[str, float]:
    """Spearman's correlation of cosines with human judgments of similarity (WordSim-353, Finkelstein et al. 2002), and
    the share of its pairs whose words both have a vector: only these count."""
    return dict(outputs.similarity())


@WORD_VECTOR_METRICS.add
@of_the_model
@returns("analogies.accuracy", "analogies.coverage", "analogies.<group>")
@after_training
def analogies(outputs: WordVectorOutputs) -> dict[str, float]:
    """Share of the analogies of word2vec (Mikolov et al. 2013) that are answered right: all, and of each group."""
    return dict(outputs.analogies())


@WORD_VECTOR_METRICS.add
@of_the_model
@returns("neighbors.precision")
@after_training
def neighbors(outputs: WordVectorOutputs) -> dict[str, float]:
    """Where the classes of words are known, as in synthetic data: the share of the nearest words that are of the same
    class, as many for each word as its class has others; the best is 1."""
    return dict(outputs.neighbors())
