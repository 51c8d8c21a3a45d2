"""The translations of a split: BLEU by length, and the worst and best sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from seqlab.comparison.predictions import Pair, TranslationPredictions
from seqlab.metrics.sacrebleu_scores import chrf_metric
from seqlab.reports.html.blocks import Block, Example, Examples, Table

MOST_SCORED = 5_000
"""Sentences: of more, the first ones."""


def translation_blocks(
    found: TranslationPredictions, result: Mapping[str, Any], split: str, texts: Mapping[str, str], most_examples: int
) -> Iterator[Block]:
    """`texts`: content id → source, as far as they are known."""
    lengths = [
        (key.removeprefix(f"{split}.bleu."), value)
        for key, value in result.items()
        if key.startswith(f"{split}.bleu.") and isinstance(value, int | float)
    ]
    if lengths:
        unit = result.get(f"{split}.bleu_length_unit", "words")
        rows = [[f"{name[:-1]} and more" if name.endswith("-") else name, f"{value:.2f}"] for name, value in lengths]
        yield Table("BLEU by length", [f"{unit} of the source", "BLEU"], rows)
    pairs = list({(pair.translation, pair.references): pair for pair in found.pairs}.values())[:MOST_SCORED]
    metric = chrf_metric(lowercase=False)
    scores = [float(metric.sentence_score(pair.translation, list(pair.references)).score) for pair in pairs]
    order = sorted(range(len(pairs)), key=scores.__getitem__)
    note = f"By chrF of the sentence, of the first {MOST_SCORED:,}." if len(found.pairs) > MOST_SCORED else ""
    for caption, chosen in (("Worst translations", order), ("Best translations", order[::-1])):
        yield Examples(caption, [_example(pairs[i], scores[i], texts) for i in chosen[:most_examples]], note)


def _example(pair: Pair, score: float, texts: Mapping[str, str]) -> Example:
    references: Sequence[str] = pair.references
    named = [("reference", each) for each in references[:3]]
    return Example(texts.get(pair.content), [("translation", pair.translation), *named, ("chrF", f"{score:.1f}")])
