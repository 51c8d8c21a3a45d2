"""What is timed: a training step (forward, backward, plain SGD) of the recurrent layers of each recipe.

Kept in one place for the program that tells and the programs that are told.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """Inputs are (batch, time, features), gradients reach them too: an embedding lies below. The last output counts.

    `sequences`: the outputs of all steps count instead. `lengths_from`: rows of a masked batch are between this share
    of `time` and all of it long, as buckets leave them. `one_hot`: features are the width of one-hot vectors.
    """

    name: str
    cell: str
    batch: int
    time: int
    features: int
    units: int
    layers: int = 1
    bidirectional: bool = False
    sequences: bool = False
    masked: bool = False
    one_hot: bool = False
    lengths_from: float = 0.75

    def inputs(self) -> np.ndarray:
        generator = np.random.default_rng(0)
        if self.one_hot:
            return generator.integers(1, self.features, (self.batch, self.time)).astype(np.int32)
        return generator.normal(size=(self.batch, self.time, self.features)).astype(np.float32)

    def lengths(self) -> np.ndarray:
        generator = np.random.default_rng(1)
        lengths = generator.integers(int(self.time * self.lengths_from), self.time + 1, self.batch)
        lengths[0] = self.time
        return lengths

    def target(self) -> np.ndarray:
        width = self.units * (1 + self.bidirectional)
        shape = (self.batch, self.time, width) if self.sequences else (self.batch, width)
        return np.random.default_rng(2).normal(size=shape).astype(np.float32)


def both(name: str, cell: str, *shape: int, **options: Any) -> list[Case]:
    return [Case(name, cell, *shape, **options), Case(name, cell, *shape, **options, masked=True)]


RECIPES = [
    *both("imdb/bilstm", "lstm", 32, 600, 256, 32, bidirectional=True),
    *both("imdb/gru", "gru", 32, 250, 128, 128),
    *both("imdb/gru, long", "gru", 32, 600, 128, 128),
    *both("ag_news/simple_rnn", "simple_rnn", 16, 40, 64, 16),
    *both("ag_news/lstm", "lstm", 8, 40, 64, 8),
    *both("ag_news/bilstm_2layer", "lstm", 16, 40, 128, 64, layers=2, bidirectional=True),
    Case("shakespeare/char_gru", "gru", 64, 100, 16, 128, sequences=True),
    Case("shakespeare/char_lstm", "lstm", 64, 100, 64, 384, sequences=True),
    *both("seq2seq, LSTM", "lstm", 32, 50, 128, 512, sequences=True),
    *both("seq2seq, GRU", "gru", 32, 50, 128, 512, sequences=True),
]
ONE_HOT = Case("imdb/one_hot_bilstm", "lstm", 32, 600, 20_000, 32, bidirectional=True, one_hot=True)


def answer(prepare: Callable[[Case], Callable[[int], None]]) -> None:
    """The other side of the pipe: a case as JSON prepares it, a number runs that many steps and answers the seconds."""
    run: Callable[[int], None] | None = None
    for line in sys.stdin:
        asked = json.loads(line)
        started = time.perf_counter()
        if isinstance(asked, dict):
            run = prepare(Case(**asked))
            run(1)
        elif run is not None:
            run(asked)
        print(json.dumps(time.perf_counter() - started), flush=True)
