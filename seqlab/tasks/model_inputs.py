"""How prepared examples become batches: texts as bags, padded sequences, vectors or as they are, and categories and
numbers beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from seqlab.data.batching import plan
from seqlab.data.batching.batches import Batches
from seqlab.data.batching.padding import padded, round_lengths
from seqlab.data.batching.pipeline import Batch, Signature
from seqlab.data.batching.plan import Plan
from seqlab.data.records import Records
from seqlab.data.store import Store

EVALUATION_BATCH = 256
"""Rows per batch outside training. Fixed, so that no metric depends on `training.batch_size`."""


class TextInputs(Protocol):
    """The tensors of the text in a model's input."""

    @property
    def signature(self) -> Signature:
        """Name → dtype and shape."""

    @property
    def mixed(self) -> bool:
        """Whether rows of different padded lengths may share a batch."""

    def padded_lengths(self, store: Store) -> np.ndarray:
        """The length to which each row is padded, (rows,)."""

    def tokens(self, store: Store) -> int:
        """Of all rows; 0 for what has no tokens."""

    def gather(self, store: Store, rows: np.ndarray, *, tight: bool) -> Batch:
        """The arrays of a batch. `tight`: pad to the longest row of the batch instead of `padded_lengths`."""


@dataclass(frozen=True)
class Bags:
    """The tokens of all texts of a batch concatenated, and the offset of each text: nothing is padded."""

    weighted: bool
    mixed = True

    @property
    def signature(self) -> Signature:
        shapes: dict[str, tuple[str, tuple[int | None, ...]]] = {
            "tokens": ("int32", (None,)),
            "offsets": ("int32", (None,)),
        }
        if self.weighted:
            shapes["weights"] = ("float32", (None,))
        return shapes

    def padded_lengths(self, store: Store) -> np.ndarray:
        return np.zeros(len(store), np.int64)

    def tokens(self, store: Store) -> int:
        return len(store.ragged("text_ids").values)

    def gather(self, store: Store, rows: np.ndarray, *, tight: bool) -> Batch:
        tokens = store.ragged("text_ids").gather(rows)
        batch = {"tokens": tokens.values, "offsets": tokens.offsets}
        if self.weighted:
            batch["weights"] = store.ragged("weights").gather(rows).values
        return batch


@dataclass(frozen=True)
class Sequences:
    """Ids in order, (batch, time), padded with zeros at the end.

    If the model `skips_padding`, a batch is as wide as its longest row. If not, padding is part of its input: a row is
    padded to `max_length`, or to its own rounded length without one, and shares batches with rows of that length only.
    """

    max_length: int | None
    skips_padding: bool

    @property
    def signature(self) -> Signature:
        return {"ids": ("int32", (None, None))}

    @property
    def mixed(self) -> bool:
        return self.skips_padding

    def padded_lengths(self, store: Store) -> np.ndarray:
        lengths = store.ragged("text_ids").lengths
        if self.max_length is not None and not self.skips_padding:
            return np.full_like(lengths, self.max_length)
        return round_lengths(lengths, self.max_length)

    def tokens(self, store: Store) -> int:
        return len(store.ragged("text_ids").values)

    def gather(self, store: Store, rows: np.ndarray, *, tight: bool) -> Batch:
        return {"ids": padded(store.ragged("text_ids").gather(rows), self.width(store, rows, tight=tight))}

    def width(self, store: Store, rows: np.ndarray, *, tight: bool) -> int:
        """The length to which the rows of a batch are padded."""
        if self.max_length is not None and not tight and not self.skips_padding:
            return self.max_length
        offsets = store.ragged("text_ids").offsets
        longest = (offsets[rows + 1] - offsets[rows]).max(keepdims=True)
        return int(round_lengths(longest, self.max_length)[0])


@dataclass(frozen=True)
class Unpadded:
    """Inputs of one size, whatever the text."""

    mixed = True

    def padded_lengths(self, store: Store) -> np.ndarray:
        return np.zeros(len(store), np.int64)

    def tokens(self, store: Store) -> int:
        return 0


