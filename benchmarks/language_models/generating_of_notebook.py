"""Writing the notebook's way: for every character `predict` reads the whole text so far. The weights are not trained,
which makes no difference to the time."""

import sys
import time

import tensorflow as tf
from notebook import compiled_model, encoded
from processes import answer

vectorize, _, characters = encoded(sys.argv[1])
vocabulary = vectorize.get_vocabulary()[2:]
model = compiled_model(characters)


def next_character(text, temperature):
    probabilities = model.predict(vectorize([text]) - 2, verbose=0)[0, -1:]
    drawn = tf.random.categorical(tf.math.log(probabilities) / temperature, num_samples=1)[0, 0]
    return vocabulary[int(drawn)]


def reply(asked):
    """Seconds to write so many characters."""
    started = time.perf_counter()
    text = "To be or not to b"
    for _ in range(asked["length"]):
        text += next_character(text, temperature=1.0)
    return time.perf_counter() - started


answer(reply)
