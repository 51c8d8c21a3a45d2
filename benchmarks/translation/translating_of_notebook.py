"""Translating the notebook's way: for every word `predict` reads both sentences, padded to 50. The weights are not
trained, which makes no difference to the time of a word."""

import sys
import time

import numpy as np
import tensorflow as tf
from notebook import LENGTH, compiled_model, pairs, vectorizers
from processes import answer

sources, targets = pairs(sys.argv[1], 2_000)
source, target = vectorizers(sources, targets)
vocabulary = target.get_vocabulary()
model = compiled_model()


def reply(asked):
    """Seconds that so many words take."""
    started = time.perf_counter()
    translation = ""
    for place in range(asked):
        inputs = source(tf.constant([sources[0]])), target(tf.constant([f"startofseq {translation}"]))
        probabilities = model.predict(inputs, verbose=0)[0, place % LENGTH]
        translation += " " + vocabulary[int(np.argmax(probabilities))]
    return time.perf_counter() - started


answer(reply)
