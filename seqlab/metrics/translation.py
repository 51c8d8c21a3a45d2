"""Metrics of translations. To add one, put a function on the registry.

A metric takes `TranslationOutputs` and returns a value, or a mapping of metric name → value. One that asks for
`translations` costs as much as translating the split: decorate it with `after_training`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator

from seqlab.metrics.metric_names import after_training, better_when_lower, returns
from seqlab.metrics.sacrebleu_scores import Bleu, bleu_of, chrf_of, installed, tokenizer_for
from seqlab.metrics.unspaced_text import lengths_of, writing_of
from seqlab.registry import Component, LengthPenalty, Positive, Registry

LENGTHS = ((1, 5), (6, 10), (11, 20), (21, None))
"""Bands of source length for which BLEU is reported separately: in words, or in characters where there are no spaces
between words."""

Tokenizer = Annotated[Literal["13a", "intl", "zh", "ja-mecab", "char"], AfterValidator(installed)]


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
@returns("bleu", "baseline_bleu", "bleu_tokenized", "bleu_standardized")
@after_training
def bleu(
    outputs: TranslationOutputs,
    *,
    beam_width: Positive | None = None,
    length_penalty: LengthPenalty | None = None,
    tokenize: Tokenizer | None = None,
) -> dict[str, Any]:
    """BLEU against the raw references by sacreBLEU (Post 2018), with its signature; also by source length.

    Cased, unless the model cannot write capitals. `tokenize`: a tokenizer of sacreBLEU; null: `zh` for Chinese
    references, `ja-mecab` (or `char`, if MeCab is not installed) for Japanese ones, `char` for Thai, Khmer, Lao,
    Burmese and Tibetan, and `13a` for all others. `baseline_bleu`: of the sources, as if the model copied them.
    `bleu_tokenized`: on lowercased tokens, as many papers report, if words are apart; `bleu_standardized`: on
    references without punctuation, if the model cannot write any.
    """
    found, references = outputs.translations(beam_width, length_penalty), outputs.references
    writing = writing_of([text for several in references for text in several])
    chosen, note = (tokenize, "") if tokenize else tokenizer_for(writing)
    score = functools.partial(bleu_of, tokenize=chosen, lowercase=outputs.lowercases)
    whole = score(found, references)
    figures: dict[str, Any] = {
        "bleu": whole.score,
        "bleu_signature": whole.signature,
        "baseline_bleu": score(outputs.sources, references).score,
        "bleu_note": "; ".join(filter(None, (note, whole.note))),
    }
    if writing == "spaced":
        tokenized = _tokenized_bleu(outputs, found)
        figures |= {"bleu_tokenized": tokenized.score, "bleu_tokenized_signature": tokenized.signature}
    if (plain := outputs.standardized) is not None:
        figures["bleu_standardized"] = score(found, [list(map(plain, several)) for several in references]).score
    figures |= _bleu_by_length(outputs.sources, found, references, score)
    return {name: value for name, value in figures.items() if value != ""}


def _tokenized_bleu(outputs: TranslationOutputs, found: Sequence[str]) -> Bleu:
    """BLEU of lowercase text with words and punctuation separated by spaces."""
    references = [list(map(outputs.tokenized, several)) for several in outputs.references]
    return bleu_of(list(map(outputs.tokenized, found)), references, tokenize="none")


def _bleu_by_length(
    sources: Sequence[str], found: Sequence[str], references: Sequence[Sequence[str]], score: Callable[..., Bleu]
) -> dict[str, Any]:
    """`bleu.6-10`: of the sources with 6 to 10 words, or characters, which is then said."""
    writing = writing_of(sources)
    lengths = np.array(lengths_of(sources, writing))
    figures: dict[str, Any] = {} if writing == "spaced" else {"bleu_length_unit": "characters"}
    for low, high in LENGTHS:
        rows = np.flatnonzero((lengths >= low) & (lengths <= (high or lengths.max()))).tolist()
        if rows:
            some = score([found[row] for row in rows], [references[row] for row in rows])
            figures[f"bleu.{low}-{high}" if high else f"bleu.{low}-"] = some.score
    return figures


@TRANSLATION_METRICS.add
@after_training
def chrf(
    outputs: TranslationOutputs,
    *,
    beam_width: Positive | None = None,
    length_penalty: LengthPenalty | None = None,
) -> dict[str, Any]:
    """chrF2, the character n-gram F-score (Popović 2015), by sacreBLEU, with its signature."""
    found = outputs.translations(beam_width, length_penalty)
    score, signature = chrf_of(found, outputs.references, lowercase=outputs.lowercases)
    return {"chrf": score, "chrf_signature": signature}


@TRANSLATION_METRICS.add
@after_training
def exact_match(
    outputs: TranslationOutputs,
    *,
    beam_width: Positive | None = None,
    length_penalty: LengthPenalty | None = None,
) -> float:
    """Share of sources whose translation equals a reference, as far as the model can write it."""
    plain = outputs.standardized or (str.lower if outputs.lowercases else str)
    found = outputs.translations(beam_width, length_penalty)
    pairs = zip(found, outputs.references, strict=True)
    matches = [any(plain(each) == text for each in several) for text, several in pairs]
    return sum(matches) / len(matches)


def grouped(sources: Sequence[str], targets: Sequence[str]) -> Mapping[str, list[str]]:
    """Each distinct source with its distinct targets, both in order of first occurrence."""
    groups: dict[str, dict[str, None]] = {}
    for source, target in zip(sources, targets, strict=True):
        groups.setdefault(source, {})[target] = None
    return {source: list(several) for source, several in groups.items()}
