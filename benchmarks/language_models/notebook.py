"""The way of the course's notebook, written plainly: every window of 101 characters, a shuffle buffer, Keras layers."""

from pathlib import Path

import keras
import tensorflow as tf

WINDOW, BATCH, BUFFER = 100, 32, 100_000
TRAIN, VALIDATION = 1_000_000, 1_060_000


def encoded(path):
    """The layer that makes ids of texts (from 2 on: 0 and 1 are for padding and the unknown), the ids of the whole
    text from 0 on, and how many different ones there are."""
    text = Path(path).read_text(encoding="utf-8")
    vectorize = keras.layers.TextVectorization(split="character", standardize="lower")
    vectorize.adapt([text])
    return vectorize, vectorize([text])[0] - 2, vectorize.vocabulary_size() - 2


def windows(ids):
    """Batches (32, 100) of inputs and targets: windows that begin at every character, shuffled."""
    dataset = tf.data.Dataset.from_tensor_slices(ids)
    dataset = dataset.window(WINDOW + 1, shift=1, drop_remainder=True)
    dataset = dataset.flat_map(lambda window: window.batch(WINDOW + 1))
    dataset = dataset.shuffle(BUFFER, seed=42).batch(BATCH)
    return dataset.map(lambda batch: (batch[:, :-1], batch[:, 1:])).prefetch(1)


def compiled_model(characters):
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int64"),
            keras.layers.Embedding(characters, 16),
            keras.layers.GRU(128, return_sequences=True),
            keras.layers.Dense(characters, activation="softmax"),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy", optimizer="nadam", metrics=["accuracy"])
    return model
