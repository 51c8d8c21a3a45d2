"""Two things at once: a forked child encodes the data while this process imports TensorFlow.

Threads would gain nothing, because both would wait for the interpreter's lock. The child is a gain and never a need:
where there can be none, or it fails for whatever reason, all is done here, and its error is raised here as if there
had been no child.
"""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from seqlab import runtime
from seqlab.progress import Progress, ProgressStep

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess

T = TypeVar("T")

TOLD_EVERY = 0.1
"""Seconds between two messages of a step: it may advance a million times a second."""

A_MOMENT = 0.2
"""Seconds in which a thread that is about to end does so."""

PATIENCE = 10.0
"""Seconds that a child has to remove what it began to write, before it is killed. One call of numpy may take some of
them on a busy machine, and a child that is killed leaves a directory which the next one to write there removes."""

AGAIN = 0.05
"""Seconds between two requests to leave."""


def while_importing_tensorflow(
    read: Callable[[], T], encode: Callable[[T, Progress], None], progress: Progress
) -> None:
    """Read here, so that what is wrong with the data is told at once; then encode what was read, which leaves files and
    nothing else, and where that is possible import TensorFlow beside it."""
    if not (_may_fork() and _encoded_by_a_child(read, encode, progress)):
        encode(read(), progress)


def _may_fork() -> bool:
    """A fork copies one thread: what the others hold at that moment is held for ever in the child.

    TensorFlow has threads, libraries of macOS do not survive a fork, and Windows has none.
    """
    possible = sys.platform == "linux" and "tensorflow" not in sys.modules
    return possible and not multiprocessing.current_process().daemon and _is_alone()


def _is_alone() -> bool:
    """Whether no other thread runs. The one that draws a bar ends a moment after the bar."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(A_MOMENT)
            if thread.is_alive():
                return False
    return True


def _encoded_by_a_child(read: Callable[[], T], encode: Callable[[T, Progress], None], progress: Progress) -> bool:
    """Whether a child did the work, with TensorFlow imported here meanwhile."""
    context = multiprocessing.get_context("fork")
    events, told = context.Pipe(duplex=False)
    # A process that has started forgets its arguments: what was read is in the child's memory alone.
    child = context.Process(target=_work_aside, args=(encode, read(), told), daemon=True)
    relay = threading.Thread(target=_relay, args=(events, progress), daemon=True)
    try:
        with _signals_held_back():  # until the child knows what to do with them
            if not (_is_alone() and _started(child)):
                return False
            told.close()  # the child holds the only other end: when it ends, the relay does
            relay.start()
        with progress.step("importing TensorFlow"):
            runtime.tensorflow()
        child.join()
    finally:
        _end(child)
        if relay.is_alive():
            relay.join()
        events.close()
    return child.exitcode == 0


@contextlib.contextmanager
def _signals_held_back() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _stopping())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stopping() -> set[signal.Signals]:
    return {signal.SIGINT, signal.SIGTERM, signal.SIGUSR1}


def _started(child: ForkProcess) -> bool:
    """Whether the system allowed one more process."""
    with warnings.catch_warnings():
        # Python 3.12 warns of any thread, also of those of numpy, which end before a fork and begin again after it.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            child.start()
        except OSError:
            return False
    return True


def _end(child: ForkProcess) -> None:
    """Let the child go, whatever it is doing.

    It is asked again and again: what comes right before a system call is heard after it, unless one more ends the call.
    """
    if child.pid is not None:
        end = time.monotonic() + PATIENCE
        while child.is_alive() and time.monotonic() < end:
            child.terminate()
            child.join(AGAIN)
        child.kill()
        child.join()


def _work_aside(encode: Callable[[T, Progress], None], what_was_read: T, told: Connection) -> NoReturn:
    """The child: works, tells of it, and ends without a word of its own.

    Ctrl-C at a terminal and the signals of a batch system reach it too: the parent decides what they mean. SIGTERM is
    the parent's way to end it, and it is sent here as well when the parent is gone.
    """
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, _leaving_once())
        threading.Thread(target=_leave_with_the_parent, daemon=True).start()  # before: no signal goes to it
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _stopping())
        with contextlib.suppress(BaseException):  # an error that is let go lets go what it held: directories half full
            encode(what_was_read, _Telling(told))
            code = 0
    finally:
        os._exit(code)  # without a word of an error: the parent does the work again and meets it too


def _leaving_once() -> Callable[[int, FrameType | None], None]:
    """A handler that ends the work; when it is called again, what was begun is being removed."""
    times = itertools.count()

    def leave(_: int, __: FrameType | None) -> None:
        if next(times) == 0:
            raise SystemExit

    return leave


def _leave_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        while True:  # until the work has ended, and the process with it
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(AGAIN)


class _Telling:
    """A progress of another process: every word goes there as a message."""

    def __init__(self, told: Connection) -> None:
        self._told, self._numbers = told, itertools.count()

    def say(self, text: str) -> None:
        self._told.send(("say", text))

    def epoch(self, figures: Mapping[str, float]) -> None:
        self._told.send(("epoch", figures))

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self._told.send(("table", title, columns, rows))

    @contextlib.contextmanager
    def step(self, what: str, total: int | None = None, unit: str = "") -> Iterator[ProgressStep]:
        number = next(self._numbers)
        self._told.send(("step", number, what, total, unit))
        step = _ToldStep(self._told, number)
        yield step
        step.tell()
        self._told.send(("done", number))


class _ToldStep:
    """Counts, and tells from time to time."""

    def __init__(self, told: Connection, number: int) -> None:
        self._told, self._number = told, number
        self._units, self._figures = 0, dict[str, float]()
        self._next = 0.0

    def advance(self, units: int = 1, **figures: float) -> None:
        self._units += units
        self._figures = figures
        if time.monotonic() >= self._next:
            self.tell()

    def tell(self) -> None:
        self._told.send(("advance", self._number, self._units, self._figures))
        self._units, self._next = 0, time.monotonic() + TOLD_EVERY


def _relay(events: Connection, progress: Progress) -> None:
    """Show here what the child tells, until it ends."""
    steps: dict[int, tuple[AbstractContextManager[ProgressStep], ProgressStep]] = {}
    try:
        while True:
            _show(events.recv(), progress, steps)
    except Exception as end:  # EOFError, or what it told cannot be shown: then the child fails to tell more, and ends
        events.close()
        for context, _ in reversed(steps.values()):
            with contextlib.suppress(type(end)):
                context.__exit__(type(end), end, None)


def _show(
    event: Any, progress: Progress, steps: dict[int, tuple[AbstractContextManager[ProgressStep], ProgressStep]]
) -> None:
    match event:
        case "step", number, *described:
            context = progress.step(*described)
            steps[number] = context, context.__enter__()
        case "advance", number, units, figures:
            steps[number][1].advance(units, **figures)
        case "done", number:
            steps.pop(number)[0].__exit__(None, None, None)
        case what, *said:
            getattr(progress, what)(*said)
