"""Metrics of a language model. To add one, put a function on the registry.

A metric takes `LanguageModelOutputs` and returns a number, or a mapping of metric name → number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from seqlab.metrics.metric_names import after_training, better_when_lower, returns
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
    unigram_log_probabilities: np.ndarray
    """Of the true tokens by their frequency in training, whatever comes before them, (tokens,) float64 in nats."""

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
    return _bits_per_character(outputs.log_probabilities, outputs.characters)


@LANGUAGE_MODEL_METRICS.add
@better_when_lower("perplexity")
def perplexity(outputs: LanguageModelOutputs) -> float:
    """The exponential of the loss."""
    return _perplexity(outputs.log_probabilities)


@LANGUAGE_MODEL_METRICS.add
@returns("baseline_perplexity", "baseline_bits_per_character")
@better_when_lower("baseline_perplexity", "baseline_bits_per_character")
@after_training
def unigram_model(outputs: LanguageModelOutputs) -> dict[str, float]:
    """What a model reaches that knows only how frequent each token is in training, and the share of unknown ones."""
    figures = {"baseline_perplexity": _perplexity(outputs.unigram_log_probabilities)}
    if outputs.characters is not None:
        bits = _bits_per_character(outputs.unigram_log_probabilities, outputs.characters)
        figures["baseline_bits_per_character"] = bits
    return figures


@LANGUAGE_MODEL_METRICS.add
def accuracy(outputs: LanguageModelOutputs) -> float:
    """Share of tokens that were the most probable ones."""
    return float(outputs.correct.mean())


@LANGUAGE_MODEL_METRICS.add
@better_when_lower("unknown_share")
def unknown_share(outputs: LanguageModelOutputs) -> float:
    """Share of tokens that are out of vocabulary: a perplexity with unknown words does not show it."""
    return float(outputs.unknown.mean())


def _perplexity(log_probabilities: np.ndarray) -> float:
    return math.exp(min(float(-log_probabilities.mean()), 700.0))


def _bits_per_character(log_probabilities: np.ndarray, characters: np.ndarray) -> float:
    return float(-log_probabilities.sum() / math.log(2) / characters.sum())
