"""Counts and encodes texts a portion at a time: many texts by chunks of them, long texts by parts of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from seqlab.data.long_text import LongText, LongTexts
from seqlab.data.ragged import Ragged, offsets_of
from seqlab.data.spool import ArrayWriter
from seqlab.progress import Progress
from seqlab.text.by_chunk import by_chunk
from seqlab.text.rows import counts_of
from seqlab.text.vectorizer import Encoded

Parts = Callable[[LongText], Iterator[str]]
"""A text in parts whose ids, one after the other, are those of the text."""
Rows = Callable[[Sequence[str]], Ragged]
"""The ids of each text; none of a text without tokens."""


def counted(
    texts: Sequence[str],
    progress: Progress,
    description: str,
    parts_of: Parts,
    rows_of: Rows,
    size: int,
    *,
    shared: bool = True,
) -> tuple[np.ndarray, np.ndarray]:
    """How often each id below `size` occurs, and in how many texts: two arrays (size,) int64. `shared`: see `by_chunk`,
    for many texts."""
    counts, document_counts = np.zeros(size, np.int64), np.zeros(size, np.int64)
    if not isinstance(texts, LongTexts):
        for ids, *of_chunk in by_chunk(partial(_occurring, rows_of, size), texts, progress, description, shared=shared):
            counts[ids] += of_chunk[0]
            document_counts[ids] += of_chunk[1]
        return counts, document_counts
    in_text = np.zeros(size, np.int64)
    for _, ids, is_last in _ids(texts, progress, description, parts_of, rows_of):
        in_part = np.bincount(ids)
        in_text[: len(in_part)] += in_part
        if is_last:
            occurring = np.flatnonzero(in_text)
            counts[occurring] += in_text[occurring]
            document_counts[occurring] += 1
            in_text[occurring] = 0
    return counts, document_counts


def _occurring(rows_of: Rows, size: int, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The ids that occur in some texts, how often, and in how many: three arrays (ids,) int64."""
    counts, document_counts = counts_of(rows_of(texts), size)
    ids = np.flatnonzero(counts)
    return ids, counts[ids], document_counts[ids]


def encoded(texts: LongTexts, progress: Progress, parts_of: Parts, rows_of: Rows, unknown: int | None) -> Encoded:
    """All ids of each text. `unknown`: the id of a text without tokens; None: it has none."""
    values, lengths = ArrayWriter(np.int32), np.zeros(len(texts), np.int64)
    for row, ids, is_last in _ids(texts, progress, "encoding", parts_of, rows_of):
        lengths[row] += len(ids)
        values.append(ids)
        if is_last and not lengths[row] and unknown is not None:
            values.append(np.array([unknown]))
            lengths[row] = 1
    return Encoded(Ragged(values.finish(), offsets_of(lengths)))


def _ids(
    texts: LongTexts, progress: Progress, description: str, parts_of: Parts, rows_of: Rows
) -> Iterator[tuple[int, np.ndarray, bool]]:
    """The number of a text, the ids of a part of it, and whether the text ends with it: nothing follows but no ids."""
    with progress.step(description, sum(map(len, texts.texts)), "characters") as step:
        for row, text in enumerate(texts.texts):
            for part in parts_of(text):
                yield row, rows_of([part]).values, False
                step.advance(len(part))
            yield row, np.empty(0, np.int32), True
