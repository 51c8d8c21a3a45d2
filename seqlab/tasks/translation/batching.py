"""How sentence pairs become training batches: by length, by tokens, or at random."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from seqlab.data.batching import plan
from seqlab.data.batching.batches import Batches
from seqlab.data.batching.padding import padded
from seqlab.data.batching.pipeline import Batch
from seqlab.data.batching.plan import Plan
from seqlab.data.records import Records
from seqlab.data.store import Store
from seqlab.text_format import joined_tokens

SIDES = ("source", "target")
POSITIONS = "positions"
"""(tokens,), where the target ids after the first are not padding, counted over all rows. Found here, on the host: the
shape of all that follows depends on how many there are, and a GPU would be waited for."""


def training_batches(
    store: Store,
    *,
    batch_size: int,
    batch_tokens: int | None,
    buckets: bool,
    tokens_of: Mapping[str, Callable[[Sequence[int]], list[str]]],
) -> Batches:
    """Pairs of similar length, first of the target, then of the source; at random without `buckets`."""
    ids = {side: store.ragged(f"{side}_ids") for side in SIDES}
    source, target = (ids[side].lengths for side in SIDES)

    def plan_of(*, seed: int, epoch: int) -> Plan:
        if batch_tokens is not None:
            return plan.by_tokens(np.maximum(source, target), batch_tokens, seed=seed, epoch=epoch)
        if not buckets:
            return plan.shuffled(len(store), batch_size, seed=seed, epoch=epoch)
        lengths = target * (source.max() + 1) + source
        return plan.bucketed(lengths, batch_size, mixed=True, seed=seed, epoch=epoch)

    def gather(rows: np.ndarray) -> Batch:
        chosen = {side: ids[side].gather(rows) for side in SIDES}
        batch = {side: padded(each, int(each.lengths.max())) for side, each in chosen.items()}
        return batch | {POSITIONS: np.flatnonzero(batch["target"][:, 1:]).astype(np.int32)}

    def describe(records: Records, row: int) -> Mapping[str, str]:
        texts = {f"{side} text": str(records[side][row]) for side in SIDES}
        return texts | {f"{side} tokenized": joined_tokens(tokens_of[side](ids[side][row].tolist())) for side in SIDES}

    return Batches(
        examples=len(store),
        tokens=int(source.sum() + target.sum()),
        signature={**dict.fromkeys(SIDES, ("int32", (None, None))), POSITIONS: ("int32", (None,))},
        plan=plan_of,
        gather=gather,
        describe=describe,
    )
