"""The questions that a kind of experiment answers. Everything else is the same for all of them."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator
from typing import Any, ClassVar

from seqlab.data.datasets import Dataset
from seqlab.data.vectorizers import Vectorizer
from seqlab.registry import Part, Shelf

Fault = tuple[tuple[str | int, ...], str]
"""Where in the config (`("model", "hidden")`) and what is wrong there."""


class Task(ABC):
    """A kind of experiment. The class describes it (its shelves); an instance is fitted on a training split."""

    name: ClassVar[str]
    datasets: ClassVar[Shelf[Dataset]]
    vectorizers: ClassVar[Shelf[Vectorizer]]
    models: ClassVar[Shelf[Any]]
    metrics: ClassVar[Shelf[Part]]
    monitor: ClassVar[str]
    """The figure by which the best checkpoint is chosen unless `training.monitor` says otherwise."""

    @classmethod
    def faults(cls, data: Dataset, vectorizer: Vectorizer, model: Part) -> Iterator[Fault]:
        """Combinations of parts, each right alone, that cannot work together."""
        yield from ()
