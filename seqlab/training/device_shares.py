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
    devices, device = _devices()
    if devices == 1 and PART not in batch:
        return whole
    return tf.gather(whole, _first_row(whole, batch, devices, device) + tf.range(rows))


def with_rows_of_share(whole: tf.Tensor, batch: Mapping[str, tf.Tensor], share: tf.Tensor) -> tf.Tensor:
    """All rows of a batch, (batch, …), with those of what is computed now, on all devices, replaced by `share`."""
    devices, device = _devices()
    if devices == 1 and PART not in batch:
        return share
    rows = tf.shape(share)[0]
    own = tf.range(whole.shape[0]) - _first_row(whole, batch, devices, device)
    spread = tf.gather(share, tf.clip_by_value(own, 0, rows - 1))
    spread = tf.where(_like(whole, (own >= 0) & (own < rows)), spread, 0)
    if devices > 1:  # gathering them would need the same number of rows at each call
        spread = tf.distribute.get_replica_context().all_reduce("sum", spread)
    if PART not in batch:
        return spread
    first, after = (_first_row(whole, batch, devices, tf.constant(device)) for device in (0, devices))
    number = tf.range(whole.shape[0])
    return tf.where(_like(whole, (number >= first) & (number < after)), spread, whole)


def updates_after(batch: Mapping[str, tf.Tensor]) -> float | tf.Tensor:
    """How many updates follow on this batch, () float32: 1, and 0 for a part that is not the last one."""
    return 1.0 if PART not in batch else tf.cast(batch[PART] + 1 >= batch[PARTS], tf.float32)


def _devices() -> tuple[int, tf.Tensor]:
    """How many devices share a step, and the number of this one, () int32."""
    context = tf.distribute.get_replica_context()
    return context.num_replicas_in_sync, tf.cast(context.replica_id_in_sync_group, tf.int32)


def _first_row(whole: tf.Tensor, batch: Mapping[str, tf.Tensor], devices: int, device: tf.Tensor) -> tf.Tensor:
    """Of the share of a device in the part that is computed now."""
    shares, share = batch.get(PARTS, 1) * devices, batch.get(PART, 0) * devices + device
    size, larger = whole.shape[0] // shares, whole.shape[0] % shares
    return share * size + tf.minimum(share, larger)


def _like(whole: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
    """Of each row, (batch,), with as many axes as `whole`."""
    return tf.reshape(rows, (-1, *(1 for _ in whole.shape[1:])))
