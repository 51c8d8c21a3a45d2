"""Refuses runs that cannot be combined or compared: unfinished ones, and those of other data."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from typing import Any

from seqlab.errors import RequestError
from seqlab.runs import Run
from seqlab.tasks import TASKS, Task


def task_of(run: Run) -> str:
    """The name of the task of a run; empty if it is not recorded."""
    task: Any = run.section("config").get("task")
    return task if isinstance(task, str) else ""


def known_task_of(run: Run) -> Task | None:
    """The task of a run; None if it is not recorded, or of a plug-in."""
    return TASKS.get(task_of(run))


def refuse_unfinished(run: Run) -> None:
    """Raises RequestError unless the run is finished."""
    if (status := run.status()) != "finished":
        raise RequestError(
            f"run {run.id} is {status}: finish it with `seqlab train --resume {shlex.quote(run.id)}`, or leave it out"
        )


def differing_splits(first: Run, other: Run) -> list[str]:
    """The splits of two runs that do not hold the same examples, by the hashes in `run.json`."""
    one, two = (run.section("data", "splits") for run in (first, other))
    return [split for split in dict.fromkeys([*one, *two]) if one.get(split) != two.get(split)]


def refuse_other_splits(first: Run, other: Run, what: str, remedy: str = "") -> None:
    """Raises RequestError if two runs have different examples in any split. `what`: what needs the same, such as "an
    ensemble"; `remedy`: what else can be done."""
    if differing := differing_splits(first, other):
        raise RequestError(
            f"runs {first.id} and {other.id} have different data in {listed(differing)}, by the hashes in run.json: "
            f"{what} needs runs on the same splits; train them with the same data, data.validation, data.test, "
            f"data.take and data.split_seed{remedy}"
        )


def refuse_other_items(first: Run, expected: Sequence[Any], other: Run, found: Sequence[Any], split: str) -> None:
    """Raises RequestError unless the predictions of two runs are for the same items, in the same order."""
    if expected != found:
        raise RequestError(
            f"the {split} predictions of run {other.id} are for other items than those of run {first.id}, though their "
            "split hashes are equal: restore them from a copy, or train again"
        )


def listed(names: Iterable[str]) -> str:
    """`a`; `a and b`; `a, b and c`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
