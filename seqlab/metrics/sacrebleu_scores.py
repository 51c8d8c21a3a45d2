"""BLEU and chrF by sacreBLEU, and which of its tokenizers fits a text."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from pydantic_core import PydanticCustomError

from seqlab.metrics.unspaced_text import Writing

if TYPE_CHECKING:
    from sacrebleu.metrics.base import Metric
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

MECAB_TOKENIZER = "ja-mecab"
MECAB_PACKAGES = ("MeCab", "ipadic")
INSTALL_MECAB = "pip install 'seqlab[japanese]'"


ORDER = 4
"""The longest n-grams of BLEU (Papineni et al. 2002)."""


class Bleu(NamedTuple):
    """A score from 0 to 100, its signature, and a note if not all n-grams could be counted."""

    score: float
    signature: str
    note: str


def installed(tokenizer: str) -> str:
    """Raises the error of an option if packages that a tokenizer needs are not installed."""
    if not is_installed(tokenizer):
        message = "'ja-mecab' needs MeCab, which is not installed: {install}, or use char"
        raise PydanticCustomError("not_installed", message, {"install": INSTALL_MECAB})
    return tokenizer


def is_installed(tokenizer: str) -> bool:
    """Whether the packages that a tokenizer of sacreBLEU needs are installed."""
    return tokenizer != MECAB_TOKENIZER or _has_mecab()


def tokenizer_for(writing: Writing) -> tuple[str, str]:
    """The tokenizer for references written like this, and a note if a better one is not installed."""
    if writing == "japanese" and not _has_mecab():
        return "char", f"Japanese is compared by characters, because MeCab is not installed ({INSTALL_MECAB})"
    return {"spaced": "13a", "chinese": "zh", "japanese": MECAB_TOKENIZER, "other": "char"}[writing], ""


def bleu_of(
    found: Sequence[str], references: Sequence[Sequence[str]], *, tokenize: str, lowercase: bool = False
) -> Bleu:
    """BLEU of one translation and one or more references per source.

    n-grams are counted up to 4 tokens, or up to the longest reference if that has fewer: `ngrams:3` in the signature.
    A 4-gram of a translation could only be wrong then, and a single one would cost as much as a quarter of the
    sentences. If no translation has an n-gram of that order, BLEU is not defined, and sacreBLEU returns 0. It is then
    computed of the n-grams that there are: `eff:yes` in the signature.
    """
    for effective_order in (False, True):
        metric = bleu_metric(references, tokenize, lowercase=lowercase, effective_order=effective_order)
        score = metric.corpus_score(list(found), _streams(references))
        if score.totals[-1] or not score.totals[0]:
            break
    longest = sum(total > 0 for total in score.totals)
    order = metric.max_ngram_order
    signature = f"{metric.get_signature()}|ngrams:{order}" if order < ORDER else str(metric.get_signature())
    return Bleu(float(score.score), signature, _note_on_order(order, longest))


def _longest(references: Sequence[Sequence[str]], tokenizer: Callable[[str], str]) -> int:
    """Tokens of the longest reference, from 1 to `ORDER`."""
    longest = 1
    for reference in itertools.chain.from_iterable(references):
        longest = max(longest, len(tokenizer(reference).split()))
        if longest >= ORDER:
            return ORDER
    return longest


def _note_on_order(order: int, longest: int) -> str:
    """`order`: n-grams that the references allow; `longest`: those that the translations have."""
    if not 0 < longest < ORDER:
        return ""
    side = "translations" if longest < order else "references"
    return f"none of the {side} has {ORDER} tokens: of n-grams up to {longest} (effective order)"


def chrf_of(found: Sequence[str], references: Sequence[Sequence[str]], *, lowercase: bool) -> tuple[float, str]:
    """chrF2, from 0 to 100, and its signature."""
    metric = chrf_metric(lowercase=lowercase)
    score = metric.corpus_score(list(found), _streams(references)).score
    return float(score), str(metric.get_signature())


def bleu_metric(
    references: Sequence[Sequence[str]], tokenize: str, *, lowercase: bool, effective_order: bool = False
) -> BLEU:
    """BLEU by sacreBLEU, of n-grams as long as these references allow. Tokenized text: without `force`, it warns of
    every sentence that ends with " ."."""
    from sacrebleu.metrics.bleu import BLEU

    build = partial(BLEU, lowercase=lowercase, tokenize=tokenize, force=tokenize == "none")
    order = _longest(references, build().tokenizer)
    return build(effective_order=effective_order or order < ORDER, max_ngram_order=order)


def chrf_metric(*, lowercase: bool) -> CHRF:
    """chrF2 by sacreBLEU."""
    from sacrebleu.metrics.chrf import CHRF

    return CHRF(lowercase=lowercase)


def statistics_of(metric: Metric, found: Sequence[str], references: Sequence[Sequence[str]]) -> np.ndarray:
    """Counts of each translation whose sums decide the score of all, (translations, counts) float64."""
    # What sacreBLEU's own paired tests resample; it has no public name.
    return np.array(metric._extract_corpus_statistics(list(found), _streams(references)), float)


def scores_of(metric: Metric, sums: np.ndarray) -> np.ndarray:
    """The score of each row of sums of such counts, (rows,) float64."""
    return np.array([float(metric._compute_score_from_stats(row).score) for row in sums.tolist()])


def settings_of(signature: str) -> dict[str, str]:
    """The parts of a signature by name: `case`, `tok`, …; those that cannot be read are left out."""
    parts = (part.partition(":") for part in signature.split("|"))
    return {name: value for name, colon, value in parts if colon}


def _has_mecab() -> bool:
    return all(find_spec(package) for package in MECAB_PACKAGES)


def _streams(references: Sequence[Sequence[str]]) -> list[list[Any]]:
    """References transposed as sacreBLEU expects: all first ones, all second ones, …; None where there is none."""
    most = max(len(several) for several in references)
    return [[several[place] if place < len(several) else None for several in references] for place in range(most)]
