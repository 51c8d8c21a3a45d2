"""BLEU and chrF of several translators on the same sources, by sacreBLEU."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from seqlab.comparison.measures import SumMeasure
from seqlab.comparison.predictions import TranslationPredictions
from seqlab.errors import RequestError
from seqlab.metrics.sacrebleu_scores import (
    INSTALL_MECAB,
    bleu_metric,
    chrf_metric,
    is_installed,
    scores_of,
    settings_of,
    statistics_of,
    tokenizer_for,
)
from seqlab.metrics.unspaced_text import writing_of
from seqlab.runs import Run

LOWERCASE = "lc"
TOKENIZERS = ("13a", "intl", "zh", "ja-mecab", "char")


class Sources(NamedTuple):
    """Each different source once, in the order of the first run's file."""

    contents: list[str]
    """The content id of a line of each source."""
    references: list[tuple[str, ...]]
    translations: list[list[str]]
    """Of each run, one per source."""


class Settings(NamedTuple):
    """How BLEU and chrF compare texts."""

    tokenize: str
    lowercase: bool
    note: str = ""


def sources_of(predictions: Sequence[TranslationPredictions]) -> Sources:
    """The sources of a split, which BLEU counts once, by the lines of the runs, which have the same items.

    A source has a line for each of its references, and no name of its own: lines with the same references and the same
    translations in every run are of one source, or of several that no score can tell apart.
    """
    others: list[dict[str, str]] = [{pair.content: pair.translation for pair in each.pairs} for each in predictions]
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, None]] = defaultdict(dict)
    for pair in predictions[0].pairs:
        found[pair.references, tuple(each[pair.content] for each in others)][pair.content] = None
    sources = Sources([], [], [[] for _ in predictions])
    for (references, translations), contents in found.items():
        for number in range(max(len(contents) // len(references), 1)):
            sources.contents.append(list(contents)[number])
            sources.references.append(references)
            for each, text in zip(sources.translations, translations, strict=True):
                each.append(text)
    return sources


def settings_for(runs: Sequence[Run], split: str, references: Sequence[Sequence[str]]) -> Settings:
    """Those of the runs, by the signatures in `result.json`; without case if any run has no case.

    Raises RequestError if a tokenizer is not installed.
    """
    signatures = [_signature(run, split) for run in runs]
    cases = [found.get("case") == LOWERCASE for found in signatures]
    recorded = {found["tok"] for found in signatures if found.get("tok") in TOKENIZERS}
    tokenize = (
        recorded.pop() if len(recorded) == 1 else tokenizer_for(writing_of([t for r in references for t in r]))[0]
    )
    if not is_installed(tokenize):
        raise RequestError(
            f"the runs are scored with the tokenizer {tokenize}, which is not installed: {INSTALL_MECAB}"
        )
    notes = []
    if any(cases) and not all(cases):
        lower = ", ".join(run.id for run, case in zip(runs, cases, strict=True) if case)
        notes.append(f"BLEU and chrF are without case, because {lower} cannot write capitals")
    if recorded:
        notes.append(f"the runs were scored with different tokenizers: BLEU is computed with {tokenize}")
    return Settings(tokenize, any(cases), "; ".join(notes))


def translation_measures(sources: Sources, settings: Settings) -> list[SumMeasure]:
    """BLEU and chrF of each run."""
    tokenize, lowercase, _ = settings
    bleu = bleu_metric(sources.references, tokenize, lowercase=lowercase)
    chrf = chrf_metric(lowercase=lowercase)
    statistics = [statistics_of(bleu, each, sources.references) for each in sources.translations]
    if not any(each[:, -1].any() for each in statistics):  # no run has n-grams of the highest order; see `bleu_of`
        bleu = bleu_metric(sources.references, tokenize, lowercase=lowercase, effective_order=True)
    of_chrf = [statistics_of(chrf, each, sources.references) for each in sources.translations]
    measure = partial(SumMeasure, test="approximate randomization", unit="points", like_sacrebleu=True)
    return [
        measure(name="bleu", statistics=statistics, score=partial(scores_of, bleu)),
        measure(name="chrf", statistics=of_chrf, score=partial(scores_of, chrf)),
    ]


def _signature(run: Run, split: str) -> dict[str, str]:
    """The settings of BLEU, else of chrF, which a run recorded for a split; empty if it has neither."""
    result = run.result()
    found = (result.get(f"{split}.{metric}_signature") for metric in ("bleu", "chrf"))
    return next((settings_of(each) for each in found if isinstance(each, str)), {})
