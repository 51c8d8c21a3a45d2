"""Metrics of a language model, from the log-probability that it gave to each token of a text. To add one, put a
function on the registry.

A metric takes `LanguageModelOutputs` and returns a number, or a mapping of suffix → number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from seqlab.metrics.metric_names import better_when_lower
from seqlab.registry import Component, Registry


@dataclass(frozen=True)
class LanguageModelOutputs:
    """What a language model said of a text, token by token; the first one, which nothing precedes, is left out.

    `log_probabilities`: of the true token, (tokens,) float64 in nats, an unseen character's own among them.
    `right`: whether the true token was the most probable one, (tokens,) bool. `unknown`: (tokens,) bool. `characters`:
    of the text that the tokens spell, (tokens,); None where they do not spell it exactly.
    """

    log_probabilities: np.ndarray
    right: np.ndarray
    unknown: np.ndarray
    characters: np.ndarray | None

    @property
    def loss(self) -> float:
        """Mean negative log-probability of a token, in nats."""
        return float(-self.log_probabilities.mean())


LANGUAGE_MODEL_METRICS: Registry[Component] = Registry("metric")


@LANGUAGE_MODEL_METRICS.add
@better_when_lower("bits_per_character")
def bits_per_character(read: LanguageModelOutputs) -> dict[str, float] | float:
    """Bits that a character costs: comparable between vocabularies, so only where tokens spell the text exactly."""
    if read.characters is None:
        return {}
    return float(-read.log_probabilities.sum() / math.log(2) / read.characters.sum())


@LANGUAGE_MODEL_METRICS.add
@better_when_lower("perplexity")
def perplexity(read: LanguageModelOutputs) -> float:
    """The exponential of the loss: among how many equally probable tokens the model hesitates."""
    return math.exp(min(read.loss, 700.0))


@LANGUAGE_MODEL_METRICS.add
def accuracy(read: LanguageModelOutputs) -> float:
    """Share of the tokens that were the most probable ones."""
    return float(read.right.mean())


@LANGUAGE_MODEL_METRICS.add
@better_when_lower("unknown_share")
def unknown_share(read: LanguageModelOutputs) -> float:
    """Share of the tokens that are unknown: what a perplexity with unknown words does not say."""
    return float(read.unknown.mean())
