"""A thread that owns the model of a run: jobs wait for it, and those that can be answered together are.

While the thread works, jobs gather; what has gathered is the next batch. Nothing waits for a batch to fill, so that a
single client is answered as fast as alone.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")

Answer = Callable[[list[Any]], Sequence[Any]]
"""Items → one answer each, in their order."""


@dataclass(eq=False)
class Job:
    """Items of one request. Jobs with equal keys are answered by one call; a job without a key is answered alone."""

    answer: Answer
    items: list[Any]
    key: Hashable | None = None
    future: Future[list[Any]] = field(default_factory=Future)


class Worker:
    """One thread. `most`: items of one call. `observe`: told the number of items of each call."""

    def __init__(self, name: str, *, most: int = 256, observe: Callable[[int], None] = lambda items: None) -> None:
        self.most, self.observe = most, observe
        self._jobs: deque[Job] = deque()
        self._condition = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name=f"seqlab-{name}", daemon=True)
        self._thread.start()

    async def call(self, function: Callable[[], T]) -> T:
        """The result of a function, computed by the thread. If the caller is cancelled before, it is never called."""
        (result,) = await self._submit(Job(lambda items: [function()], [None]))
        found: T = result
        return found

    async def batch(self, key: Hashable, items: list[Any], answer: Answer) -> list[Any]:
        """One answer per item. `answer` is called with the items of all waiting jobs that have this key."""
        return await self._submit(Job(answer, items, key))

    def close(self) -> None:
        """End the thread after the jobs that wait."""
        with self._condition:
            self._closed = True
            self._condition.notify()

    def join(self, seconds: float) -> None:
        """Wait until the thread has ended, but not longer."""
        self._thread.join(seconds)

    async def _submit(self, job: Job) -> list[Any]:
        with self._condition:
            self._jobs.append(job)
            self._condition.notify()
        return await asyncio.wrap_future(job.future)

    def _work(self) -> None:
        while jobs := self._next():
            running = [job for job in jobs if job.future.set_running_or_notify_cancel()]
            if running:
                self._answer(running)

    def _next(self) -> list[Job]:
        """The oldest job, and those that can be answered with it; none if the worker is closed."""
        with self._condition:
            self._condition.wait_for(lambda: bool(self._jobs) or self._closed)
            if not self._jobs:
                return []
            chosen = [self._jobs.popleft()]
            if (key := chosen[0].key) is None:
                return chosen
            size, rest = len(chosen[0].items), deque[Job]()
            for job in self._jobs:
                if job.key == key and size + len(job.items) <= self.most:
                    chosen.append(job)
                    size += len(job.items)
                else:
                    rest.append(job)
            self._jobs = rest
            return chosen

    def _answer(self, jobs: Sequence[Job]) -> None:
        items = [item for job in jobs for item in job.items]
        try:
            self.observe(len(items))
            answers = list(jobs[0].answer(items))
            if len(answers) != len(items):
                raise RuntimeError(f"{len(items)} items have {len(answers)} answers")
        except BaseException as error:
            if len(jobs) == 1:
                jobs[0].future.set_exception(_harmless(error))
                return
            for job in jobs:  # one text may be at fault: the others have their answers
                self._answer([job])
            return
        start = 0
        for job in jobs:
            job.future.set_result(answers[start : start + len(job.items)])
            start += len(job.items)


def _harmless(error: BaseException) -> Exception:
    """The error, or one that says it: exits and interrupts would end the event loop that waits, and no future takes a
    StopIteration."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    wrapped = RuntimeError(f"{type(error).__name__}: {error}")
    wrapped.__cause__ = error
    return wrapped
