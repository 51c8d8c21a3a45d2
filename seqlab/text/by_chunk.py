"""A function of each chunk of a corpus: in this process, or in several where enough is left to do.

A chunk is a range of consecutive texts, and its result depends on them and the function alone. So the results are the
same in their order, whatever chunks there are and whichever process computes them.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from itertools import chain, repeat
from typing import TypeVar

from seqlab.progress import Progress
from seqlab.text.chunks import cut
from seqlab.text.worker_pool import WorkerPool

Result = TypeVar("Result")

_FIRST, _MOST = 2**16, 2**20
"""Characters of a chunk in this process: the first is small, so that it is soon known how long all will take."""
_SHARED = 2**18
"""Characters of a chunk in several processes: small, so that all of them have something to do until the end."""
_POOL: ContextVar[WorkerPool | None] = ContextVar("pool", default=None)


@contextlib.contextmanager
def several_processes(most: int, plugins: Sequence[str] = ()) -> Iterator[None]:
    """Within the block `by_chunk` may use up to `most` processes, which import `plugins`. They end with it."""
    with WorkerPool(most, plugins) as pool:
        token = _POOL.set(pool)
        try:
            yield
        finally:
            _POOL.reset(token)


def by_chunk(
    function: Callable[[Sequence[str]], Result],
    texts: Sequence[str],
    progress: Progress,
    description: str,
    *,
    shared: bool = True,
) -> Iterator[Result]:
    """The results of consecutive chunks in their order, as one step of `progress`.

    `function` must depend on nothing but its texts. Where it can be pickled and is `shared`, other processes compute
    it. Its errors are raised here.
    """
    remaining, pool = iter(texts), _POOL.get() if shared else None
    with progress.step(description, len(texts), "texts") as step:
        if pool is None or not pool.running:
            for count, result in _here(function, remaining, len(texts), pool):
                yield result
                step.advance(count)
        if pool is not None:
            for chunk, result in pool.map(function, cut(remaining, repeat(_SHARED))):
                yield result
                step.advance(len(chunk))


def _here(
    function: Callable[[Sequence[str]], Result], texts: Iterator[str], total: int, pool: WorkerPool | None
) -> Iterator[tuple[int, Result]]:
    """How many texts a chunk has, and its result, until no text is left or the processes of the pool have started."""
    done, seconds = 0, 0.0
    for chunk in cut(texts, chain(_doubled(), repeat(_MOST))):
        start = time.perf_counter()
        result = function(chunk)
        seconds += time.perf_counter() - start
        done += len(chunk)
        yield len(chunk), result
        if pool is not None and pool.start(function, seconds / done * (total - done)):
            return


def _doubled() -> Iterator[int]:
    size = _FIRST
    while size < _MOST:
        yield size
        size *= 2
