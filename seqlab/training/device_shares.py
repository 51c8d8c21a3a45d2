"""Rows that are the same batch after batch, divided among the devices that share each step, and the parts in which a
batch is computed."""

from __future__ import annotations

from collections.abc import Mapping

import tensorflow as tf

PART, PARTS = "part", "parts"
"""In a batch that is a part of one: its number, from 0, and how many parts there are, () int32 each."""


def rows_of_share(whole: tf.Tensor, batch: Mapping[str, tf.Tensor], rows: tf.Tensor) -> tf.Tensor:
    """The rows of what is computed here, (rows, …), of all rows of a batch, (batch, …): as the pipeline divides a
    batch, the first shares have one more where the rows cannot be divided evenly.

    `batch`: the part on this device. `rows`: how many it has, () int32.
    """
    context = tf.distribute.get_replica_context()
    devices = context.num_replicas_in_sync
    if devices == 1 and PART not in batch:
        return whole
    device = tf.cast(context.replica_id_in_sync_group, tf.int32)
    start = _first_row(whole, batch.get(PART, 0) * devices + device, batch.get(PARTS, 1) * devices)
    return tf.gather(whole, start + tf.range(rows))


def with_rows_of_share(whole: tf.Tensor, batch: Mapping[str, tf.Tensor], share: tf.Tensor) -> tf.Tensor:
    """All rows of a batch, (batch, …), with those of what is computed here, on all devices, replaced by `share`."""
    context = tf.distribute.get_replica_context()
    devices = context.num_replicas_in_sync
    rows = share if devices == 1 else context.all_gather(share, axis=0)
    if PART not in batch:
        return rows
    number = tf.range(whole.shape[0]) - _first_row(whole, batch[PART] * devices, batch[PARTS] * devices)
    inside = (number >= 0) & (number < tf.shape(rows)[0])
    spread = tf.gather(rows, tf.clip_by_value(number, 0, tf.shape(rows)[0] - 1))
    return tf.where(tf.reshape(inside, (-1, *(1 for _ in whole.shape[1:]))), spread, whole)


def updates_after(batch: Mapping[str, tf.Tensor]) -> float | tf.Tensor:
    """How many updates follow on this batch, () float32: 1, and 0 for a part that is not the last one."""
    return 1.0 if PART not in batch else tf.cast(batch[PART] + 1 >= batch[PARTS], tf.float32)


def _first_row(whole: tf.Tensor, share: tf.Tensor, shares: tf.Tensor) -> tf.Tensor:
    size, larger = whole.shape[0] // shares, whole.shape[0] % shares
    return share * size + tf.minimum(share, larger)
