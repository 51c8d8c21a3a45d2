"""Steps of the first epoch of a recipe on its real data, as `seqlab train` takes them."""

import sys
import time

import numpy as np
from processes import answer

from seqlab import config, runtime
from seqlab.data.batching import pipeline
from seqlab.progress import SILENT
from seqlab.tasks import TASKS
from seqlab.tasks.prepared import prepare

chosen = config.load(sys.argv[1], sys.argv[2:]).experiment
training = chosen.training
prepared = prepare(TASKS[chosen.task], chosen.data, chosen.vectorizer, chosen.model, SILENT)
runtime.prepare(seed=chosen.runtime.seed, threads=chosen.runtime.threads)

import tensorflow as tf  # noqa: E402

from seqlab.training.optimizers.build import build_optimizer  # noqa: E402
from seqlab.training.train_step import as_tensors, compile_steps  # noqa: E402

task, store, batching = prepared.task, prepared.stores["train"], training.batching
order = task.order(store, batching, seed=chosen.runtime.seed, epoch=1)


def gathered(rows):
    return task.gather(store, rows, batching)


model = task.build(store)
optimizer = build_optimizer(
    training.optimizer,
    learning_rate=training.learning_rate,
    schedule=training.schedule,
    clip_norm=training.clip_norm,
    devices=1,
    steps=training.epochs * len(order),
)
optimizer.build(model.trainable_variables)
loss_function = task.loss_function(
    store, model, batching, loss=None, class_weights=None, label_smoothing=training.label_smoothing
)
steps = compile_steps(model, optimizer, loss_function, jit_compile=False)
batches = iter(pipeline.batches(order, gathered, task.signature).repeat())


def reply(asked):
    """A number takes that many steps: the seconds. Anything else is told how large an epoch is."""
    if not isinstance(asked, int):
        widths = [gathered(rows)["ids"].shape for rows in order]
        tokens = int(np.minimum(task.lengths(store), chosen.vectorizer.max_length or np.inf).sum())
        return {"steps": len(order), "padded": sum(rows * width for rows, width in widths), "tokens": tokens}
    started = time.perf_counter()
    done, _ = steps(batches, tf.constant(asked), as_tensors(loss_function.figures, {}))
    assert int(done) == asked
    return time.perf_counter() - started


answer(reply)
