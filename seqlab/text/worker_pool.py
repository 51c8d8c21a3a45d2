"""Processes that compute a function of portions of texts.

They are an optimization only: a portion whose process fails or dies is computed in this process, so that errors are
raised here, in the order of the portions, with the traceback that they have in one process.

A process is a new interpreter and no fork: a fork copies locks that threads hold, TensorFlow's too, and there is none
on Windows. It gets portions and answers through pipes. It imports what unpickling needs, which is not TensorFlow:
0.3 s and 45 MB. It ends with its input, however this process ends.
"""

from __future__ import annotations

import json
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import seqlab

Portion = TypeVar("Portion")
Result = TypeVar("Result")

SECONDS_OF_A_PROCESS = 1.0
"""What is left to do for each process, at least: three times of what its start takes."""
WAITING = 2
"""Portions of each process that wait to be computed, or to be taken."""
FAILED = object()
"""The answer of a process that has none."""
PROGRAM = """
import json, sys
own, *sys.path = json.loads(sys.argv.pop())
sys.path.insert(0, own)
try:
    import seqlab
    sys.path.remove(own)
    from seqlab.text.worker_process import main
except Exception:
    sys.exit(1)
main()
"""
"""seqlab from its folder, all other modules from where this process finds them. A process that cannot import it says
nothing: its portions are computed here."""
ONE_THREAD = {
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
"""The libraries of each process leave the other cores to the other processes."""


class WorkerPool:
    """No processes at first; `start` starts them, and the end of the block ends them at once.

    `most`: the number of processes; with 1 there are none. `plugins`: names of imported modules that they import too.
    """

    def __init__(self, most: int, plugins: Sequence[str] = ()) -> None:
        self._most, self._plugins = most, plugins
        self._workers: list[Worker] = []
        self._free: queue.SimpleQueue[Worker | None] = queue.SimpleQueue()
        self._threads: ThreadPoolExecutor | None = None
        self._lock, self._alive = threading.Lock(), 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for worker in self._workers:
            worker.end()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)

    @property
    def running(self) -> bool:
        return self._alive > 0

    def start(self, function: Callable[..., Any], seconds: float) -> bool:
        """Start as many processes as are worth it for what takes so many seconds in one. Whether there are some."""
        count = min(self._most, int(seconds / SECONDS_OF_A_PROCESS))
        if self._workers or count < 2 or _pickled(function) is None:
            return self.running
        try:
            for _ in range(count):
                self._workers.append(Worker(self._plugins))
                self._free.put(self._workers[-1])
        except (OSError, ValueError):  # no more processes allowed, no interpreter that could be started
            pass
        self._alive = len(self._workers)
        if self._workers:
            self._threads = ThreadPoolExecutor(self._alive, "texts")
        return self.running

    def map(
        self, function: Callable[[Portion], Result], portions: Iterable[Portion]
    ) -> Iterator[tuple[Portion, Result]]:
        """Each portion and its result, in their order. What `function` raises for a portion is raised here."""
        waiting: deque[tuple[Portion, Future[Any]]] = deque()
        content = _pickled(function)
        for portion in portions:
            if self._threads is None or content is None:
                yield portion, function(portion)
                continue
            waiting.append((portion, self._threads.submit(self._ask, content, portion)))
            if len(waiting) > WAITING * len(self._workers):
                yield _taken(function, *waiting.popleft())
        while waiting:
            yield _taken(function, *waiting.popleft())

    def _ask(self, function: bytes, portion: Any) -> Any:
        """The answer of the next process that is free; FAILED if it has none, and then it is asked no more."""
        worker = self._free.get()
        if worker is None:
            self._free.put(None)
            return FAILED
        answer = worker.ask(function, portion)
        if answer is not FAILED:
            self._free.put(worker)
            return answer
        worker.end()
        with self._lock:
            self._alive -= 1
            if not self._alive:
                self._free.put(None)
        return FAILED


def _taken(function: Callable[[Portion], Result], portion: Portion, answer: Future[Any]) -> tuple[Portion, Result]:
    result = answer.result()
    return portion, function(portion) if result is FAILED else result


class Worker:
    """One process. The messages to it: what it needs, then functions and portions; see `worker_process.py`."""

    def __init__(self, plugins: Sequence[str]) -> None:
        self._function: bytes | None = None
        own = str(Path(seqlab.__file__).absolute().parents[1])
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", PROGRAM, json.dumps([own, *map(str, sys.path)])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | ONE_THREAD,
        )
        self._plugins = [(name, _folder_of(name)) for name in plugins if name in sys.modules]
        self._is_told = False

    def ask(self, function: bytes, portion: Any) -> Any:
        """`function` of a portion, or FAILED."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            messages: list[tuple[str, Any]] = [] if self._is_told else [("plugins", self._plugins)]
            if function is not self._function:
                messages.append(("function", function))
            for message in (*messages, ("portion", portion)):
                pickle.dump(message, self._process.stdin, pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()
            self._is_told, self._function = True, function
            has_result, result = pickle.load(self._process.stdout)
        except Exception:  # it is dead, or what it wrote is no answer
            return FAILED
        return result if has_result else FAILED

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


def _pickled(function: Callable[..., Any]) -> bytes | None:
    """None for a function that other processes cannot have, such as one that is defined within another."""
    try:
        return pickle.dumps(function, pickle.HIGHEST_PROTOCOL)
    except Exception:
        return None


def _folder_of(plugin: str) -> str:
    """The folder in which Python found a plug-in: that of a config is in no path any more."""
    file = Path(getattr(sys.modules[plugin.partition(".")[0]], "__file__", None) or "")
    return str((file.parent if file.stem == "__init__" else file).parent)
