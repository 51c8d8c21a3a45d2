"""How a text becomes training windows: in random order, or as parallel streams that carry a state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from seqlab.data.batching import plan
from seqlab.data.batching.batches import Batches
from seqlab.data.batching.pipeline import Batch
from seqlab.data.batching.plan import Plan
from seqlab.data.records import Records
from seqlab.data.spool import portions
from seqlab.data.store import Store
from seqlab.errors import DataError
from seqlab.text.vocabulary import NO_ID
from seqlab.text_format import counted, joined_tokens


def training_batches(
    store: Store,
    *,
    batch_size: int,
    window: int,
    shift: int | None,
    stateful: bool,
    decode: Callable[[Sequence[int]], str],
) -> Batches:
    """Windows of `window` + 1 ids: all but the last are read, all but the first are predicted.

    Raises DataError if the text is shorter than one window (with `stateful`, one window per stream), or has tokens
    without an id, which only `vectorizer.fit.take` can leave out of the vocabulary.
    """
    text = store.ragged("text_ids")
    ids = text.values
    if any((part == NO_ID).any() for part in portions(ids)):
        raise DataError(
            "the training text has characters that vectorizer.fit.take left out of the vocabulary: raise it"
        )
    needed = window * (batch_size if stateful else 1) + 1
    if len(ids) < needed:
        streams = f" in each of {batch_size} streams" if stateful else ""
        raise DataError(
            f"the training text has {counted(len(ids), 'token')}, but a window of {window}{streams} needs {needed:,}: "
            "lower training.window or training.batch_size, or provide a longer text"
        )

    def plan_of(*, seed: int, epoch: int) -> Plan:
        if stateful:
            return plan.streams(len(ids), batch_size, window=window)
        return plan.windows(len(ids), batch_size, window=window, shift=shift, seed=seed, epoch=epoch)

    def gather(rows: np.ndarray) -> Batch:
        return {"ids": text.windows(rows, window + 1).astype(np.int32, copy=False)}

    def describe(records: Records, row: int) -> Mapping[str, str]:
        (window_ids,) = gather(np.array([row]))["ids"]
        tokens = [decode([index]) for index in window_ids]
        return {"input": joined_tokens(tokens[:-1]), "targets": joined_tokens(tokens[1:])}

    return Batches(
        examples=len(ids),  # speed is measured in tokens
        tokens=len(ids),
        signature={"ids": ("int32", (None, None))},
        plan=plan_of,
        gather=gather,
        describe=describe,
    )
