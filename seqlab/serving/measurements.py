"""Counts and times of a server, in the text format of Prometheus (version 0.0.4)."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
ITEMS = (1, 2, 4, 8, 16, 32, 64, 128, 256)

Labels = tuple[tuple[str, str], ...]


class Histogram:
    """How often a value was at most each bound, and the sum of all values."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds, self.counts, self.sum = bounds, [0] * (len(bounds) + 1), 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def lines(self, name: str, labels: Labels) -> Iterator[str]:
        total = 0
        for bound, count in zip([*self.bounds, float("inf")], self.counts, strict=True):
            total += count
            shown = "+Inf" if bound == float("inf") else f"{bound:g}"
            yield _line(f"{name}_bucket", (*labels, ("le", shown)), total)
        yield _line(f"{name}_sum", labels, self.sum)
        yield _line(f"{name}_count", labels, total)


class Measurements:
    """What a server counts. Workers and the event loop add to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests: Counter[tuple[str, int]] = Counter()
        self.refusals: Counter[str] = Counter()
        self.seconds: dict[str, Histogram] = {}
        self.items: dict[str, Histogram] = {}

    def answered(self, path: str, status: int, seconds: float) -> None:
        """A request to this path ended. `path` is one of the server's own: names of others would fill the memory."""
        with self._lock:
            self.requests[path, status] += 1
            self.seconds.setdefault(path, Histogram(SECONDS)).observe(seconds)

    def called(self, run: str, items: int) -> None:
        """The model of a run was called once for so many items."""
        with self._lock:
            self.items.setdefault(run, Histogram(ITEMS)).observe(items)

    def refused(self, run: str) -> None:
        """All places of a run were taken."""
        with self._lock:
            self.refusals[run] += 1

    def text(self, places: Mapping[str, int]) -> str:
        """`places`: run → requests that wait or are answered."""
        with self._lock:
            return "".join(f"{line}\n" for line in self._lines(places))

    def _lines(self, places: Mapping[str, int]) -> Iterator[str]:
        yield from _head("seqlab_requests_total", "counter", "Answered requests by path and status.")
        for (path, status), count in sorted(self.requests.items()):
            yield _line("seqlab_requests_total", (("path", path), ("status", str(status))), count)
        yield from _head("seqlab_refused_total", "counter", "Requests refused because all places were taken.")
        for run, count in sorted(self.refusals.items()):
            yield _line("seqlab_refused_total", (("run", run),), count)
        yield from _head("seqlab_places_taken", "gauge", "Requests that wait or are being answered.")
        for run, count in sorted(places.items()):
            yield _line("seqlab_places_taken", (("run", run),), count)
        yield from _head("seqlab_request_seconds", "histogram", "Seconds from a request to the end of its answer.")
        for path, histogram in sorted(self.seconds.items()):
            yield from histogram.lines("seqlab_request_seconds", (("path", path),))
        yield from _head("seqlab_call_items", "histogram", "Items that one call of a model answered.")
        for run, histogram in sorted(self.items.items()):
            yield from histogram.lines("seqlab_call_items", (("run", run),))


def _head(name: str, kind: str, what: str) -> Iterable[str]:
    return (f"# HELP {name} {what}", f"# TYPE {name} {kind}")


def _line(name: str, labels: Labels, value: float) -> str:
    shown = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
    return f"{name}{{{shown}}} {value:.12g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
