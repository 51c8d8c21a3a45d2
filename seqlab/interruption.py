"""Being asked to stop: Ctrl-C, SIGTERM and SIGUSR1 while a run is made.

Where stopping loses nothing (imports, reading, validation) the signal ends the work at once; where it would (between
the steps of an epoch, in a save) it is remembered, and the loop stops at the next place where all is consistent. A
second Ctrl-C is always obeyed at once.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any, Self

from seqlab.errors import Stopped

INTERRUPTED, TRY_AGAIN = 130, 75


class Interruption:
    """A context in which signals stop the work in an orderly way. Outside the main thread it changes nothing."""

    def __init__(self) -> None:
        self._asked: Stopped | None = None
        self._deferring = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGINT", "SIGTERM", "SIGUSR1"):
                if (number := getattr(signal, name, None)) is not None:  # Windows has no SIGUSR1
                    self._before[number] = signal.signal(number, self._received)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    @property
    def asked(self) -> Stopped | None:
        """What to raise once everything is saved; None as long as nobody asked."""
        return self._asked

    @contextlib.contextmanager
    def deferred(self) -> Iterator[None]:
        """Signals are remembered while the block runs; whoever opens it looks at `asked`."""
        before, self._deferring = self._deferring, True
        try:
            yield
        finally:
            self._deferring = before

    @contextlib.contextmanager
    def obeyed(self) -> Iterator[None]:
        """Within a deferred block: signals end this block at once, also one that came before."""
        before, self._deferring = self._deferring, False
        try:
            if self._asked is not None:
                raise self._asked
            yield
        finally:
            self._deferring = before

    def _received(self, number: int, _: FrameType | None) -> None:
        again = self._asked is not None and number == signal.SIGINT
        code = INTERRUPTED if number == signal.SIGINT else TRY_AGAIN
        name = "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name
        self._asked = Stopped(name, code)
        if again or not self._deferring:
            raise self._asked
