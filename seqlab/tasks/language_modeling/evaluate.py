"""The evaluation of a language model on a text."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqlab.metrics.language_model import LanguageModelOutputs
from seqlab.registry import Component
from seqlab.tasks.evaluation import Matrix, compute_metrics
from seqlab.text.vocabulary import NO_ID, Vocabulary

CODE_POINTS = 1_114_112
"""An unknown character costs the unknown token's probability divided by the number of characters it could be."""
ITEM = 1_000
"""Tokens of a text that form one item of `predictions/`."""


def with_unseen(
    ids: np.ndarray, log_probabilities: np.ndarray, correct: np.ndarray, training_tokens: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The positions in `ids` of all scored tokens, their log-probabilities, and whether each was the most probable one.

    `log_probabilities`, `correct`: of the ids that the model read, all but `NO_ID`, without the first, which has no
    context. The model cannot predict what training never had. That a token is new gets the probability 1 / (n + 1)
    after n training tokens (Cleary and Witten 1984, method A), and the probability of every other token is multiplied
    by the rest, so that the sum over all tokens stays 1. A new token is never correct. Without new tokens, the scores
    are those of the model alone.
    """
    known = np.flatnonzero(ids != NO_ID)
    if len(known) == len(ids):
        return known[1:], log_probabilities, correct
    new = 1 / (training_tokens + 1)
    scores, hits = np.full(len(ids), math.log(new)), np.zeros(len(ids), bool)
    scores[known[1:]], hits[known[1:]] = log_probabilities + math.log1p(-new), correct
    scored = np.delete(np.arange(len(ids)), known[0] if len(known) else 0)
    return scored, scores[scored], hits[scored]


def spelled(log_probabilities: np.ndarray, ids: np.ndarray, vocabulary: Vocabulary) -> np.ndarray:
    """Of tokens that give the text back exactly: to predict that one is unknown is not to predict which, (tokens,)."""
    unknown = NO_ID if vocabulary.unknown is None else vocabulary.unknown
    return log_probabilities - (ids == unknown) * math.log(CODE_POINTS)


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
        """Segments of a thousand tokens, each with the sum of its log-probabilities in nats and its characters, if they
        are known."""
        spelled = self.outputs.characters
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
                    **({} if spelled is None else {"characters": int(spelled[inside].sum())}),
                },
            }

    def samples(self) -> str:
        return self.make_samples()

    def plots(self) -> dict[str, Matrix]:
        return {}
