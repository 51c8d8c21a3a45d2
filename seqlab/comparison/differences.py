"""The difference of each measure between the first run, or group of runs, and each other, and whether it is chance."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from seqlab.comparison.mcnemar import mcnemar_p
from seqlab.comparison.measures import Measure, SumMeasure
from seqlab.comparison.resampling import (
    Bootstrap,
    bootstrap,
    bootstrap_p,
    bootstrap_p_of_sacrebleu,
    interval,
    least_p,
    randomization_p,
)
from seqlab.comparison.seeds import SeedNoise, hierarchical_deltas, seed_noise
from seqlab.comparison.task_measures import Measured
from seqlab.comparison.verdicts import Effect, holm, items_needed, verdict
from seqlab.metrics.metric_names import lower_is_better
from seqlab.progress import SILENT, Progress

NONE_NEEDED = "none: every item is scored the same"
OF_SEEDS = "hierarchical bootstrap"
OF_ITEMS = "paired bootstrap"


@dataclass(frozen=True)
class Difference:
    """A metric of the first run, A, and of another, B; of groups their means."""

    a: float
    b: float
    delta: float
    """`b` - `a`."""
    interval: tuple[float, float]
    """95 %, of `delta`."""
    p: float
    """Two-sided, of `test`, for this comparison alone."""
    p_holm: float
    """The same by Holm's correction for all runs that are compared with A; equal to `p` for one."""
    test: str
    tests: Mapping[str, float]
    """Test → its p."""
    verdict: str
    seeds: SeedNoise | None = None
    """Of groups: what seeds and test items do to the difference."""


class Side(NamedTuple):
    """Runs that stand for one experiment: columns of the measures."""

    name: str
    """How it is called in a verdict: A, B, …"""
    columns: range


@dataclass(frozen=True)
class _Tested:
    """What is known of a difference before others are."""

    a: float
    b: float
    interval: tuple[float, float] = (0.0, 0.0)
    tests: Mapping[str, float] = field(default_factory=lambda: {NONE_NEEDED: 1.0})
    variance: float = 0.0
    seeds: SeedNoise | None = None

    @property
    def p(self) -> float:
        """Of the first test, which counts."""
        return next(iter(self.tests.values()))


def differences(measured: Measured, sides: Sequence[Side], progress: Progress = SILENT) -> list[dict[str, Difference]]:
    """Metric → difference from the first side, for each of the others."""
    first, *others = sides
    differ = [measure for measure in measured.measures if not all(_same(measure, first, each) for each in others)]
    drawn: dict[str, Bootstrap] = {}
    if differ:
        runs = sides[-1].columns.stop
        drawn = {
            m.name: found for m, found in zip(differ, bootstrap(differ, runs, measured.items, progress), strict=True)
        }
    found: list[dict[str, Difference]] = [{} for _ in others]
    for measure in measured.measures:
        tested = [_tested(measure, first, each, drawn.get(measure.name), progress) for each in others]
        corrected = holm([each.p for each in tested])
        for into, side, each, p in zip(found, others, tested, corrected, strict=True):
            into[measure.name] = _judged(measured, measure, side, each, p, len(others))
    return found


def _same(measure: Measure, a: Side, b: Side) -> bool:
    """Whether no item tells the runs of two sides apart: a run compared with itself, or seeds that change nothing."""
    if len(a.columns) == len(b.columns):
        pairs = [*zip(a.columns, b.columns, strict=True)]
    else:
        pairs = [(a.columns[0], other) for other in [*a.columns, *b.columns]]
    return all(measure.equal(one, two) for one, two in pairs)


def _tested(measure: Measure, a: Side, b: Side, drawn: Bootstrap | None, progress: Progress) -> _Tested:
    values = [[measure.value(column) for column in side.columns] for side in (a, b)]
    means = (statistics.mean(values[0]), statistics.mean(values[1]))
    grouped = len(a.columns) > 1 or len(b.columns) > 1
    if drawn is None or _same(measure, a, b):
        noise = seed_noise(values[0], values[1], np.zeros(2)) if grouped else None
        return _Tested(means[0], means[1], seeds=noise)
    observed = means[1] - means[0]
    one, two = (drawn.scores[:, list(side.columns)] for side in (a, b))
    if grouped:
        deltas = hierarchical_deltas(one, two)
        noise = seed_noise(values[0], values[1], two.mean(axis=1) - one.mean(axis=1))
        tests = {OF_SEEDS: bootstrap_p(deltas, observed)}
        return _Tested(means[0], means[1], interval(deltas), tests, float(deltas.var(ddof=1)), noise)
    deltas = drawn.deltas(a.columns[0], b.columns[0])
    p_of = bootstrap_p_of_sacrebleu if measure.like_sacrebleu else bootstrap_p
    pair = (measure, a.columns[0], b.columns[0])
    least = least_p(*pair)
    tests = {OF_ITEMS: max(p_of(deltas, observed), least)}
    if measure.test != OF_ITEMS:
        tests = {measure.test: max(_p_of_test(*pair, progress), least), **tests}
    return _Tested(means[0], means[1], interval(deltas), tests, float(deltas.var(ddof=1)))


def _p_of_test(measure: Measure, a: int, b: int, progress: Progress) -> float:
    """By the test of the measure, which is not the bootstrap."""
    if measure.test == "exact McNemar":
        one, two = (measure.statistics[run][:, 0] > 0 for run in (a, b))
        return mcnemar_p(int((one & ~two).sum()), int((two & ~one).sum()))
    assert isinstance(measure, SumMeasure)
    return randomization_p(measure, a, b, progress)


def _judged(
    measured: Measured, measure: Measure, side: Side, tested: _Tested, corrected: float, comparisons: int
) -> Difference:
    """The same with its verdict. `corrected`: p for so many `comparisons`."""
    a, b, bounds, delta, test = tested.a, tested.b, tested.interval, tested.b - tested.a, next(iter(tested.tests))
    if test == NONE_NEEDED:
        said = f"no difference: {side.name} scores every item like A, p = 1 without resampling"
    else:
        scale, lower = measure.scale, lower_is_better(measure.name)
        effect = Effect(delta * scale, (bounds[0] * scale, bounds[1] * scale), measure.unit, lower)
        more = "" if tested.seeds else items_needed(measured.size, measured.noun, delta, tested.variance)
        said = verdict(side.name, effect, corrected, comparisons, more)
    return Difference(a, b, delta, bounds, tested.p, corrected, test, tested.tests, said, tested.seeds)
