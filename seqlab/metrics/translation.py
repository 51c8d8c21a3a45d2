"""Metrics of translations. To add one, put a function on the registry.

A metric takes `TranslationOutputs` and returns a value, or a mapping of metric name → value. One that asks for
`translations` costs as much as translating the split: decorate it with `after_training`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqlab.metrics.metric_names import after_training, better_when_lower, returns
from seqlab.registry import Component, NonNegativeNumber, Positive, Registry

LENGTHS = ((1, 5), (6, 10), (11, 20), (21, None))
"""Bands of source length, in words, for which BLEU is reported separately."""


@dataclass(frozen=True)
class TranslationOutputs:
    """What a translator computed for a split."""

    log_probabilities: np.ndarray
    """Of each true target id given those before it, (tokens,) float64 in nats; ends of sentences included."""
    correct: np.ndarray
    """Whether the true id was the most probable one, (tokens,) bool."""
    free_running: np.ndarray | None
    """Log-probabilities with each step reading the model's own previous prediction, up to the reference's length; None
    for models that were trained with teacher forcing only."""
    sources: Sequence[str]
    """The distinct raw source sentences."""
    references: Sequence[Sequence[str]]
    """All raw translations that the split has of each source."""
    translations: Callable[[int | None, float | None], Sequence[str]]
    """(beam width, length penalty) → one translation per source; None: the defaults of `seqlab translate`."""
    lowercases: bool
    """Whether the model cannot write capitals."""
    standardized: Callable[[str], str] | None
    """A reference as the model could write it, if the model cannot write punctuation."""
    tokenized: Callable[[str], str]
    """Lowercase, words and punctuation separated by spaces."""

    @property
    def loss(self) -> float:
        """Mean negative log-probability of a target token, in nats."""
        return float(-self.log_probabilities.mean())


TRANSLATION_METRICS: Registry[Component] = Registry("metric")


@TRANSLATION_METRICS.add
@better_when_lower("perplexity")
def perplexity(outputs: TranslationOutputs) -> float:
    """The exponential of the loss, with teacher forcing."""
    return math.exp(min(outputs.loss, 700.0))


@TRANSLATION_METRICS.add
def accuracy(outputs: TranslationOutputs) -> float:
    """Share of target tokens that were the most probable ones, with teacher forcing."""
    return float(outputs.correct.mean())


@TRANSLATION_METRICS.add
@returns("free_running_loss", "free_running_perplexity")
@better_when_lower("free_running_loss", "free_running_perplexity")
def free_running(outputs: TranslationOutputs) -> dict[str, float]:
    """Loss and perplexity without teacher forcing, for models that were trained partly without it."""
    if outputs.free_running is None:
        return {}
    loss = float(-outputs.free_running.mean())
    return {"free_running_loss": loss, "free_running_perplexity": math.exp(min(loss, 700.0))}


@TRANSLATION_METRICS.add
@returns("bleu", "bleu_tokenized", "bleu_standardized")
@after_training
def bleu(
    outputs: TranslationOutputs,
    *,
    beam_width: Positive | None = None,
    length_penalty: NonNegativeNumber | None = None,
) -> dict[str, Any]:
    """BLEU against the raw references by sacreBLEU (Post 2018), with its signature; also by source length.

    Cased, unless the model cannot write capitals. `bleu_tokenized`: on lowercased tokens, as many papers report;
    `bleu_standardized`: on references without punctuation, if the model cannot write any.
    """
    found, references = outputs.translations(beam_width, length_penalty), outputs.references
    score, signature = _bleu(found, references, lowercase=outputs.lowercases)
    figures: dict[str, Any] = {"bleu": score, "bleu_signature": signature}
    tokenized = [[outputs.tokenized(each) for each in several] for several in references]
    figures["bleu_tokenized"], figures["bleu_tokenized_signature"] = _bleu(
        [outputs.tokenized(each) for each in found], tokenized, tokenize="none"
    )
    if outputs.standardized is not None:
        plain = [[outputs.standardized(each) for each in several] for several in references]
        figures["bleu_standardized"], _ = _bleu(found, plain, lowercase=outputs.lowercases)
    words = np.array([len(source.split()) for source in outputs.sources])
    for low, high in LENGTHS:
        rows = np.flatnonzero((words >= low) & (words <= (high or words.max()))).tolist()
        if rows:
            some, _ = _bleu([found[i] for i in rows], [references[i] for i in rows], lowercase=outputs.lowercases)
            figures[f"bleu.{low}-{high}" if high else f"bleu.{low}-"] = some
    return figures


@TRANSLATION_METRICS.add
@after_training
def chrf(
    outputs: TranslationOutputs,
    *,
    beam_width: Positive | None = None,
    length_penalty: NonNegativeNumber | None = None,
) -> dict[str, Any]:
    """chrF2, the character n-gram F-score (Popović 2015), by sacreBLEU, with its signature."""
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF(lowercase=outputs.lowercases)
    found = list(outputs.translations(beam_width, length_penalty))
    score = metric.corpus_score(found, _streams(outputs.references)).score
    return {"chrf": float(score), "chrf_signature": str(metric.get_signature())}


@TRANSLATION_METRICS.add
@after_training
def exact_match(
    outputs: TranslationOutputs,
    *,
    beam_width: Positive | None = None,
    length_penalty: NonNegativeNumber | None = None,
) -> float:
    """Share of sources whose translation equals a reference, as far as the model can write it."""
    plain = outputs.standardized or (str.lower if outputs.lowercases else str)
    found = outputs.translations(beam_width, length_penalty)
    pairs = zip(found, outputs.references, strict=True)
    matches = [any(plain(each) == text for each in several) for text, several in pairs]
    return sum(matches) / len(matches)


def _bleu(
    found: Sequence[str], references: Sequence[Sequence[str]], *, lowercase: bool = False, tokenize: str = "13a"
) -> tuple[float, str]:
    """Score, from 0 to 100, and signature."""
    from sacrebleu.metrics.bleu import BLEU

    # The text is already tokenized: without `force`, sacreBLEU warns of every sentence that ends with " .".
    metric = BLEU(lowercase=lowercase, tokenize=tokenize, force=tokenize == "none")
    score = metric.corpus_score(list(found), _streams(references)).score
    return float(score), str(metric.get_signature())


def _streams(references: Sequence[Sequence[str]]) -> list[list[Any]]:
    """References transposed as sacreBLEU expects: all first ones, all second ones, …; None where there is none."""
    most = max(len(several) for several in references)
    return [[several[place] if place < len(several) else None for several in references] for place in range(most)]


def grouped(sources: Sequence[str], targets: Sequence[str]) -> Mapping[str, list[str]]:
    """Each distinct source with its distinct targets, both in order of first occurrence."""
    groups: dict[str, dict[str, None]] = {}
    for source, target in zip(sources, targets, strict=True):
        groups.setdefault(source, {})[target] = None
    return {source: list(several) for source, several in groups.items()}
