"""What the parts of gpu.py share: the devices that are asked, differences between answers, and verdicts."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

Ask = Callable[[str, int, dict[str, Any]], dict[str, Any]]
"""(device, how many, question) → answer: see gpu/worker.py."""


class Verdicts(NamedTuple):
    holds: str = "holds"
    fails: str = "does not hold"
    unknown: str = "not measured here"


VERDICTS = Verdicts()


class Failed(Exception):
    """A question that could not be answered."""


class Machines:
    """The devices, and what may be asked of them: `ask` is given a device, how many of it, and a question."""

    def __init__(self, ask: Ask, *, small: bool, recipes: Sequence[str] | None = None) -> None:
        self._ask, self.recipes = ask, recipes
        self.gpu = self.of("auto", "device")
        self.asked_small, self.small = small, small or self.without_gpu

    @property
    def without_gpu(self) -> bool:
        return self.gpu["device"] != "gpu"

    def of(
        self, device: str, measure: str, *, devices: int = 1, runtime: Mapping[str, Any] | None = None, **asked: Any
    ) -> Any:
        """What was found. `device`: cpu or auto. Raises Failed."""
        question = {"measure": measure, "runtime": dict(runtime or {}), "arguments": asked}
        answer = self._ask(device, devices, question)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer["found"]

    def reference(self) -> str:
        """The CPU; where there is nothing else, one process serves as both."""
        return "auto" if self.without_gpu else "cpu"

    def chosen(self, recipes: Sequence[str]) -> list[str]:
        return [name for name in recipes if self.recipes is None or name in self.recipes]

    def shaped(self, recipe: str) -> dict[str, Any]:
        """A recipe, and in which shapes."""
        return {"recipe": recipe, "small": self.small}

    def judged(self, problems: Sequence[str], *, left: Sequence[str] = (), lacking: str = "") -> dict[str, str]:
        """The verdict: problems count everywhere, their absence on the hardware in question alone.

        `left`: what there was no time for. `lacking`: what hardware is not there, besides a GPU.
        """
        if problems:
            return {"verdict": VERDICTS.fails, "why": "; ".join(problems)}
        if self.without_gpu or lacking:
            why = lacking or "there is no GPU: it ran on the CPU, and no problem was found"
            return {"verdict": VERDICTS.unknown, "why": why}
        return {"verdict": VERDICTS.holds, "why": f"no time was left for {', '.join(left)}" if left else ""}


def in_time(names: Sequence[str], seconds: float) -> Iterator[str]:
    """Those that can be begun within so many seconds."""
    started = time.monotonic()
    for name in names:
        if time.monotonic() - started > seconds:
            return
        yield name


def difference(first: Mapping[str, np.ndarray], second: Mapping[str, np.ndarray]) -> float:
    """The largest difference of arrays of the same names, by the largest number of each; infinite if one is missing or
    is not finite."""
    if first.keys() != second.keys():
        return math.inf
    largest = 0.0
    for name, array in first.items():
        gap = np.abs(array - second[name]).max() / max(np.abs(second[name]).max(), 1e-6)
        largest = max(largest, float(gap) if math.isfinite(gap) else math.inf)
    return largest


def relative(values: Sequence[float], expected: Sequence[float]) -> float:
    """The largest relative difference; infinite if one is not finite or missing."""
    gaps = [abs(a - b) / max(abs(b), 1e-9) for a, b in zip(values, expected, strict=False)]
    return max(gaps) if len(values) == len(expected) and all(map(math.isfinite, gaps)) else math.inf


def each_of(
    names: Sequence[str], seconds: float, ask: Callable[[str], Any]
) -> tuple[dict[str, Any], list[str], list[str]]:
    """What was found of each recipe, those that failed and why, and those for which there was no time."""
    found, problems = {}, []
    begun = 0
    for name in in_time(names, seconds):
        begun += 1
        try:
            found[name] = ask(name)
        except Failed as error:
            problems.append(f"{name}: {error}")
    return found, problems, list(names[begun:])
