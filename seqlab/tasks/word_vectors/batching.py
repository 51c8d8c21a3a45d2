"""How documents become training batches, by windows: consecutive words, in chunks that share their windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np

from seqlab.data.batching.batches import Batches
from seqlab.data.batching.pipeline import Batch, Signature
from seqlab.data.batching.plan import Plan
from seqlab.data.ragged import Ragged
from seqlab.data.records import Records

SHOWN_WINDOWS = 5
"""Windows that are shown of a document."""


class Stream(Protocol):
    """The words of a split one after the other, and how a model reads them."""

    @property
    def words(self) -> np.ndarray:
        """(places,) int32, ids from 0: places are the row numbers of a plan."""

    @property
    def documents(self) -> np.ndarray:
        """Of each place, (places,) int32, ascending."""

    @property
    def signature(self) -> Signature: ...

    def plan(self, batch_size: int, *, seed: int, epoch: int) -> Plan:
        """Batches of about `batch_size` words, documents in random order, frequent words left out at random."""

    def plan_in_order(self, batch_size: int) -> Plan:
        """The same with documents in their order, and always the same words left out: for evaluation."""

    def gather(self, rows: np.ndarray) -> Batch:
        """Rows of a plan as what the model reads."""

    def first_document(self, rows: np.ndarray) -> np.ndarray:
        """Of the rows of a plan's first batch, those of its first document: the words that are not left out."""

    def by_document(self, rows: np.ndarray, batch: Batch, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Documents, and the sums of what the model computed of each of these `rows`: two arrays of one length. A
        document may be there twice."""

    def described(self, words: Sequence[str]) -> Mapping[str, str]:
        """What a person is shown of the examples of a document, beside its text and words."""


@dataclass(frozen=True)
class WordStream:
    """The words of a split one after the other: places in it are the row numbers of a plan.

    `words`: (places,) int32, ids from 0; `documents`: (places,) int32, ascending; `kept`: the probability that a word
    is not left out, (vocabulary,) float32; None: all are kept. `window`: words of context before and after a batch;
    `chunk`: words of a chunk.
    """

    words: np.ndarray
    documents: np.ndarray
    kept: np.ndarray | None
    window: int
    chunk: int

    @classmethod
    def of(cls, rows: Ragged, first_id: int, kept: np.ndarray | None, *, window: int, chunk: int) -> WordStream:
        """`first_id`: the id of the first word, after the special ids."""
        documents = np.repeat(np.arange(len(rows), dtype=np.int32), rows.lengths)
        return cls(np.asarray(rows.values) - np.int32(first_id), documents, kept, window, chunk)

    @property
    def signature(self) -> Signature:
        around = (None, self.chunk + 2 * self.window)
        core = (None, self.chunk)
        return {"words": ("int32", around), "documents": ("int32", around), "core": ("bool", core)}

    def plan(self, batch_size: int, *, seed: int, epoch: int) -> Plan:
        """Documents in random order, frequent words left out at random, cut into batches of `batch_size` places.

        Each batch also holds the `window` places before and after its own, as their complement (~place): words of
        context, whose examples are in another batch. So every pair of an epoch is in exactly one batch.
        """
        generator = np.random.default_rng([seed, epoch])
        order = generator.permutation(int(self.documents[-1]) + 1)
        return self._cut(self._places(order), generator, batch_size)

    def plan_in_order(self, batch_size: int) -> Plan:
        """The same with documents in their order, and always the same words left out: for evaluation."""
        return self._cut(np.arange(len(self.words)), np.random.default_rng(0), batch_size)

    def gather(self, rows: np.ndarray) -> Batch:
        """Rows of a plan as chunks: see `Chunks` in seqlab/models/word_vectors/word_vector_network.py."""
        core = rows >= 0
        places = np.where(core, rows, ~rows)
        chunks = -(-len(rows) // self.chunk)
        around = np.arange(chunks)[:, None] * self.chunk + np.arange(self.chunk + 2 * self.window)
        padded = {
            "words": np.full(chunks * self.chunk + 2 * self.window, -1, np.int32),
            "documents": np.full(chunks * self.chunk + 2 * self.window, -1, np.int32),
        }
        inside = slice(self.window, self.window + len(rows))
        padded["words"][inside], padded["documents"][inside] = self.words[places], self.documents[places]
        of_core = np.zeros(chunks * self.chunk, bool)
        of_core[: len(rows)] = core
        return {name: values[around] for name, values in padded.items()} | {"core": of_core.reshape(chunks, -1)}

    def first_document(self, rows: np.ndarray) -> np.ndarray:
        """Of the rows of a plan's first batch, those of its first document: the words that are not left out."""
        of_document = rows[rows >= 0]
        return of_document[self.documents[of_document] == self.documents[of_document[0]]]

    def by_document(self, rows: np.ndarray, batch: Batch, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.documents[rows[rows >= 0]], values[batch["core"]]

    def described(self, words: Sequence[str]) -> Mapping[str, str]:
        shown = {
            f"window {number}": f"{word} – {', '.join(around) or 'no other word'}"
            for number, (word, around) in enumerate(islice(windows(words, self.window), SHOWN_WINDOWS), start=1)
        }
        return {**shown, **({"windows": f"{len(words):,} in all"} if len(words) > SHOWN_WINDOWS else {})}

    def _places(self, order: np.ndarray) -> np.ndarray:
        """The places of all words, documents in this order."""
        starts = np.searchsorted(self.documents, np.arange(len(order) + 1))
        lengths = np.diff(starts)[order]
        ends = np.cumsum(lengths)
        return np.arange(len(self.words)) + np.repeat(starts[order] - ends + lengths, lengths)

    def _cut(self, places: np.ndarray, generator: np.random.Generator, batch_size: int) -> Plan:
        if self.kept is not None:
            chosen = places[generator.random(len(places), dtype=np.float32) < self.kept[self.words[places]]]
            if self._has_window(chosen):  # of a handful of words all may be left out, or all but one
                places = chosen
        return [
            np.concatenate(
                [
                    ~places[max(start - self.window, 0) : start],
                    places[start : start + batch_size],
                    ~places[start + batch_size : start + batch_size + self.window],
                ]
            )
            for start in range(0, len(places), batch_size)
        ]

    def _has_window(self, places: np.ndarray) -> bool:
        """Whether two of the words are neighbors in a document, so that there is an example."""
        documents = self.documents[places]
        return bool((documents[1:] == documents[:-1]).any())


def training_batches(
    stream: Stream,
    *,
    batch_size: int,
    texts_of: Callable[[Records], Sequence[str]],
    words_of: Callable[[np.ndarray], Sequence[str]],
) -> Batches:
    """Batches of `batch_size` words. Speed is measured in words of the text, those left out included."""

    def describe(records: Records, row: int) -> Mapping[str, str]:
        document = int(stream.documents[row])
        words = words_of(stream.words[stream.documents == document])
        return {"text": texts_of(records)[document], "words": " | ".join(words), **stream.described(words)}

    return Batches(
        examples=len(stream.words),
        tokens=len(stream.words),
        signature=stream.signature,
        plan=lambda *, seed, epoch: stream.plan(batch_size, seed=seed, epoch=epoch),
        gather=stream.gather,
        describe=describe,
        first_item=stream.first_document,
    )


def windows(words: Sequence[str], window: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Each word with all others that are at most `window` words away, in the order of the text."""
    for place, word in enumerate(words):
        yield word, [*words[max(place - window, 0) : place], *words[place + 1 : place + window + 1]]


def keep_probabilities(counts: np.ndarray, threshold: float | None) -> np.ndarray | None:
    """The probability of each word to be kept, √(t/f) + t/f for a share f of the text (as word2vec computes it; the
    paper has √(t/f)), (words,) float32. None: all are kept."""
    if threshold is None:
        return None
    rarity = threshold * counts.sum() / np.maximum(counts, 1)
    return np.minimum(np.sqrt(rarity) + rarity, 1).astype(np.float32)
