"""The lab's way: one pair of a context word and its center at a time, as a plain Keras loop of `train_on_batch`."""

import sys
import time

import keras
import numpy as np
from processes import answer

from seqlab import config
from seqlab.data.splits.load_splits import locate
from seqlab.experiment.prepare_data import prepare_data
from seqlab.progress import SILENT
from seqlab.tasks.word_vectors.batching import windows

experiment = config.load("tweets/word2vec", sys.argv[1:]).experiment
WARM_UP = 50
"""Pairs before the clock starts, of which the first one compiles the step."""


def pairs() -> np.ndarray:
    """(pairs, 2) ids: a word of the context, and its center."""
    prepared = prepare_data(experiment, locate(experiment.data, SILENT), SILENT)
    rows = prepared.stores["train"].ragged("text_ids")
    documents = rows.gather(np.arange(len(rows)))
    window = experiment.model.window
    return np.array(
        [(other, word) for row in documents for word, around in windows(row.tolist(), window) for other in around]
    )


def reply(timed: int) -> dict[str, float]:
    """Seconds of `timed` pairs, and how many pairs the recipe's epochs have."""
    chosen = pairs()
    vocabulary = int(chosen.max()) + 1
    model = keras.Sequential(
        [
            keras.layers.Embedding(vocabulary, experiment.model.dimensions, embeddings_initializer="random_normal"),
            keras.layers.Dense(vocabulary, use_bias=False),
        ]
    )
    model.compile(
        keras.optimizers.AdamW(3e-4, weight_decay=0.01),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    order = np.random.default_rng(experiment.runtime.seed).permutation(len(chosen))
    slice_of = chosen[np.resize(order, WARM_UP + timed)]
    for number, (context, center) in enumerate(slice_of):
        if number == WARM_UP:
            started = time.perf_counter()
        model.train_on_batch(np.array([context]), np.array([center]))
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "timed": timed, "pairs": len(chosen) * experiment.training.epochs}


answer(reply)
