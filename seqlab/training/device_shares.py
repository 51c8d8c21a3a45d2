"""Rows that are the same batch after batch, divided among the devices that share each step."""

from __future__ import annotations

import tensorflow as tf


def rows_of_device(whole: tf.Tensor) -> tf.Tensor:
    """The rows of this device, (share, …), of all rows of a batch, (batch, …): as the pipeline divides a batch, the
    first devices have one more where the rows cannot be divided evenly."""
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return whole
    number = tf.cast(context.replica_id_in_sync_group, tf.int32)
    size, larger = divmod(int(whole.shape[0]), context.num_replicas_in_sync)
    start = number * size + tf.minimum(number, larger)
    return whole[start : start + size + tf.cast(number < larger, tf.int32)]


def rows_of_all_devices(share: tf.Tensor) -> tf.Tensor:
    """The rows of all devices in their order, (batch, …), of those of each, (share, …)."""
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return share
    rows: tf.Tensor = context.all_gather(share, axis=0)
    return rows
