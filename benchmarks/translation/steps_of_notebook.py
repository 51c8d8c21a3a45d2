"""Training the notebook's way: `fit` on sentences padded to 50."""

import sys
import time

import tensorflow as tf
from notebook import BATCH, compiled_model, pairs, vectorizers
from processes import answer

sources, targets = pairs(sys.argv[1], 3_200)
source, target = vectorizers(sources, targets)
read = tf.concat([source(sources)], 0)
written = target([f"startofseq {text}" for text in targets])
wanted = target([f"{text} endofseq" for text in targets])
model = compiled_model()


def reply(asked):
    """Seconds that so many steps of 32 pairs take."""
    rows = slice(0, asked * BATCH)
    started = time.perf_counter()
    model.fit((read[rows], written[rows]), wanted[rows], batch_size=BATCH, shuffle=False, verbose=0)
    return time.perf_counter() - started


answer(reply)
