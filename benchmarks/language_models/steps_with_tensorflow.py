"""seqlab's training step and pipeline; with `keras` the same around the Keras layers."""

import sys
import time

import numpy as np
from processes import answer

from seqlab import runtime

MINE = sys.argv[1] == "ours"
# As `seqlab train` does it. Keras is spared what determinism may cost.
runtime.prepare(seed=0, deterministic=MINE)

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

from seqlab.data.batching import pipeline, plan  # noqa: E402
from seqlab.layers.embedding import Embedding  # noqa: E402
from seqlab.models.language_modeling.recurrent_network import RecurrentLanguageModelNetwork  # noqa: E402
from seqlab.tasks.language_modeling.loss import NextTokenLoss  # noqa: E402
from seqlab.training.optimizers.row_updates import OPTIMIZERS  # noqa: E402
from seqlab.training.train_step import as_tensors, compile_steps  # noqa: E402

LAYERS = {"simple_rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
LENGTH = 1_000_000


def ours(shape):
    options = {name: shape[name] for name in ("cell", "units", "layers", "dropout")}
    embedding = Embedding(shape["vocabulary"], shape["embedding"], initializer="uniform", name="embedding")
    model = RecurrentLanguageModelNetwork(shape["vocabulary"], embedding=embedding, tied=False, **options)
    model({"ids": tf.zeros((1, 1), tf.int32)})
    return model, OPTIMIZERS["adam"](1e-3)


def of_keras(shape):
    ids = keras.Input((None,), dtype="int32", name="ids")
    hidden = keras.layers.Embedding(shape["vocabulary"], shape["embedding"])(ids)
    for _ in range(shape["layers"]):
        hidden = LAYERS[shape["cell"]](shape["units"], return_sequences=True)(hidden)
        hidden = keras.layers.Dropout(shape["dropout"])(hidden)
    return keras.Model({"ids": ids}, keras.layers.Dense(shape["vocabulary"])(hidden)), keras.optimizers.Adam(1e-3)


def batches(shape):
    text = np.random.default_rng(0).integers(0, shape["vocabulary"], LENGTH).astype(np.int32)
    batching = plan.Batching(shape["batch"], window=shape["window"], shift=shape["window"])
    order = plan.windows(LENGTH, batching, seed=0, epoch=1)[:-1]
    inside = np.arange(shape["window"] + 1)
    signature = {"ids": ("int32", (None, None))}
    return iter(pipeline.batches(order, lambda rows: {"ids": text[rows[:, None] + inside]}, signature).repeat())


def prepared(shape):
    model, optimizer = (ours if MINE else of_keras)(shape)
    optimizer.build(model.trainable_variables)
    loss_function = NextTokenLoss(model, label_smoothing=0.0, rows=None)
    steps, given = compile_steps(model, optimizer, loss_function, jit_compile=False), batches(shape)
    return lambda number: steps(given, tf.constant(number), as_tensors(loss_function.figures, {}))


def reply(asked):
    """A shape prepares it and takes one step, a number takes that many: the seconds."""
    started = time.perf_counter()
    if isinstance(asked, dict):
        reply.run = prepared(asked)
        asked = 1
    done, _ = reply.run(asked)
    assert int(done) == asked
    return time.perf_counter() - started


answer(reply)
