"""Steps of the first epoch of a recipe on its real data, as `seqlab train` takes them."""

import sys
import time

import numpy as np
from processes import answer

from seqlab import config, runtime
from seqlab.data.batching import pipeline
from seqlab.data.splits.load_splits import locate
from seqlab.experiment.prepare_data import prepare_data
from seqlab.progress import SILENT

chosen = config.load(sys.argv[1], sys.argv[2:]).experiment
training = chosen.training
prepared = prepare_data(chosen, locate(chosen.data), SILENT)
runtime.prepare(seed=chosen.runtime.seed, threads=chosen.runtime.threads)

import tensorflow as tf  # noqa: E402

from seqlab.training.optimizers.build import build_optimizer  # noqa: E402
from seqlab.training.train_step import as_tensors, compile_steps  # noqa: E402

task, store = prepared.task, prepared.stores["train"]
planned = task.batches(store, training)
order = planned.plan(seed=chosen.runtime.seed, epoch=1)
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
loss_function = task.loss(store, model, training)
steps = compile_steps(model, optimizer, loss_function, jit_compile=False)
batches = iter(pipeline.batches(order, planned.gather, planned.signature).repeat())


def reply(asked):
    """A number takes that many steps: the seconds. Anything else is told how large an epoch is."""
    if not isinstance(asked, int):
        widths = [planned.gather(rows)["ids"].shape for rows in order]
        tokens = int(np.minimum(store.ragged("text_ids").lengths, chosen.vectorizer.max_length or np.inf).sum())
        return {"steps": len(order), "padded": sum(rows * width for rows, width in widths), "tokens": tokens}
    started = time.perf_counter()
    done, _ = steps(batches, tf.constant(asked), as_tensors(loss_function.metric_names, {}))
    assert int(done) == asked
    return time.perf_counter() - started


answer(reply)
