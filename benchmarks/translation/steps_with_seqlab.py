"""Training steps of a recipe on its real data, as `seqlab train` takes them, and its batches for others to take."""

import sys
import time

import numpy as np
from processes import answer

from seqlab import config, runtime
from seqlab.data.batching import pipeline
from seqlab.progress import SILENT
from seqlab.tasks import TASKS
from seqlab.tasks.prepared import prepare

SAVED = 200
"""Batches that others get: the first of the first epoch."""

chosen = config.load(sys.argv[1], sys.argv[2:]).experiment
training = chosen.training
prepared = prepare(TASKS[chosen.task], chosen.data, chosen.vectorizer, chosen.model, SILENT)
runtime.prepare(seed=chosen.runtime.seed)

import tensorflow as tf  # noqa: E402

from seqlab.training.optimizers.build import build_optimizer  # noqa: E402
from seqlab.training.train_step import as_tensors, compile_steps  # noqa: E402

task, store, batching = prepared.task, prepared.stores["train"], training.batching
order = task.order(store, batching, seed=chosen.runtime.seed, epoch=1)[:SAVED]
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
loss_function = task.loss_function(store, model, batching, loss=None, class_weights=None, label_smoothing=0.0)
steps = compile_steps(model, optimizer, loss_function, jit_compile=False)
batches = iter(pipeline.batches(order, lambda rows: task.gather(store, rows, batching), task.signature).repeat())


def reply(asked):
    """A number takes that many steps: the seconds. A path gets the batches."""
    if isinstance(asked, str):
        gathered = [task.gather(store, rows, batching) for rows in order]
        np.savez(asked, **{f"{side}_{n}": batch[side] for n, batch in enumerate(gathered) for side in batch})
        return sum(map(len, order)) / len(order)
    started = time.perf_counter()
    done, _ = steps(batches, tf.constant(asked), as_tensors(loss_function.figures, {}))
    assert int(done) == asked
    return time.perf_counter() - started


answer(reply)
