"""How a trial ended: what its run's result, or an error, says of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeGuard

from seqlab.config import ConfigError
from seqlab.errors import SeqlabError
from seqlab.registry import did_you_mean
from seqlab.runs.run import Run
from seqlab.runs.selection import is_number

MOST_NAMED = 20
"""Metrics that a message lists."""
DELETED = "DELETED"


class NoSuchGoal(SeqlabError):
    """The runs of this sweep do not have its goal: no trial can tell what it reached."""


@dataclass(frozen=True)
class Outcome:
    """How a trial ended. `state`: COMPLETE, PRUNED or FAIL; DELETED: not at all, because its run was taken away."""

    state: str
    value: float | None = None
    reason: str = ""


def of_error(error: Exception) -> Outcome:
    """Of a training that was not possible, for a fault of the trial."""
    if isinstance(error, ConfigError):
        return Outcome("FAIL", reason="; ".join(f"{each.path}: {each.message}" for each in error.problems))
    return Outcome("FAIL", reason=str(error) if isinstance(error, SeqlabError) else f"{type(error).__name__}: {error}")


def of_result(run: Run, goal: str, *, others_have_it: bool) -> Outcome:
    """Of a finished run, by its result: that of the weights that were kept. Raises NoSuchGoal if neither it nor another
    trial (`others_have_it`) has the goal."""
    result = run.result()
    if is_finite(value := result.get(goal)):
        return Outcome("COMPLETE", float(value))
    if goal in result:
        return Outcome("FAIL", reason=f"{goal} of run {run.id} is not a finite number")
    message = f"run {run.id} has no {goal} in its result"
    if others_have_it:
        return Outcome("FAIL", reason=message)
    known = [name for name in result if name.startswith("validation.")]
    named = ", ".join(known[:MOST_NAMED]) + (" …" if len(known) > MOST_NAMED else "")
    raise NoSuchGoal(
        f"{message}, and no other trial will have it; {did_you_mean(goal, known)}it has {named or 'none'}. Correct the "
        "goal, and give the sweep file another name"
    )


def is_finite(value: object) -> TypeGuard[int | float]:
    """Whether a study can compare a value: Optuna refuses what is not a number."""
    return is_number(value) and math.isfinite(value)
