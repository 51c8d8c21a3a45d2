"""Sentence pairs as training batches."""

import numpy as np
import pytest

from seqlab.data.ragged import Ragged
from seqlab.data.records import Records
from seqlab.data.store import Store
from seqlab.tasks.translation.batching import training_batches

LENGTHS = np.random.default_rng(0).integers(1, 30, (2, 60))
STORE = Store(
    {
        f"{side}_ids": Ragged.from_rows([np.full(length, 5) for length in lengths])
        for side, lengths in zip(("source", "target"), LENGTHS, strict=True)
    }
)


def batches(**options):
    given = {"batch_size": 8, "batch_tokens": None, "buckets": True} | options
    names = {side: lambda ids: [str(index) for index in ids] for side in ("source", "target")}
    return training_batches(STORE, tokens_of=names, **given)


@pytest.mark.parametrize("options", [{}, {"buckets": False}, {"batch_tokens": 100}])
def test_each_pair_is_in_one_batch_and_both_sides_are_padded_to_their_longest(options):
    made = batches(**options)
    order = made.plan(seed=1, epoch=1)
    assert sorted(np.concatenate(order).tolist()) == list(range(60))
    for rows in order:
        batch = made.gather(rows)
        for side, lengths in zip(("source", "target"), LENGTHS, strict=True):
            assert batch[side].shape == (len(rows), lengths[rows].max())
            assert ((batch[side] != 0).sum(axis=1) == lengths[rows]).all()
        after_first = batch["target"][:, 1:].ravel()
        assert (after_first[batch["positions"]] != 0).all()
        assert len(batch["positions"]) == (after_first != 0).sum()
    assert (made.examples, made.tokens) == (60, LENGTHS.sum())


def test_batches_by_tokens_stay_within_their_bound_and_buckets_waste_less():
    for rows in batches(batch_tokens=100).plan(seed=1, epoch=1):
        assert len(rows) * LENGTHS[:, rows].max() <= 100
    padding = [
        sum(len(rows) * LENGTHS[1, rows].max() for rows in batches(buckets=buckets).plan(seed=1, epoch=1))
        for buckets in (True, False)
    ]
    assert padding[0] < 0.8 * padding[1]


def test_a_pair_as_text():
    records = Records({"source": ["a b"] * 60, "target": ["c"] * 60})
    described = batches().describe(records, 3)
    assert (described["source text"], described["target text"]) == ("a b", "c")
    assert described["source tokenized"] == " | ".join(["5"] * LENGTHS[0, 3])
