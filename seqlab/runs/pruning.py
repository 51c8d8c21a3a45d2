"""Which runs `seqlab runs prune` removes: all but the best or the last, or those that failed. A group is one of them.

What other runs need stays, and what a process writes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seqlab.runs.groups import Unit
from seqlab.runs.references import IN_CONFIGS, name_of
from seqlab.runs.summaries import RunSummary

FAILED = ("failed", "diverged")
"""Statuses of runs of which there is nothing to use and nothing to wait for; what was stopped or killed can go on."""
NEVER = ("running", "damaged")


@dataclass(frozen=True)
class Pruning:
    """What is removed, and what stays although it was chosen → why."""

    removed: list[Unit]
    stays: dict[str, str]


def best(units: Sequence[Unit], metric: str, number: int, *, lower: bool) -> list[list[Unit]]:
    """The best `number` of units by a metric, from the best on: a list for each task and data, since a figure on other
    data says nothing. Those without the metric are in none."""
    scored: dict[tuple[object, ...], list[tuple[float, Unit]]] = {}
    for unit in units:
        if (score := unit.score(metric)) is not None:
            scored.setdefault(_measured_on(unit.runs[0], metric), []).append((score, unit))
    for each in scored.values():
        each.sort(key=lambda pair: pair[0], reverse=not lower)
    return [[unit for _, unit in each[:number]] for each in scored.values()]


def _measured_on(summary: RunSummary, metric: str) -> tuple[object, ...]:
    """The task and the hash of the split that a metric is of; of a metric that is of none, of all splits."""
    data = summary.metadata.get("data")
    splits = data.get("splits") if isinstance(data, Mapping) else None
    hashes = splits if isinstance(splits, Mapping) else {}
    split = metric.partition(".")[0]
    return (summary.task, *((hashes[split],) if split in hashes else sorted(map(str, hashes.items()))))


def all_but_last(units: Sequence[Unit], number: int) -> list[Unit]:
    """All units but the `number` newest."""
    return list(units[: max(len(units) - number, 0)])


def failed(units: Sequence[Unit]) -> list[Unit]:
    """Units of which every run failed."""
    return [unit for unit in units if all(each.status in FAILED for each in unit.runs)]


def pruning(
    chosen: Sequence[Unit], everything: Sequence[RunSummary], objection: Callable[[RunSummary], str]
) -> Pruning:
    """Of the chosen units those that nothing speaks for. `everything`: all runs of the folder. `objection`: what else
    speaks against moving a run; empty for nothing."""
    removed, stays = list(chosen), {}
    for unit in chosen:
        if reason := _own_reason(unit, objection):
            stays[unit.name] = reason
    removed = [unit for unit in removed if unit.name not in stays]
    while True:
        leaving = {each.run.id for unit in removed for each in unit.runs}
        needed = dict(_needed(everything, leaving))
        kept = {
            unit.name: f"run {needed[each.run.id]} needs it"
            for unit in removed
            for each in unit.runs
            if each.run.id in needed
        }
        if not kept:
            return Pruning(removed, stays)
        stays |= kept
        removed = [unit for unit in removed if unit.name not in kept]


def references_of(summary: RunSummary) -> set[str]:
    """The runs that a run names: what it continued, began with, or took an encoder or vectors from."""
    metadata = summary.metadata
    found = {str(metadata[key]) for key in ("parent",) if metadata.get(key)}
    for key in ("init_from", "encoder"):
        record = metadata.get(key)
        if isinstance(record, Mapping) and record.get("run"):
            found.add(str(record["run"]))
    named = {text.removeprefix(IN_CONFIGS).split(":")[0] for text in _texts(metadata.get("config"))}
    return {Path(each).name for each in found | named if each}


def _own_reason(unit: Unit, objection: Callable[[RunSummary], str]) -> str:
    """Why a chosen unit stays whatever other runs there are; empty if nothing speaks for it."""
    for each in unit.runs:
        if each.status in NEVER:
            return f"run {each.run.id} is {each.status}" if len(unit.runs) > 1 else f"it is {each.status}"
    return next(filter(None, map(objection, unit.runs)), "")


def _needed(everything: Sequence[RunSummary], leaving: Collection[str]) -> Iterator[tuple[str, str]]:
    """Id of a run that would leave → the one that stays and needs it."""
    for each in everything:
        if each.run.id in leaving:
            continue
        for reference in references_of(each):
            for run_id in leaving:
                if run_id.startswith(reference) or name_of(run_id) == reference:
                    yield run_id, each.run.id


def _texts(value: object) -> Iterator[str]:
    """The references of runs in a config, at any depth."""
    if isinstance(value, str) and value.startswith(IN_CONFIGS):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
