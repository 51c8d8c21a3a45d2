"""Doing work in a forked child while this process imports TensorFlow.

Threads would gain nothing: both would wait for the interpreter's lock. The child is an optimization only: where a fork
is not safe, or the child fails for any reason, the work is done here, and its errors are raised here.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

from seqlab import runtime
from seqlab.progress import Progress

THREAD_EXIT = 0.2
"""Seconds in which a thread that is about to end, such as that of a progress bar, does so."""


def run_while_importing_tensorflow(work: Callable[[], None], progress: Progress) -> None:
    """Run `work`, which leaves files and nothing else, beside the import of TensorFlow.

    `work` reports its own progress; the import is a step of `progress` once `work` has nothing more to report.
    `seqlab train imdb/bigram training.epochs=1` with an empty cache takes 10.7 instead of 13.2 s on two idle cores
    (medians of 7; docs/speed.md, "Encoding beside the import").
    """
    if not _fork_is_safe():
        work()
        return
    child = multiprocessing.get_context("fork").Process(target=_run_quietly, args=(work,), daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of any thread, numpy's idle ones too
        try:
            child.start()
        except OSError:  # no more processes allowed
            work()
            return
    imported = threading.Event()
    reporter = threading.Thread(target=_report_import, args=(child, imported, progress), daemon=True)
    try:
        reporter.start()
        runtime.tensorflow()
        imported.set()
        child.join()
    finally:
        imported.set()
        child.kill()  # what it leaves half written has a temporary name, and the next writer removes it
        child.join()
        reporter.join()
    if child.exitcode:
        work()


def _report_import(child: BaseProcess, imported: threading.Event, progress: Progress) -> None:
    """Show the import from the end of the child on: until then the child's own progress has the screen."""
    wait([child.sentinel])
    if not imported.is_set():
        with progress.step("importing TensorFlow"):
            imported.wait()


def _fork_is_safe() -> bool:
    """A fork copies one thread: locks that others hold at that moment stay locked forever in the child.

    TensorFlow has threads, macOS libraries do not survive a fork, and Windows has none.
    """
    if sys.platform != "linux" or "tensorflow" in sys.modules or multiprocessing.current_process().daemon:
        return False
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(THREAD_EXIT)
            if thread.is_alive():
                return False
    return True


def _run_quietly(work: Callable[[], None]) -> None:
    """The child: signals of the terminal are the parent's to handle, and errors are raised by the parent."""
    code = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        work()
        code = 0
    finally:
        os._exit(code)
