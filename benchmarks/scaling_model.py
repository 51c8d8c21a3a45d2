"""What a training step on several hosts takes, by a model of four numbers that two hosts can measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FLOAT = 4
"""Bytes of a weight and of its gradient."""
ROW_NUMBER = 8


@dataclass(frozen=True)
class Network:
    """`latency`: seconds of one message between two hosts; `bandwidth`: bytes a second, each way at once."""

    latency: float
    bandwidth: float

    def ring(self, size: float, hosts: int, sums: int = 1) -> float:
        """Seconds of summing `size` bytes over all hosts, in so many sums: each host sends its share of the bytes on to
        its neighbor, 2 (n - 1) times (Patarasuk and Yuan 2009)."""
        rounds = 2 * (hosts - 1)
        return sums * rounds * self.latency + rounds / hosts * size / self.bandwidth

    @classmethod
    def of_two(cls, small: float, large: float, size: float) -> Network:
        """From the seconds of two hosts for a sum of a few bytes, and for one of `size` bytes."""
        return cls(small / 2, size / max(large - small, 1e-9))


@dataclass(frozen=True)
class Step:
    """A training step on one host: seconds that it takes whatever its batch, and seconds for each row."""

    fixed: float
    row: float

    @classmethod
    def of(cls, seconds: Mapping[int, float]) -> Step:
        """From the seconds of steps of two sizes."""
        (few, fast), (many, slow) = sorted(seconds.items())
        row = (slow - fast) / (many - few)
        return cls(fast - row * few, row)

    def seconds(self, rows: float) -> float:
        return self.fixed + self.row * rows


@dataclass(frozen=True)
class Model:
    """What is summed in a step, in so many `sums`. `tables`: weights of embeddings, in rows of a `width`; `dense`: all
    others."""

    tables: int
    width: int
    dense: int
    sums: int

    @property
    def gradient(self) -> int:
        """Bytes, all of it dense, as seqlab sums it."""
        return FLOAT * (self.tables + self.dense)

    def sent(self, hosts: int) -> float:
        """Bytes that each host sends in a step, and receives."""
        return 2 * (hosts - 1) / hosts * self.gradient

    def sent_by_rows(self, hosts: int, tokens: int) -> float:
        """The same if each host sent the others the rows of its own tokens instead of sums of whole tables."""
        of_tables = (hosts - 1) * tokens * (FLOAT * self.width + ROW_NUMBER)
        return 2 * (hosts - 1) / hosts * FLOAT * self.dense + of_tables


def seconds_of_step(step: Step, network: Network, model: Model, rows: float, hosts: int) -> float:
    """Of a batch of so many rows on all hosts together: sums begin when the gradient is there."""
    return step.seconds(rows / hosts) + network.ring(model.gradient, hosts, model.sums)
