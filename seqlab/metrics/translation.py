"""Metrics of translations. To add one, put a function on the registry.

A metric takes `TranslationOutputs` and returns a value, or a mapping of name → value. What asks for `translations`
costs as much as the whole split takes to translate: it is decorated with `after_training`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqlab.metrics.metric_names import after_training, better_when_lower, gives
from seqlab.registry import Component, NonNegativeNumber, Positive, Registry

LENGTHS = ((1, 5), (6, 10), (11, 20), (21, None))
"""Words of a source sentence, white space between them, by which BLEU is told apart."""


@dataclass(frozen=True)
class TranslationOutputs:
    """What a translator made of a split.

    `log_probabilities`: of each true target id given those before it, (tokens,) float64 in nats, ends of sentences
    included, padding not. `right`: whether it was the likeliest, (tokens,) bool. `free_running`: the log-probabilities
    where each step was told what the model itself found likeliest, cut at the reference's length; None for models that
    training never asked that of. `sources`: different sentences, raw; `references`: of each all translations that the
    split holds, raw. `translations(beam width, length penalty)`: of each source one;
    None: as `seqlab translate` searches.
    """

    log_probabilities: np.ndarray
    right: np.ndarray
    free_running: np.ndarray | None
    sources: Sequence[str]
    references: Sequence[Sequence[str]]
    translations: Callable[[int | None, float | None], Sequence[str]]
    lowercases: bool
    """whether no capital can come out"""
    standardized: Callable[[str], str] | None
    """a reference as the model could write it, where it cannot write punctuation"""
    tokenized: Callable[[str], str]
    """lower case, words and signs set apart by spaces"""

    @property
    def loss(self) -> float:
        """Mean negative log-probability of a target token, in nats."""
        return float(-self.log_probabilities.mean())


TRANSLATION_METRICS: Registry[Component] = Registry("metric")


@TRANSLATION_METRICS.add
@better_when_lower("perplexity")
def perplexity(translated: TranslationOutputs) -> float:
    """The exponential of the loss; every step is told the true id before it (teacher forcing)."""
    return math.exp(min(translated.loss, 700.0))


@TRANSLATION_METRICS.add
def accuracy(translated: TranslationOutputs) -> float:
    """Share of the target tokens that were the most probable ones, every step being told the true id before it."""
    return float(translated.right.mean())


@TRANSLATION_METRICS.add
@gives("free_running_loss", "free_running_perplexity")
@better_when_lower("free_running_loss", "free_running_perplexity")
def free_running(translated: TranslationOutputs) -> dict[str, float]:
    """Loss and perplexity where no step is told the truth: of models that training asks to do without, at times."""
    if translated.free_running is None:
        return {}
    loss = float(-translated.free_running.mean())
    return {"free_running_loss": loss, "free_running_perplexity": math.exp(min(loss, 700.0))}


@TRANSLATION_METRICS.add
@gives("bleu", "bleu_tokenized", "bleu_standardized")
@after_training
def bleu(
    translated: TranslationOutputs,
    *,
    beam_width: Positive | None = None,
    length_penalty: NonNegativeNumber | None = None,
) -> dict[str, Any]:
    """BLEU of the raw references by sacreBLEU (Post 2018), with its signature; by length of the source as well.

    Cased, unless the model cannot write capitals. `bleu_tokenized`: of lowercased tokens, which many papers print;
    `bleu_standardized`: of references without punctuation, where the model cannot write any.
    """
    found, references = translated.translations(beam_width, length_penalty), translated.references
    score, signature = _bleu(found, references, lowercase=translated.lowercases)
    figures: dict[str, Any] = {"bleu": score, "bleu_signature": signature}
    tokenized = [[translated.tokenized(each) for each in several] for several in references]
    figures["bleu_tokenized"], figures["bleu_tokenized_signature"] = _bleu(
        [translated.tokenized(each) for each in found], tokenized, tokenize="none"
    )
    if translated.standardized is not None:
        plain = [[translated.standardized(each) for each in several] for several in references]
        figures["bleu_standardized"], _ = _bleu(found, plain, lowercase=translated.lowercases)
    words = np.array([len(source.split()) for source in translated.sources])
    for low, high in LENGTHS:
        rows = np.flatnonzero((words >= low) & (words <= (high or words.max()))).tolist()
        if rows:
            some, _ = _bleu([found[i] for i in rows], [references[i] for i in rows], lowercase=translated.lowercases)
            figures[f"bleu.{low}-{high}" if high else f"bleu.{low}-"] = some
    return figures


@TRANSLATION_METRICS.add
@after_training
def chrf(
    translated: TranslationOutputs,
    *,
    beam_width: Positive | None = None,
    length_penalty: NonNegativeNumber | None = None,
) -> dict[str, Any]:
    """chrF2, the agreement of n-grams of characters (Popović 2015), by sacreBLEU, with its signature."""
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF(lowercase=translated.lowercases)
    found = list(translated.translations(beam_width, length_penalty))
    score = metric.corpus_score(found, _streams(translated.references)).score
    return {"chrf": float(score), "chrf_signature": str(metric.get_signature())}


@TRANSLATION_METRICS.add
@after_training
def exact_match(
    translated: TranslationOutputs,
    *,
    beam_width: Positive | None = None,
    length_penalty: NonNegativeNumber | None = None,
) -> float:
    """Share of the sources whose translation is one of the references, as far as the model could write them."""
    plain = translated.standardized or (str.lower if translated.lowercases else str)
    found = translated.translations(beam_width, length_penalty)
    pairs = zip(found, translated.references, strict=True)
    right = [any(plain(each) == text for each in several) for text, several in pairs]
    return sum(right) / len(right)


def _bleu(
    found: Sequence[str], references: Sequence[Sequence[str]], *, lowercase: bool = False, tokenize: str = "13a"
) -> tuple[float, str]:
    """Score, from 0 to 100, and signature."""
    from sacrebleu.metrics.bleu import BLEU

    # Tokens that were set apart by us are told so; sacreBLEU would warn of every sentence that ends with " .".
    metric = BLEU(lowercase=lowercase, tokenize=tokenize, force=tokenize == "none")
    score = metric.corpus_score(list(found), _streams(references)).score
    return float(score), str(metric.get_signature())


def _streams(references: Sequence[Sequence[str]]) -> list[list[Any]]:
    """The first references of all sentences, the second ones, … as sacreBLEU wants them; None where there is none."""
    most = max(len(several) for several in references)
    return [[several[place] if place < len(several) else None for several in references] for place in range(most)]


def grouped(sources: Sequence[str], targets: Sequence[str]) -> Mapping[str, list[str]]:
    """Each different source with its different targets, both in the order in which they first stand."""
    groups: dict[str, dict[str, None]] = {}
    for source, target in zip(sources, targets, strict=True):
        groups.setdefault(source, {})[target] = None
    return {source: list(several) for source, several in groups.items()}
