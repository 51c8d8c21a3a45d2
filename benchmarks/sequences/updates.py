"""What an optimizer costs where the table is large, alone and within the step of a BiLSTM: seqlab's, or with `keras`
Keras' own on dense gradients. Ids follow Zipf's law, as words do."""

import sys
import time

import numpy as np
from processes import answer

from seqlab import config, runtime

MINE = sys.argv[1] == "ours"
runtime.prepare(seed=0)

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

from seqlab.models.classification import ClassifierContext  # noqa: E402
from seqlab.tasks.classification.loss import ClassificationLoss  # noqa: E402
from seqlab.training.optimizers.row_updates import OPTIMIZERS, gradients_for  # noqa: E402
from seqlab.training.train_step import as_tensors, compile_steps  # noqa: E402

chosen = config.load(sys.argv[2]).experiment
WORDS, BATCH, TIME = chosen.vectorizer.max_tokens, chosen.training.batch_size, chosen.vectorizer.max_length


def optimizer_called(name):
    return OPTIMIZERS[name](1e-3) if MINE else keras.optimizers.get({"class_name": name, "config": {}})


def ids():
    odds = 1 / np.arange(1, WORDS + 1)
    return np.random.default_rng(0).choice(WORDS, (BATCH, TIME), p=odds / odds.sum()).astype(np.int32)


def updates(name):
    """Sum the gradient of the rows, take its norm, update: nothing else."""
    optimizer, places = optimizer_called(name), tf.constant(ids().ravel())
    table = keras.Variable(np.random.default_rng(1).normal(size=(WORDS, chosen.model.embedding)), dtype="float32")
    rows, shape = tf.random.normal((BATCH * TIME, chosen.model.embedding)), tf.constant([WORDS, chosen.model.embedding])
    optimizer.build([table])

    @tf.function
    def many(number):
        for step in tf.range(number):
            # Other rows at every step, so that nothing can be taken out of the loop.
            gradient = tf.IndexedSlices(rows, (places + step) % WORDS, shape)
            gradients = gradients_for(optimizer, [gradient], [table.value])
            if tf.math.is_finite(tf.linalg.global_norm(gradients)):
                optimizer.apply(gradients, [table])

    return lambda number: many(tf.constant(number))


def whole_steps(name):
    """The training step that seqlab takes, the optimizer apart."""
    model = chosen.model.build(ClassifierContext(WORDS, 1, False, TIME))
    optimizer = optimizer_called(name)
    optimizer.build(model.trainable_variables)
    loss_function = ClassificationLoss(2, loss=None, class_weights=None, label_smoothing=0.0)
    steps = compile_steps(model, optimizer, loss_function, jit_compile=False)
    batch = {"ids": ids(), "targets": np.arange(BATCH, dtype=np.int32) % 2}
    batches = iter(tf.data.Dataset.from_tensors((batch,)).repeat())
    return lambda number: steps(batches, tf.constant(number), as_tensors(loss_function.figures, {}))


def reply(asked):
    """A kind and an optimizer prepare it and take one step, a number takes that many: the seconds."""
    started = time.perf_counter()
    if isinstance(asked, dict):
        prepare = whole_steps if asked["whole_step"] else updates
        reply.run = prepare(asked["optimizer"])
        asked = 1
    reply.run(asked)
    return time.perf_counter() - started


answer(reply)
