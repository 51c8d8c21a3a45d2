"""Training steps of a recipe on its real data, as `seqlab train` takes them, and its batches for others to take."""

import sys
import time

import numpy as np
from processes import answer

from seqlab import config, runtime
from seqlab.data.batching import pipeline
from seqlab.data.splits.load_splits import locate
from seqlab.experiment.prepare_data import prepare_data
from seqlab.progress import SILENT

SAVED = 200
"""Batches that others get: the first of the first epoch."""

chosen = config.load(sys.argv[1], sys.argv[2:]).experiment
training = chosen.training
prepared = prepare_data(chosen, locate(chosen.data), SILENT)
runtime.prepare(seed=chosen.runtime.seed)

import tensorflow as tf  # noqa: E402

from seqlab.training.optimizers.build import build_optimizer  # noqa: E402
from seqlab.training.train_step import as_tensors, compile_steps  # noqa: E402

task, store = prepared.task, prepared.stores["train"]
planned = task.batches(store, training)
order = planned.plan(seed=chosen.runtime.seed, epoch=1)[:SAVED]
model = task.build(store)
optimizer = build_optimizer(
    training.optimizer,
    learning_rate=training.learning_rate,
    schedule=training.schedule,
    clip_norm=training.clip_norm,
    devices=1,
    steps=len(order),
)
optimizer.build(model.trainable_variables)
loss_function = task.loss(store, model, training.model_copy(update={"label_smoothing": 0.0}))
steps = compile_steps(model, optimizer, loss_function, jit_compile=False)
batches = iter(pipeline.batches(order, planned.gather, planned.signature).repeat())


def reply(asked):
    """A number takes that many steps: the seconds. A path gets the batches."""
    if isinstance(asked, str):
        gathered = [planned.gather(rows) for rows in order]
        np.savez(asked, **{f"{side}_{n}": batch[side] for n, batch in enumerate(gathered) for side in batch})
        return sum(map(len, order)) / len(order)
    started = time.perf_counter()
    done, _ = steps(batches, tf.constant(asked), as_tensors(loss_function.metric_names, {}))
    assert int(done) == asked
    return time.perf_counter() - started


answer(reply)
