"""The evaluation of a language model on a text."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqlab.data.spool import ArrayWriter, portions
from seqlab.metrics.language_model import LanguageModelOutputs
from seqlab.registry import Component
from seqlab.tasks.evaluation import Matrix, compute_metrics
from seqlab.text.vectorizer import FittedVectorizer
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
    parts = zip(*with_unseen_in_portions(ids, log_probabilities, correct, training_tokens), strict=True)
    scored, scores, hits = map(np.concatenate, parts)
    return scored, scores, hits


def with_unseen_in_portions(
    ids: np.ndarray, log_probabilities: np.ndarray, correct: np.ndarray, training_tokens: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The same of a text that may be larger than memory, portion by portion."""
    known = len(ids) - _count(ids, NO_ID)
    new, start, before = 1 / (training_tokens + 1), 0, 0  # `before`: ids that the model read
    for part in portions(ids):
        read = np.flatnonzero(part != NO_ID)
        context = read[:1] if not before else read[:0]
        if not known and not start:
            context = np.zeros(1, np.int64)
        scored = read[len(context) :]
        of_model = slice(max(before - 1, 0), max(before - 1, 0) + len(scored))
        scores, hits = np.full(len(part), math.log(new)), np.zeros(len(part), bool)
        scores[scored] = log_probabilities[of_model] + (math.log1p(-new) if known < len(ids) else 0.0)
        hits[scored] = correct[of_model]
        kept = np.delete(np.arange(len(part)), context)
        yield kept + start, scores[kept], hits[kept]
        start, before = start + len(part), before + len(read)


def readable(ids: np.ndarray) -> np.ndarray:
    """The ids of a text without `NO_ID`, which the model reads."""
    if not _count(ids, NO_ID):
        return ids
    found = ArrayWriter(ids.dtype)
    for part in portions(ids):
        found.append(part[part != NO_ID])
    return found.finish()


def spelled(log_probabilities: np.ndarray, ids: np.ndarray, vocabulary: Vocabulary) -> np.ndarray:
    """Of tokens that give the text back exactly: to predict that one is unknown is not to predict which, (tokens,)."""
    unknown = NO_ID if vocabulary.unknown is None else vocabulary.unknown
    return log_probabilities - (ids == unknown) * math.log(CODE_POINTS)


def unigram_log_probabilities(vocabulary: Vocabulary, ids: np.ndarray, unknown_share: float) -> np.ndarray:
    """Of each id by the counts of the training text, (ids,) float64 in nats.

    A token that the training text does not hold counts once. Unknown ones, which are not counted, have the given share.
    """
    counts = np.maximum(vocabulary.counts, 1)
    specials = np.zeros(len(vocabulary.specials))
    if vocabulary.unknown is not None:
        specials[vocabulary.unknown] = unknown_share
    probabilities = np.concatenate([specials, (1 - unknown_share) * counts / counts.sum()])
    found: np.ndarray = np.log(probabilities[ids])
    return found


def outputs_of(
    ids: np.ndarray, log_probabilities: np.ndarray, correct: np.ndarray, vectorizer: FittedVectorizer
) -> LanguageModelOutputs:
    """What a model computed for a text; arrays that do not fit into memory are mapped.

    `log_probabilities`, `correct`: as of `with_unseen`.
    """
    vocabulary, of_ids = vectorizer.vocabulary, vectorizer.character_counts
    unknown_id = NO_ID if vocabulary.unknown is None else vocabulary.unknown
    training_tokens = int(vocabulary.counts.sum())
    share = 0.0 if vocabulary.unknown is None else _count(ids[1:], unknown_id) / (len(ids) - 1)
    rest = math.log1p(-1 / (training_tokens + 1)) if _count(ids, NO_ID) else 0.0  # as `with_unseen` scores the model
    logs, hits, unknown, characters, unigram = map(ArrayWriter, (np.float64, bool, bool, np.int64, np.float64))
    for scored, *of_model in with_unseen_in_portions(ids, log_probabilities, correct, training_tokens):
        part, (scores, right) = ids[scored], of_model
        by_frequency = np.full(len(part), -math.log(training_tokens + 1))  # of tokens without an id
        by_frequency[part != NO_ID] = unigram_log_probabilities(vocabulary, part[part != NO_ID], share) + rest
        if of_ids is not None:
            characters.append(np.where(part == NO_ID, 1, of_ids[part]))
            scores, by_frequency = (spelled(each, part, vocabulary) for each in (scores, by_frequency))
            right = right & (part != unknown_id)  # to say that a character is unknown is not to say which
        for writer, values in ((logs, scores), (hits, right), (unknown, part == unknown_id), (unigram, by_frequency)):
            writer.append(values)
    counts = None if of_ids is None else characters.finish()
    return LanguageModelOutputs(logs.finish(), hits.finish(), unknown.finish(), counts, unigram.finish())


def _count(ids: np.ndarray, which: int) -> int:
    return sum(int(np.count_nonzero(part == which)) for part in portions(ids))


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
