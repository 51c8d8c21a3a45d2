"""How prepared texts become the batches that a classifier reads: bags, or padded sequences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from seqlab.data.batching import plan
from seqlab.data.batching.batches import Batches
from seqlab.data.batching.padding import padded, round_lengths
from seqlab.data.batching.pipeline import Batch, Signature
from seqlab.data.batching.plan import Plan
from seqlab.data.records import Records
from seqlab.data.store import Store
from seqlab.text_format import joined_tokens


class Inputs(Protocol):
    """The model's input."""

    @property
    def signature(self) -> Signature:
        """The tensors of a batch: name → dtype and shape."""

    @property
    def mixed(self) -> bool:
        """Whether rows of different padded lengths may share a batch."""

    def padded_lengths(self, store: Store) -> np.ndarray:
        """The length to which each row is padded, (rows,)."""

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
            "targets": ("int32", (None,)),
        }
        if self.weighted:
            shapes["weights"] = ("float32", (None,))
        return shapes

    def padded_lengths(self, store: Store) -> np.ndarray:
        return np.zeros(len(store), np.int64)

    def gather(self, store: Store, rows: np.ndarray, *, tight: bool) -> Batch:
        tokens = store.ragged("text_ids").gather(rows)
        batch = {"tokens": tokens.values, "offsets": tokens.offsets, "targets": store.flat("targets")[rows]}
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
        return {"ids": ("int32", (None, None)), "targets": ("int32", (None,))}

    @property
    def mixed(self) -> bool:
        return self.skips_padding

    def padded_lengths(self, store: Store) -> np.ndarray:
        lengths = store.ragged("text_ids").lengths
        if self.max_length is not None and not self.skips_padding:
            return np.full_like(lengths, self.max_length)
        return round_lengths(lengths, self.max_length)

    def gather(self, store: Store, rows: np.ndarray, *, tight: bool) -> Batch:
        ids = store.ragged("text_ids").gather(rows)
        longest = int(ids.lengths.max())
        if tight or self.max_length is None or self.skips_padding:
            width = int(round_lengths(np.array([longest]), self.max_length)[0])
        else:
            width = self.max_length
        return {"ids": padded(ids, width), "targets": store.flat("targets")[rows]}


def training_batches(
    store: Store,
    inputs: Inputs,
    *,
    batch_size: int,
    buckets: bool,
    text_of: Callable[[Records], str],
    tokens_of: Callable[[str], list[str]],
) -> Batches:
    """Batches of rows of similar length with `buckets`, of random rows without."""

    def plan_of(*, seed: int, epoch: int) -> Plan:
        if not buckets:
            return plan.shuffled(len(store), batch_size, seed=seed, epoch=epoch)
        lengths = inputs.padded_lengths(store)
        return plan.bucketed(lengths, batch_size, mixed=inputs.mixed, seed=seed, epoch=epoch)

    def describe(records: Records, row: int) -> Mapping[str, str]:
        record = records.rows([row])
        text = text_of(record)
        return {
            "text": text,
            "label": str(record["label"][0]),
            "tokenized": joined_tokens(tokens_of(text)),
        }

    return Batches(
        examples=len(store),
        tokens=len(store.ragged("text_ids").values),
        signature=inputs.signature,
        plan=plan_of,
        gather=lambda rows: inputs.gather(store, rows, tight=not buckets),
        describe=describe,
    )
