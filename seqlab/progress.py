"""Progress reporting for long-running work. The command line displays it; the Python API is silent by default.

`Progress` has four methods: a message, a step with a known or unknown number of units, the metrics of an epoch, and a
table. Modules outside `cli/` never print.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

T = TypeVar("T")


class ProgressStep(Protocol):
    """A step in progress."""

    def advance(self, units: int = 1, **metrics: float) -> None:
        """Report `units` more as done. `metrics` (such as the current loss) are displayed beside the bar."""


class Progress(Protocol):
    """Receives the progress of long-running work."""

    def say(self, text: str) -> None:
        """Report a message: a notice, a warning, or what to do next."""

    def step(self, what: str, total: int | None = None, unit: str = "") -> AbstractContextManager[ProgressStep]:
        """Open a step: `with progress.step("reading", 50_000, "texts") as step: …`.

        A step without a unit cannot tell how far it is, such as an import: a log names it when it begins.
        """

    def epoch(self, metrics: Mapping[str, float]) -> None:
        """Report the metrics of an epoch: `epoch`, `train.loss`, `validation.accuracy`, `examples_per_second` …"""

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Report a small table, such as the layers of the model or the sizes of the splits."""


class _SilentStep:
    def advance(self, units: int = 1, **metrics: float) -> None:
        pass


class Silent:
    """A `Progress` that displays nothing."""

    def say(self, text: str) -> None:
        pass

    @contextlib.contextmanager
    def step(self, what: str, total: int | None = None, unit: str = "") -> Iterator[ProgressStep]:
        yield _SilentStep()

    def epoch(self, metrics: Mapping[str, float]) -> None:
        pass

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        pass


SILENT: Progress = Silent()


def tracked(items: Iterable[T], progress: Progress, what: str, total: int | None, unit: str) -> Iterator[T]:
    """Iterate over `items` and report each as a unit of one progress step."""
    with progress.step(what, total, unit) as step:
        for item in items:
            yield item
            step.advance()
