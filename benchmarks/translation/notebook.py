"""The way of the course's notebook, written plainly: sentences padded to 50, Keras layers, a word at a time."""

import re
import zipfile
from pathlib import Path

import keras
import numpy as np

WORDS, LENGTH, BATCH = 1000, 50, 32


def pairs(folder, number):
    """The first pairs of the shuffled file, without the inverted marks."""
    with zipfile.ZipFile(Path(folder) / "spa_eng" / "spa-eng.zip") as archive:
        lines = archive.read("spa-eng/spa.txt").decode("utf-8").splitlines()
    chosen = np.random.default_rng(42).permutation(len(lines))[:number]
    split = [lines[place].split("\t") for place in chosen]
    return [each[0] for each in split], [re.sub("[¡¿]", "", each[1]) for each in split]


def vectorizers(sources, targets):
    source = keras.layers.TextVectorization(WORDS, output_sequence_length=LENGTH)
    target = keras.layers.TextVectorization(WORDS, output_sequence_length=LENGTH)
    source.adapt(sources)
    target.adapt([f"startofseq {text} endofseq" for text in targets])
    return source, target


def compiled_model():
    encoder_inputs = keras.Input((LENGTH,), dtype="int64")
    decoder_inputs = keras.Input((LENGTH,), dtype="int64")
    embedded = keras.layers.Embedding(WORDS, 128, mask_zero=True)(encoder_inputs)
    encoder = keras.layers.Bidirectional(keras.layers.LSTM(256, return_sequences=True, return_state=True))
    outputs, *states = encoder(embedded)
    states = [keras.layers.Concatenate()(states[place::2]) for place in (0, 1)]
    words = keras.layers.Embedding(WORDS, 128, mask_zero=True)(decoder_inputs)
    decoded = keras.layers.LSTM(512, return_sequences=True)(words, initial_state=states)
    seen = keras.layers.Attention()([decoded, outputs])
    probabilities = keras.layers.Dense(WORDS, activation="softmax")(seen)
    model = keras.Model([encoder_inputs, decoder_inputs], probabilities)
    model.compile(loss="sparse_categorical_crossentropy", optimizer="nadam", metrics=["accuracy"])
    return model
