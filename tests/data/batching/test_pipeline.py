"""From a plan to batches of tensors."""

import gc
import weakref

import numpy as np
import pytest
import tensorflow as tf

from seqlab.data.batching.pipeline import batches, specification

SIGNATURE = {"ids": ("int32", (None, None)), "weights": ("float32", (None,))}
PLAN = [np.array([3, 1]), np.array([0, 2, 4])]


def gather(rows):
    return {"weights": rows / 2, "other": rows, "ids": np.repeat(rows[:, None], 3, axis=1)}


def test_batches_have_the_order_of_the_plan_and_the_types_of_the_signature():
    made = [batch for (batch,) in batches(PLAN, gather, SIGNATURE)]
    assert [batch["ids"][:, 0].numpy().tolist() for batch in made] == [[3, 1], [0, 2, 4]]
    assert [batch["weights"].numpy().tolist() for batch in made] == [[1.5, 0.5], [0, 1, 2]]
    assert {name: (value.dtype.name, value.shape.rank) for name, value in made[0].items()} == {
        "ids": ("int32", 2),
        "weights": ("float32", 1),
    }


@pytest.mark.parametrize("shares", [1, 2])
def test_the_shares_of_all_devices_are_the_batch(shares):
    for rows, parts in zip(PLAN, batches(PLAN, gather, SIGNATURE, shares=shares), strict=True):
        assert len(parts) == shares
        assert np.concatenate([part["ids"][:, 0] for part in parts]).tolist() == rows.tolist()


def test_a_function_traced_for_the_specification_takes_batches_of_all_sizes():
    total = tf.function(lambda batch: tf.reduce_sum(batch["ids"]), input_signature=[specification(SIGNATURE)])
    assert [int(total(batch)) for (batch,) in batches(PLAN, gather, SIGNATURE)] == [12, 18]
    assert total.experimental_get_tracing_count() == 1


def test_a_plan_of_parts():
    """Every row once, in the order of the plan; a batch with less rows than parts has less parts."""
    plan = [np.arange(5), np.array([9]), np.array([7, 8])]
    given = batches(plan, lambda rows: {"rows": rows}, {"rows": ("int64", (None,))}, parts=3)
    found = [(share["rows"].numpy().tolist(), int(part), int(parts)) for (share,), part, parts in given]
    assert found == [([0, 1], 0, 3), ([2, 3], 1, 3), ([4], 2, 3), ([9], 0, 1), ([7], 0, 2), ([8], 1, 2)]
    of_two = batches(plan[:1], lambda rows: {"rows": rows}, {"rows": ("int64", (None,))}, shares=2, parts=3)
    assert [[share["rows"].numpy().tolist() for share in shares] for shares, *_ in of_two] == [
        [[0, 1], [2]],
        [[3], [4]],
    ]
    assert list(batches([], lambda rows: {"rows": rows}, {"rows": ("int64", (None,))}, parts=3)) == []


@pytest.mark.parametrize("parts", [1, 2])
def test_what_was_read_is_let_go(parts):
    """TensorFlow keeps the function of a pipeline for the life of the process: holding the rows, it kept 18 files of
    each training open."""

    class Rows:
        def gather(self, rows):
            return gather(rows)

    rows = Rows()
    known = weakref.ref(rows)
    read = iter(batches(PLAN * 20, rows.gather, SIGNATURE, parts=parts))
    del rows
    gc.collect()
    assert len([next(read) for _ in range(30)]) == 30, "an iterator has all it needs"
    del read
    gc.collect()
    assert known() is None


@pytest.mark.parametrize("parts", [1, 2])
def test_no_thread_tunes_the_pipeline(parts):
    """Whether the end of an iterator waits for that thread is chance, for up to as long as the epoch took."""
    assert batches(PLAN, gather, SIGNATURE, parts=parts).options().autotune.enabled is False
