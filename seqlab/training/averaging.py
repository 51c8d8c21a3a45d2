"""The mean of the weights of the last epochs, which is validated and saved instead of the last weights."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import keras
import numpy as np


class Averaging:
    """Keeps the weights of each of the last `epochs` epochs (Vaswani et al. 2017, section 6.1, averages five).

    `variables` are these copies, `epochs` times the size of the model. Checkpoints contain them, so that resumed
    training averages the same weights.
    """

    def __init__(self, weights: Sequence[keras.Variable], epochs: int) -> None:
        self._weights = list(weights)
        self._slots = [
            # A NumPy copy, because keras.Variable would share a TensorFlow variable instead of copying it.
            [keras.Variable(weight.numpy(), trainable=False, name="remembered") for weight in self._weights]
            for _ in range(epochs)
        ]

    @property
    def variables(self) -> list[keras.Variable]:
        return [variable for slot in self._slots for variable in slot]

    def remember(self, epoch: int) -> None:
        """Replace the oldest copy by the current weights. `epoch` counts from 1."""
        for copy, weight in zip(self._slots[epoch % len(self._slots)], self._weights, strict=True):
            copy.assign(weight.value)

    @contextlib.contextmanager
    def in_place(self, epoch: int) -> Iterator[None]:
        """A context in which the model has the mean weights of the last epochs; at first there are fewer of them."""
        present = [
            self._slots[each % len(self._slots)] for each in range(max(1, epoch + 1 - len(self._slots)), epoch + 1)
        ]
        own = [np.array(weight.numpy()) for weight in self._weights]
        for number, weight in enumerate(self._weights):
            weight.assign(np.mean([slot[number].numpy() for slot in present], axis=0, dtype=np.float64))
        try:
            yield
        finally:
            for weight, value in zip(self._weights, own, strict=True):
                weight.assign(value)
