"""Orderly stops on Ctrl-C, SIGTERM, SIGUSR1 and SIGHUP (a closed terminal) during a run.

Where stopping loses nothing (imports, reading data, validation) a signal raises at once. Where it would lose work
(between the steps of an epoch, during a save) the signal is recorded and the training loop stops at the next
consistent state. A second Ctrl-C always raises at once.
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
    """Context manager that installs the signal handlers. It has no effect outside the main thread."""

    def __init__(self) -> None:
        self._requested: Stopped | None = None
        self._deferring = False
        self._handlers_before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGINT", "SIGTERM", "SIGUSR1", "SIGHUP"):
                number = getattr(signal, name, None)  # Windows has neither SIGUSR1 nor SIGHUP
                # Ignored on purpose: `nohup` lets work go on when the terminal is closed.
                if number is not None and not (name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN):
                    self._handlers_before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for number, handler in self._handlers_before.items():
            signal.signal(number, handler)
        self._handlers_before.clear()

    @property
    def requested(self) -> Stopped | None:
        """The exception to raise once everything is saved; None while no signal has arrived."""
        return self._requested

    @contextlib.contextmanager
    def deferred(self) -> Iterator[None]:
        """Record signals instead of raising while the block runs; the caller checks `requested`."""
        before, self._deferring = self._deferring, True
        try:
            yield
        finally:
            self._deferring = before

    @contextlib.contextmanager
    def until_saved(self) -> Iterator[None]:
        """Record signals while the block saves something, and raise at its end."""
        with self.deferred():
            yield
        if self._requested is not None:
            raise self._requested

    @contextlib.contextmanager
    def immediate(self) -> Iterator[None]:
        """Inside a deferred block: raise at once on a signal, including one that was recorded earlier."""
        before, self._deferring = self._deferring, False
        try:
            if self._requested is not None:
                raise self._requested
            yield
        finally:
            self._deferring = before

    def _handle(self, number: int, _: FrameType | None) -> None:
        second_ctrl_c = self._requested is not None and number == signal.SIGINT
        code = INTERRUPTED if number == signal.SIGINT else TRY_AGAIN
        name = "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name
        self._requested = Stopped(name, code)
        if second_ctrl_c or not self._deferring:
            raise self._requested
