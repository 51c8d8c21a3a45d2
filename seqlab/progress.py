"""What long work says while it goes on. The command line draws it; from Python it is silent by default.

`Progress` is the whole vocabulary: one sentence at a time, a step with a known or unknown number of units, and a
mapping of figures (a line per epoch). Nothing below `cli/` prints.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

T = TypeVar("T")


class Step(Protocol):
    """A piece of work under way."""

    def advance(self, units: int = 1, **figures: float) -> None:
        """`units` more are done; `figures` are shown beside the bar (the loss so far)."""


class Progress(Protocol):
    def say(self, text: str) -> None:
        """One line a person should read: a notice, a reason, a way out."""

    def step(self, what: str, total: int | None = None, unit: str = "") -> AbstractContextManager[Step]:
        """Open a step: `with progress.step("reading", 50_000, "texts") as step: …`."""

    def epoch(self, figures: Mapping[str, float]) -> None:
        """The figures of one epoch: `epoch`, `train.loss`, `validation.accuracy`, `examples_per_second` …"""

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A small table before or after the work: the layers of a model, the sizes of the splits."""


class _SilentStep:
    def advance(self, units: int = 1, **figures: float) -> None:
        pass


class Silent:
    """Says nothing."""

    def say(self, text: str) -> None:
        pass

    @contextlib.contextmanager
    def step(self, what: str, total: int | None = None, unit: str = "") -> Iterator[Step]:
        yield _SilentStep()

    def epoch(self, figures: Mapping[str, float]) -> None:
        pass

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        pass


SILENT: Progress = Silent()


def tracked(items: Iterable[T], progress: Progress, what: str, total: int | None, unit: str) -> Iterator[T]:
    """Iterate over `items` as one step of `progress`."""
    with progress.step(what, total, unit) as step:
        for item in items:
            yield item
            step.advance()
