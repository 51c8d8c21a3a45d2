"""The mean of the weights after the last epochs: what is validated and kept in place of the last weights alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import keras
import numpy as np


class Averaging:
    """Remembers the weights after each of the last `epochs` epochs (Vaswani et al. 2017, section 6.1, averages five).

    `variables` are what it remembers, in memory as many times as there are epochs: checkpoints hold them, so that a
    training that goes on averages what it would have averaged.
    """

    def __init__(self, weights: Sequence[keras.Variable], epochs: int) -> None:
        self._weights = list(weights)
        self._slots = [
            # A copy: Keras takes a variable of TensorFlow that it is given for its own.
            [keras.Variable(weight.numpy(), trainable=False, name="remembered") for weight in self._weights]
            for _ in range(epochs)
        ]

    @property
    def variables(self) -> list[keras.Variable]:
        return [variable for slot in self._slots for variable in slot]

    def remember(self, epoch: int) -> None:
        """Put the weights after an epoch, counted from 1, in the place of the oldest."""
        for remembered, weight in zip(self._slots[epoch % len(self._slots)], self._weights, strict=True):
            remembered.assign(weight.value)

    @contextlib.contextmanager
    def in_place(self, epoch: int) -> Iterator[None]:
        """The mean over the last epochs, of which there may be fewer at first, as the model's weights."""
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