@dataclass(frozen=True)
class TextVectors(Unpadded):
    """The vector of each text by a sentence encoder, (batch, width) float32."""

    width: int

    @property
    def signature(self) -> Signature:
        return {"vectors": ("float32", (None, self.width))}

    def gather(self, store: Store, rows: np.ndarray, *, tight: bool) -> Batch:
        return {"vectors": store.flat("vectors")[rows]}


@dataclass(frozen=True)
class RawTexts(Unpadded):
    """The texts as they are, (batch,), for a sentence encoder that is trained."""

    @property
    def signature(self) -> Signature:
        return {"texts": ("string", (None,))}

    def gather(self, store: Store, rows: np.ndarray, *, tight: bool) -> Batch:
        texts = store.ragged("raw_texts")
        return {"texts": np.array([texts.text(row).encode("utf-8", "replace") for row in rows], object)}


@dataclass(frozen=True)
class ModelInputs:
    """All tensors of a batch: those of the text if there is one, `categories` (batch, columns) int32, `numbers` (batch,
    width) float32, and the `targets` (batch,)."""

    text: TextInputs | None
    targets: Literal["int32", "float32"]
    categories: int = 0
    """Columns; 0: the batch has no tensor of that name."""
    numbers: int = 0
    """Inputs of all numbers; 0: the batch has no tensor of that name."""

    @property
    def signature(self) -> Signature:
        signature = {} if self.text is None else dict(self.text.signature)
        if self.categories:
            signature["categories"] = ("int32", (None, self.categories))
        if self.numbers:
            signature["numbers"] = ("float32", (None, self.numbers))
        return {**signature, "targets": (self.targets, (None,))}

    @property
    def mixed(self) -> bool:
        """Whether rows of different padded lengths may share a batch."""
        return self.text is None or self.text.mixed

    def padded_lengths(self, store: Store) -> np.ndarray:
        """The length to which each row is padded, (rows,); 0 where there is nothing to pad."""
        return np.zeros(len(store), np.int64) if self.text is None else self.text.padded_lengths(store)

    def gather(self, store: Store, rows: np.ndarray, *, tight: bool) -> Batch:
        """The arrays of a batch; `tight` as of `TextInputs.gather`."""
        batch = {} if self.text is None else self.text.gather(store, rows, tight=tight)
        flat = [name for name in ("categories", "numbers", "targets") if name in self.signature]
        return batch | {name: store.flat(name)[rows] for name in flat}

    def gather_share(self, store: Store, batch: np.ndarray, rows: np.ndarray, *, tight: bool) -> Batch:
        """The arrays of some `rows` of a batch, padded like all of it where padding is part of the input."""
        share = self.gather(store, rows, tight=tight)
        if isinstance(self.text, Sequences) and not self.text.skips_padding:
            missing = self.text.width(store, batch, tight=tight) - share["ids"].shape[1]
            share["ids"] = np.pad(share["ids"], ((0, 0), (0, missing)))
        return share

    def evaluation_plan(self, store: Store) -> Plan:
        """All rows once, in batches for a model in inference mode."""
        return plan.grouped(self.padded_lengths(store), EVALUATION_BATCH, mixed=self.mixed)

    def training_batches(
        self,
        store: Store,
        *,
        batch_size: int,
        buckets: bool,
        describe: Callable[[Records, int], Mapping[str, str]],
    ) -> Batches:
        """Batches of rows of similar length with `buckets`, of random rows without."""

        def plan_of(*, seed: int, epoch: int) -> Plan:
            if not buckets:
                return plan.shuffled(len(store), batch_size, seed=seed, epoch=epoch)
            return plan.bucketed(self.padded_lengths(store), batch_size, mixed=self.mixed, seed=seed, epoch=epoch)

        return Batches(
            examples=len(store),
            tokens=0 if self.text is None else self.text.tokens(store),
            signature=self.signature,
            plan=plan_of,
            gather=lambda rows: self.gather(store, rows, tight=not buckets),
            share=lambda batch, rows: self.gather_share(store, batch, rows, tight=not buckets),
            describe=describe,
        )
