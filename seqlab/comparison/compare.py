"""Whether runs, or groups of runs, differ by more than chance, from what they recorded of a split."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from seqlab import runs
from seqlab.comparison.configs import ConfigDifference, differing_keys
from seqlab.comparison.differences import Difference, Side, differences
from seqlab.comparison.refusals import (
    differing_splits,
    known_task_of,
    listed,
    refuse_other_splits,
    refuse_unfinished,
    task_of,
)
from seqlab.comparison.task_measures import MEASURED, Measured
from seqlab.errors import RequestError
from seqlab.progress import SILENT, Progress
from seqlab.runs import Run
from seqlab.tasks import TASKS
from seqlab.text_format import counted, quoted

NAMES = string.ascii_uppercase
SPLITS = ("test", "validation")
SEED = "runtime.seed"
OF_TRAINING = ("parameters", "epochs", "best_epoch", "train.seconds")
"""What is shown beside the metrics of the split."""
FEW_SEEDS = 5
FEW_ITEMS = 50
"""With fewer, a bootstrap makes intervals too narrow."""
OPTION = "--other-training-data"


@dataclass(frozen=True)
class Comparison:
    """The first run, or group of runs, beside each other one."""

    split: str
    size: int
    noun: str
    """What `size` counts: items, sentences, tokens."""
    names: tuple[str, ...]
    """Ids of runs, or of groups; they are called A, B, … in this order."""
    runs: tuple[tuple[Run, ...], ...]
    differences: tuple[Mapping[str, Difference], ...]
    """Of each but the first: metric, with its split, → difference from the first."""
    config: tuple[ConfigDifference, ...]
    """Keys in which the configs differ."""
    metrics: Mapping[str, tuple[float | None, ...]]
    """What `result.json` has besides the compared metrics, as numbers; means of groups."""
    noise: str
    """Which chance the intervals and p-values are about, in a sentence."""
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What `seqlab runs compare --json` prints: `difference` is that of the first two, `comparisons` are all."""
        compared = [
            {"a": self.names[0], "b": name, "difference": {key: _as_json(each) for key, each in found.items()}}
            for name, found in zip(self.names[1:], self.differences, strict=True)
        ]
        return {
            "runs": [
                {"name": name, "runs": [run.id for run in runs]}
                for name, runs in zip(self.names, self.runs, strict=True)
            ],
            "split": self.split,
            self.noun: self.size,
            "difference": compared[0]["difference"],
            "config": {each.key: list(each.values) for each in self.config},
            "origins": {each.key: list(each.origins) for each in self.config},
            "metrics": {key: list(values) for key, values in self.metrics.items()},
            "comparisons": compared,
            "noise": self.noise,
            "notes": list(self.notes),
        }

    def _repr_html_(self) -> str:
        from seqlab.comparison.comparison_html import comparison_html

        return comparison_html(self)


def compare(
    sides: Sequence[Sequence[Run]],
    *,
    split: str | None = None,
    other_training_data: bool = False,
    progress: Progress = SILENT,
) -> Comparison:
    """Compare the first run, or group of runs that differ in their seeds, with each other one, item by item.

    `split`: None: test, or validation if a run has no test split. `other_training_data`: compare runs that were
    trained on other data, if the split is the same. Raises RequestError for runs that cannot be compared: of different
    tasks or splits, unfinished, or damaged.
    """
    compared = [run for side in sides for run in side]
    _refuse_what_cannot_be_compared(sides, compared)
    chosen = _split_of(compared, split)
    notes = _data_notes(compared, chosen, other_training_data=other_training_data)
    with progress.step("reading predictions", len(compared), "runs") as step:
        measured = measured_of(compared, chosen)
        step.advance(len(compared))
    found = differences(measured, _columns(sides), progress)
    grouped = any(len(side) > 1 for side in sides)
    config = differing_keys([side[0] for side in sides], ignored=(SEED,) if grouped else ())
    return Comparison(
        chosen,
        measured.size,
        measured.noun,
        tuple(map(name_of, sides)),
        tuple(map(tuple, sides)),
        tuple({f"{chosen}.{name}": each for name, each in of_side.items()} for of_side in found),
        tuple(config),
        _other_metrics(sides, chosen, {f"{chosen}.{measure.name}" for measure in measured.measures}),
        _noise(sides),
        (*notes, *measured.notes, *_notes_on_size(measured)),
    )


def find_runs(reference: str, runs_dir: Path) -> tuple[Run, ...]:
    """The run that a reference means, or all finished runs of its group. Raises RequestError as `find`."""
    return runs.find_group(reference, runs_dir) or (runs.find(reference, runs_dir, status="finished"),)


def measured_of(compared: Sequence[Run], split: str) -> Measured:
    """The measures of runs of one task. Raises RequestError for predictions that cannot be compared."""
    task = known_task_of(compared[0])
    assert task is not None
    assert task.compares is not None
    return MEASURED[task.compares](compared, split)


def name_of(side: Sequence[Run]) -> str:
    """The id of a run; of several the id of their group."""
    group = side[0].metadata().get("group") if len(side) > 1 else None
    return group or side[0].id


