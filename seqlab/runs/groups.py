"""Groups of runs: one experiment trained with several seeds, each in a run that names the group."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqlab.errors import RequestError
from seqlab.runs.references import FINISHED, name_of
from seqlab.runs.run import Run
from seqlab.runs.runs_directory import directories, list_runs, sanitized
from seqlab.runs.selection import is_number, value_of
from seqlab.runs.summaries import RunSummary, age


@dataclass(frozen=True)
class Membership:
    """What a run records of its group."""

    group: str
    """The id of the group: time (UTC) and name, like that of a run."""
    seeds: tuple[int, ...]
    """The seeds that the group was asked for."""

    @property
    def record(self) -> dict[str, Any]:
        """The keys of `run.json`."""
        return {"group": self.group, "group_seeds": list(self.seeds)}


@dataclass(frozen=True)
class Spread:
    """A metric over the runs of a group."""

    runs: int
    mean: float
    standard_deviation: float | None
    """Of the sample (n - 1); None of a single run."""
    minimum: float
    maximum: float


@dataclass(frozen=True)
class Unit:
    """A run, or all runs of a group."""

    name: str
    runs: tuple[RunSummary, ...]

    def score(self, metric: str) -> float | None:
        """The mean of a metric over the finished runs that have it; None without one."""
        found = [value_of(each, metric) for each in self.runs if each.status == "finished"]
        known = [float(value) for value in found if is_number(value)]
        return spread(known).mean if known else None


def find_group(reference: str, runs_dir: Path) -> tuple[Run, ...]:
    """The finished runs of a group in the order of their seeds; empty if the reference means no group.

    A group is meant by its id, by a beginning of it that no run outside the group shares, or by its name if no run has
    it. Raises RequestError if several groups have the name, or if one of the runs contains what no run does.
    """
    found = [each.run for each in finished(group_of(reference, runs_dir))]
    for run in found:
        run.refuse_unsafe_contents()
    return tuple(found)


def group_of(reference: str, runs_dir: Path) -> list[RunSummary]:
    """All runs of the group that a reference means, in the order of their seeds; empty if it means none."""
    if reference == "latest" or any(path.name == reference for path in directories(runs_dir)):
        return []  # without reading all runs
    summaries = list_runs(runs_dir)
    group = group_meant(reference, summaries)
    return members(group, summaries) if group else []


def finished(group: Sequence[RunSummary]) -> list[RunSummary]:
    """The finished runs of a group, one for each seed: a copy of a run does not count twice."""
    return list({each.seed: each for each in reversed(group) if each.status in FINISHED}.values())[::-1]


def group_meant(reference: str, summaries: Sequence[RunSummary]) -> str | None:
    """The id of the group that a reference means, as `find_group` says; None: it means none."""
    groups = {each.group for each in summaries if each.group}
    if reference in groups:
        return reference
    if not reference.strip() or any(reference in {each.run.id, name_of(each.run.id)} for each in summaries):
        return None
    named = sorted(group for group in groups if name_of(group) in {reference, sanitized(reference)})
    if len(named) > 1:
        raise RequestError(f"{len(named)} groups are named '{reference}': {', '.join(named)}; use an id")
    starting = {each.group or each.run.id for each in summaries if each.run.id.startswith(reference)}
    starting |= {group for group in groups if group.startswith(reference)}
    if not named and len(starting) == 1 and starting <= groups and next(iter(starting)).startswith(reference):
        named = list(starting)
    return named[0] if named else None


def members(group: str, summaries: Sequence[RunSummary]) -> list[RunSummary]:
    """All runs of a group in the order of their seeds, whatever their status."""
    return sorted((each for each in summaries if each.group == group), key=lambda each: (each.seed or 0, each.run.id))


def missing_seeds(group: Sequence[RunSummary]) -> list[int]:
    """The seeds that a group was asked for and has no run of: not begun yet, or deleted."""
    asked = {seed for each in group for seed in each.metadata.get("group_seeds") or () if isinstance(seed, int)}
    return sorted(asked - {each.seed for each in group})


def units_of(summaries: Sequence[RunSummary]) -> list[Unit]:
    """Runs and groups, from the one whose newest run is the oldest."""
    gathered: dict[str, list[RunSummary]] = {}
    for each in sorted(summaries, key=age):
        gathered.setdefault(each.group or each.run.id, []).append(each)
    return sorted((Unit(name, tuple(runs)) for name, runs in gathered.items()), key=lambda unit: age(unit.runs[-1]))


def spread_of(results: Sequence[Mapping[str, Any]]) -> dict[str, Spread]:
    """Mean, standard deviation and range of each metric that all results have as a number."""
    names = [name for name in results[0] if all(is_number(result.get(name)) for result in results)] if results else []
    return {name: spread([float(result[name]) for result in results]) for name in names}


def spread(values: Sequence[float]) -> Spread:
    """Of one value or more. Without rounding: the mean of equal values is that value, and they do not deviate."""
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return Spread(len(values), statistics.mean(values), deviation, min(values), max(values))
