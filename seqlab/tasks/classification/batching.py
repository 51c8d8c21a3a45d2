"""How prepared texts become the batches that a classifier reads: bags, or sequences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from seqlab.data.batching.padding import padded, round_lengths
from seqlab.data.batching.pipeline import Batch, Signature
from seqlab.data.store import Store


class Inputs(Protocol):
    """What differs between bags and sequences."""

    @property
    def signature(self) -> Signature:
        """The tensors of a batch: name → dtype and shape."""

    @property
    def mixed(self) -> bool:
        """Whether rows of different padded lengths may share a batch."""

    def padded_lengths(self, store: Store) -> np.ndarray:
        """To which length each row is padded, (rows,)."""

    def gather(self, store: Store, rows: np.ndarray, *, tight: bool) -> Batch:
        """The arrays of a batch. `tight`: rows are padded to the longest of the batch, whatever each would be."""


@dataclass(frozen=True)
class Bags:
    """The tokens of all texts one after the other, and where each text begins: nothing is padded."""

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
        tokens = store.ragged("tokens").gather(rows)
        batch = {"tokens": tokens.values, "offsets": tokens.offsets, "targets": store.flat("targets")[rows]}
        if self.weighted:
            batch["weights"] = store.ragged("weights").gather(rows).values
        return batch


@dataclass(frozen=True)
class Sequences:
    """Ids in order, (batch, time), zeros behind each row.

    `skips_padding`: to the model, padding is not there; a batch is as wide as its widest row. Else padding is part of
    what it reads: a row is padded to `max_length`, or to its own round length where there is none, and shares its
    batch with rows of that length only.
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
        lengths = store.ragged("tokens").lengths
        if self.max_length is not None and not self.skips_padding:
            return np.full_like(lengths, self.max_length)
        return round_lengths(lengths, self.max_length)

    def gather(self, store: Store, rows: np.ndarray, *, tight: bool) -> Batch:
        ids = store.ragged("tokens").gather(rows)
        longest = int(ids.lengths.max())
        if tight or self.max_length is None or self.skips_padding:
            width = int(round_lengths(np.array([longest]), self.max_length)[0])
        else:
            width = self.max_length
        return {"ids": padded(ids, width), "targets": store.flat("targets")[rows]}