def _columns(sides: Sequence[Sequence[Run]]) -> list[Side]:
    found, start = [], 0
    for name, side in zip(NAMES, sides, strict=False):
        found.append(Side(name, range(start, start + len(side))))
        start += len(side)
    return found


def _refuse_what_cannot_be_compared(sides: Sequence[Sequence[Run]], runs: Sequence[Run]) -> None:
    """From what `run.json` says, before any prediction is read."""
    if len(sides) < 2:
        raise RequestError(f"a comparison needs two runs or more, and got {counted(len(sides), 'run')}")
    if len(sides) > len(NAMES):
        raise RequestError(f"{len(sides)} runs are given, and {len(NAMES)} can be compared at once: name fewer")
    for run in runs:
        refuse_unfinished(run)
        task = known_task_of(run)
        if task is None or task.compares is None:
            possible = [each.name for each in TASKS.values() if each.compares]
            raise RequestError(
                f"run {run.id} is of the task {quoted(task_of(run))}: runs of {listed(possible)} can be compared, by "
                "what they predict for the same items"
            )
        if task_of(run) != task_of(runs[0]):
            raise RequestError(
                f"run {runs[0].id} is of the task {task_of(runs[0])} and run {run.id} of {task_of(run)}: they predict "
                "different things; compare runs of one task"
            )


def _split_of(runs: Sequence[Run], asked: str | None) -> str:
    """The split to compare. Raises RequestError if a run has no predictions for it."""
    known = [run.section("data", "splits") for run in runs]
    if asked is None:
        return SPLITS[0] if all(SPLITS[0] in each for each in known) else SPLITS[1]
    if asked not in SPLITS:
        raise RequestError(f"runs record predictions for {' and '.join(SPLITS)}, not for {quoted(asked)}")
    for run, each in zip(runs, known, strict=True):
        if asked not in each:
            raise RequestError(f"run {run.id} has no {asked} split; its splits are {', '.join(each)}")
    return asked


def _data_notes(runs: Sequence[Run], split: str, *, other_training_data: bool) -> list[str]:
    """Lines for the user about data that differ. Raises RequestError if no comparison is possible, or none is asked."""
    notes: dict[str, None] = {}
    for run in runs[1:]:
        differing = differing_splits(runs[0], run)
        if not other_training_data or split in differing:
            others = f". They have the same {split} split: to compare them all the same, add {OPTION}"
            refuse_other_splits(runs[0], run, "a comparison", "" if split in differing else others)
        if differing:
            notes[
                f"{runs[0].id} and {run.id} have different data in {listed(differing)}: a difference may come from them"
            ] = None
    return list(notes)


def _notes_on_size(measured: Measured) -> Iterator[str]:
    if measured.items < FEW_ITEMS:
        if measured.items == 1:
            yield "there is only one item: no other can be drawn, and the intervals say nothing"
        else:
            yield f"there are only {measured.items} items to draw from: the intervals are rough, and too narrow"


def _other_metrics(
    sides: Sequence[Sequence[Run]], split: str, compared: set[str]
) -> dict[str, tuple[float | None, ...]]:
    """Numbers of `result.json` and `run.json` by name; the mean over a group that has it in every run."""
    known = [[_numbers(run) for run in side] for side in sides]
    names = dict.fromkeys(name for side in known for numbers in side for name in numbers)
    of_split = [name for name in names if name.startswith(f"{split}.") and name.count(".") == 1]
    shown = [name for name in (*of_split, *OF_TRAINING) if name in names and name not in compared]
    return {name: tuple(_mean([numbers.get(name) for numbers in side]) for side in known) for name in shown}


def _numbers(run: Run) -> dict[str, float]:
    found = {"parameters": run.metadata().get("parameters"), **run.result()}
    return {name: each for name, each in found.items() if isinstance(each, int | float) and not isinstance(each, bool)}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    if not known or len(known) < len(values):
        return None
    return known[0] if len(known) == 1 else sum(known) / len(known)


def _noise(sides: Sequence[Sequence[Run]]) -> str:
    """Which chance is in the figures."""
    sizes = [len(side) for side in sides]
    sampling = "another test split of the same kind would give other figures"
    if max(sizes) == 1:
        return (
            f"Intervals and p are about test sampling alone: {sampling}. One run each says nothing about seeds, which "
            "may change as much: `seqlab train CONFIG --seeds 1-5` trains a group, which is compared like a run."
        )
    said = f"Intervals and p hold two kinds of noise: seeds, which give other models, and test sampling: {sampling}."
    if single := [name for name, size in zip(NAMES, sizes, strict=False) if size == 1]:
        said += f" The noise of the seed of {listed(single)}, a single run, is unknown and in no figure."
    if min(size for size in sizes if size > 1) < FEW_SEEDS:
        said += f" With fewer than {FEW_SEEDS} seeds, their noise is only roughly known."
    return said


def _as_json(difference: Difference) -> dict[str, Any]:
    found = asdict(difference)
    found["interval"] = list(difference.interval)
    noise = difference.seeds
    found["seeds"] = noise and {
        "deviations": list(noise.deviations),
        "variance_of_seeds": noise.of_seeds,
        "variance_of_items": noise.of_items,
        "share_of_seeds": noise.share_of_seeds,
    }
    return found
