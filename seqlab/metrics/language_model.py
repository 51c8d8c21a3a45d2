"""Metrics of a language model. To add one, put a function on the registry.

A metric takes `LanguageModelOutputs` and returns a number, or a mapping of metric name → number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from seqlab.metrics.metric_names import better_when_lower
from seqlab.registry import Component, Registry


@dataclass(frozen=True)
class LanguageModelOutputs:
    """What a language model computed for each token of a text but the first, which has no context."""

    log_probabilities: np.ndarray
    """Of the true tokens, (tokens,) float64 in nats; for unknown characters, of the character itself."""
    correct: np.ndarray
    """Whether the true token was the most probable one, (tokens,) bool."""
    unknown: np.ndarray
    """Whether the true token is out of vocabulary, (tokens,) bool."""
    characters: np.ndarray | None
    """Number of characters that each token spells, (tokens,); None if tokens do not give the text back exactly."""

    @property
    def loss(self) -> float:
        """Mean negative log-probability of a token, in nats."""
        return float(-self.log_probabilities.mean())


LANGUAGE_MODEL_METRICS: Registry[Component] = Registry("metric")


@LANGUAGE_MODEL_METRICS.add
@better_when_lower("bits_per_character")
def bits_per_character(outputs: LanguageModelOutputs) -> dict[str, float] | float:
    """Bits per character: comparable between vocabularies, hence only if tokens give the text back exactly."""
    if outputs.characters is None:
        return {}
    return float(-outputs.log_probabilities.sum() / math.log(2) / outputs.characters.sum())


@LANGUAGE_MODEL_METRICS.add
@better_when_lower("perplexity")
def perplexity(outputs: LanguageModelOutputs) -> float:
    """The exponential of the loss."""
    return math.exp(min(outputs.loss, 700.0))


@LANGUAGE_MODEL_METRICS.add
def accuracy(outputs: LanguageModelOutputs) -> float:
    """Share of tokens that were the most probable ones."""
    return float(outputs.correct.mean())


@LANGUAGE_MODEL_METRICS.add
@better_when_lower("unknown_share")
def unknown_share(outputs: LanguageModelOutputs) -> float:
    """Share of tokens that are out of vocabulary: a perplexity with unknown words does not show it."""
    return float(outputs.unknown.mean())
