"""`fit` the notebook's way until the validation loss is as low as asked, or for so many seconds.

The validation text is read as seqlab reads it, once from beginning to end with the state carried. Every half minute;
what that takes is not counted.
"""

import time

STARTED = time.perf_counter()

import json  # noqa: E402
import sys  # noqa: E402

import keras  # noqa: E402
import numpy as np  # noqa: E402
from notebook import TRAIN, VALIDATION, compiled_model, encoded, windows  # noqa: E402

CHECK_EVERY = 30


class Clock(keras.callbacks.Callback):
    """Looks at the validation loss now and then, and ends training."""

    def __init__(self, ids, target, seconds):
        super().__init__()
        self.ids, self.target, self.seconds = ids, target, seconds
        self.steps, self.checking, self.checked, self.history = 0, 0.0, 0.0, []

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        seconds = time.perf_counter() - STARTED - self.checking
        if seconds - self.checked < CHECK_EVERY and seconds < self.seconds:
            return
        begin = time.perf_counter()
        self.history.append((round(seconds, 1), self.loss()))
        self.checked = seconds
        self.checking += time.perf_counter() - begin
        print(self.history[-1], file=sys.stderr, flush=True)
        self.model.stop_training = seconds >= self.seconds or self.history[-1][1] <= self.target

    def loss(self):
        probabilities = self.model.predict_on_batch(self.ids[None, :-1])[0]
        return float(-np.log(probabilities[np.arange(len(self.ids) - 1), self.ids[1:]]).mean())


_, ids, characters = encoded(sys.argv[1])
clock = Clock(ids[TRAIN:VALIDATION].numpy(), target=float(sys.argv[2]), seconds=float(sys.argv[3]))
compiled_model(characters).fit(windows(ids[:TRAIN]), epochs=10, callbacks=[clock], verbose=0)
reached = [seconds for seconds, loss in clock.history if loss <= clock.target]
print(json.dumps({"reached": reached[0] if reached else None, "steps": clock.steps, "history": clock.history}))
