"""How documents become training batches as wholes: some documents with all their words and n-grams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seqlab.data.batching.pipeline import Batch, Signature
from seqlab.data.batching.plan import Plan
from seqlab.data.ragged import Ragged, offsets_of


@dataclass(frozen=True)
class DocumentStream:
    """The n-grams of a split one after the other: places among them are the row numbers of a plan.

    `words`: (places,) int32, ids from 0; `documents`: (places,) int32, ascending; `kept`: the probability that an
    n-gram is not left out, (vocabulary,) float32; None: all are kept.
    """

    words: np.ndarray
    documents: np.ndarray
    kept: np.ndarray | None

    @classmethod
    def of(cls, rows: Ragged, first_id: int, kept: np.ndarray | None) -> DocumentStream:
        """`first_id`: the id of the first n-gram, after the special ids."""
        documents = np.repeat(np.arange(len(rows), dtype=np.int32), rows.lengths)
        return cls(np.asarray(rows.values) - np.int32(first_id), documents, kept)

    @property
    def signature(self) -> Signature:
        return {"ids": ("int32", (None,)), "documents": ("int32", (None,))}

    def plan(self, batch_size: int, *, seed: int, epoch: int) -> Plan:
        """Documents in random order, frequent n-grams left out at random. No document is cut: a batch ends with the
        first one that reaches `batch_size`."""
        generator = np.random.default_rng([seed, epoch])
        order = generator.permutation(int(self.documents[-1]) + 1)
        return self._cut(order, generator, batch_size)

    def plan_in_order(self, batch_size: int) -> Plan:
        """The same with documents in their order, and always the same n-grams left out: for evaluation."""
        return self._cut(np.arange(int(self.documents[-1]) + 1), np.random.default_rng(0), batch_size)

    def gather(self, rows: np.ndarray) -> Batch:
        """Rows of a plan as documents: see `Documents` in seqlab/models/word_vectors/document_vector_network.py."""
        return {"ids": self.words[rows], "documents": numbered(self.documents[rows])}

    def first_document(self, rows: np.ndarray) -> np.ndarray:
        """Of the rows of a plan's first batch, those of its first document: the n-grams that are not left out."""
        return rows[self.documents[rows] == self.documents[rows[0]]]

    def by_document(self, rows: np.ndarray, batch: Batch, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.documents[rows[np.flatnonzero(np.diff(batch["documents"], prepend=-1))]], values

    def described(self, words: Sequence[str]) -> Mapping[str, str]:
        return {}

    def _cut(self, order: np.ndarray, generator: np.random.Generator, batch_size: int) -> Plan:
        places = np.arange(len(self.words))
        if self.kept is not None:
            chosen = generator.random(len(places), dtype=np.float32) < self.kept[self.words]
            if chosen.any():  # of a handful of words all may be left out
                places = places[chosen]
        lengths = np.bincount(self.documents[places], minlength=len(order))
        ordered = Ragged(places, offsets_of(lengths)).gather(order)
        starts = ordered.offsets[:-1]
        cuts = starts[np.flatnonzero(np.diff(starts // batch_size)) + 1]
        return [rows for rows in np.split(ordered.values, cuts) if len(rows)]


def without_unknown(rows: Ragged, first_id: int) -> Ragged:
    """Rows without ids below `first_id`, special and unknown ones, which is subtracted from the others."""
    values = np.asarray(rows.values)
    known = values >= first_id
    return Ragged(values[known] - np.int32(first_id), np.concatenate([[0], np.cumsum(known)])[rows.offsets])


def numbered(documents: np.ndarray) -> np.ndarray:
    """Documents that follow each other, by their numbers from 0: (places,) int32."""
    changes = np.diff(documents, prepend=documents[:1]) != 0
    return np.cumsum(changes, dtype=np.int32)
