"""Statistics of a corpus: sizes, labels, lengths, duplicates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from seqlab.data.datasets import Dataset
from seqlab.data.records import Corpus, Records, SplitName

QUANTILES = {"shortest": 0.0, "median": 0.5, "90 %": 0.9, "99 %": 0.99, "longest": 1.0}


@dataclass(frozen=True)
class SplitStatistics:
    """Statistics of one split. Words are separated by white space."""

    rows: int
    labels: Mapping[str, float]
    """Label → its share of the rows, the most frequent first. Empty without labels."""
    words: Mapping[str, Mapping[str, int]]
    """Kind of text (`text`; of pairs `source`, `target`) → quantile of its length (`median`, `99 %` …) → words."""
    duplicates: int
    """Rows whose text, or pair, is also in an earlier row of the split."""
    contradictions: int
    """Texts with more than one label."""
    blank: int
    """Texts without words."""


def statistics(dataset: Dataset, corpus: Corpus) -> dict[SplitName, SplitStatistics]:
    """Statistics per split. Overlap between splits is in `corpus.counts`."""
    return {split: _of_split(dataset, records) for split, records in corpus.splits.items()}


def _of_split(dataset: Dataset, records: Records) -> SplitStatistics:
    lengths = {
        kind: np.fromiter((len(text.split()) for text in texts), np.int64, len(records))
        for kind, texts in dataset.texts(records).items()
    }
    labels = list(records.columns.get("label", ()))
    contents = set(records.content_ids)
    pairs = set(zip(records.content_ids, labels, strict=False))
    contradicting = [content for content, count in Counter(content for content, _ in pairs).items() if count > 1]
    return SplitStatistics(
        rows=len(records),
        labels={label: count / len(records) for label, count in Counter(labels).most_common()},
        words={kind: _quantiles(values) for kind, values in lengths.items()},
        duplicates=len(records) - len(contents),
        contradictions=len(contradicting),
        blank=sum(int((values == 0).sum()) for values in lengths.values()),
    )


def _quantiles(lengths: np.ndarray) -> dict[str, int]:
    quantiles = np.quantile(lengths, list(QUANTILES.values()), method="lower")
    return {name: int(words) for name, words in zip(QUANTILES, quantiles, strict=True)}
