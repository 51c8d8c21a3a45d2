"""What training steps cost: some batches of an epoch, trained again and again by the training loop itself."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from seqlab.data.batching.batches import Batches
from seqlab.data.batching.pipeline import Batch
from seqlab.data.batching.plan import Plan
from seqlab.experiment.fit import Training, epoch_data_of
from seqlab.progress import SILENT

if TYPE_CHECKING:
    from seqlab.training.loop import EpochData
    from seqlab.training.state import TrainingState

ROUNDS = 5
SECONDS_PER_ROUND = 0.6
"""Unless the user says how many steps: a call of the training loop lasts about as long."""
FEWEST, MOST = 5, 200
"""Steps of a round."""
SAMPLED = 200
"""Batches of an epoch whose sizes are looked at: gathering one takes about 0.4 ms."""
WARM_UP = 8
"""Batches of different sizes that are trained before the first round, besides those of different numbers of rows: XLA
compiles the loop of a small recurrent layer once per number of rows."""


@dataclass(frozen=True)
class StepCost:
    """`rounds`: the mean seconds of a step, in each round of `steps` steps. `compiling`: seconds that the first steps
    took longer. `between`: seconds between two epochs that are no step's. `last`: the metrics after the last round."""

    rounds: tuple[float, ...]
    steps: int
    compiling: float
    between: float
    last: Mapping[str, float] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.rounds)


@dataclass
class StepClock:
    """Receives training events and remembers times. Saves nothing."""

    clock: Callable[[], float] = time.perf_counter
    epochs: list[tuple[int, float, float]] = field(default_factory=list)
    """Of each epoch: its steps, the seconds of its steps, and when it ended."""
    fastest: float | None = None
    """Seconds of a step in the fastest call that compiled nothing."""
    last: Mapping[str, float] = field(default_factory=dict)
    _before: tuple[int, float] = (0, 0.0)

    def on_epoch_metrics(self, metrics: Mapping[str, float]) -> int:
        done = sum(steps for steps, _, _ in self.epochs)
        self.epochs.append((int(metrics["step"]) - done, metrics["seconds"], 0.0))
        self.last = metrics
        return 0

    def on_new_best(self) -> None:
        pass

    def on_call_end(self, state: TrainingState) -> None:
        steps, seconds = state.step - self._before[0], state.seconds - self._before[1]
        if self._before[0] and steps:
            self.fastest = min(seconds / steps, self.fastest or seconds / steps)
        self._before = state.step, state.seconds

    def on_epoch_end(self, state: TrainingState) -> None:
        steps, seconds, _ = self.epochs[-1]
        self.epochs[-1] = steps, seconds, self.clock()

    def on_stop(self, state: TrainingState) -> None:
        pass


def measure_steps(training: Training, batches: Batches, plan: Plan, steps: int | None) -> StepCost:
    """Train with batches of a plan: first one of each kind, which compiles, then `ROUNDS` times the same `steps` of all
    sizes; None: as many as last `SECONDS_PER_ROUND`. The weights change; nothing is saved.

    Raises DivergedError as training does, and Stopped after a signal.
    """
    from seqlab.training.early_stopping import BestEpoch
    from seqlab.training.state import TrainingState

    experiment, clock, compiles_shapes = training.session.experiment, StepClock(), training.trainer.jit_compile
    by_size = _by_size(plan, batches.gather, steps or 0)
    first, chosen = _first(by_size, plan), list[int]()
    if steps or compiles_shapes:
        chosen = spread(by_size, steps or 2 * WARM_UP)
    if compiles_shapes:  # XLA compiles each shape: only those that the first epoch had are fast
        first = sorted({*first, *chosen})

    def epoch_data(epoch: int, step: int, parts: int) -> EpochData:
        if epoch > 1 and not chosen:
            chosen.extend(spread(by_size, _steps(clock.fastest)))
        now = [plan[number] for number in (first if epoch == 1 else chosen)]
        return epoch_data_of(experiment, batches, now, step, parts)

    loop = replace(
        training.trainer,
        epoch_data=epoch_data,
        epochs=1 + ROUNDS,
        patience=None,
        progress=SILENT,
        accumulate=experiment.training.accumulate,
    )
    loop.fit(TrainingState(BestEpoch(training.state.best.monitor)), clock, None)
    return step_cost(clock)


def step_cost(clock: StepClock) -> StepCost:
    """What the times of a warm-up and some rounds mean."""
    (warm_up, warm_up_seconds, ended), *rounds = clock.epochs
    means = tuple(seconds / steps for steps, seconds, _ in rounds)
    between = []
    for _, seconds, now in rounds:
        between.append(max(now - ended - seconds, 0.0))
        ended = now
    compiling = max(warm_up_seconds - warm_up * statistics.median(means), 0.0)
    return StepCost(means, rounds[0][0], compiling, statistics.median(between), clock.last)


def spread(by_size: Sequence[int], count: int) -> list[int]:
    """So many of the batches, evenly spread over all sizes, in the order of the epoch: their mean time is close to that
    of the epoch, although a batch of long texts takes several times as long as one of short texts."""
    count = min(count, len(by_size))
    return sorted(by_size[int((number + 0.5) * len(by_size) / count)] for number in range(count))


def _by_size(plan: Plan, gather: Callable[[np.ndarray], Batch], steps: int) -> list[int]:
    """Numbers of batches, evenly spaced over the epoch, the smallest batch first."""
    numbers = np.unique(np.linspace(0, len(plan) - 1, min(len(plan), max(SAMPLED, steps))).astype(int)).tolist()
    sizes = {number: sum(np.asarray(array).size for array in gather(plan[number]).values()) for number in numbers}
    return sorted(numbers, key=sizes.__getitem__)


def _first(by_size: Sequence[int], plan: Plan) -> list[int]:
    """Batches of all sizes, the largest, which needs the most memory, and one of each of the first numbers of rows."""
    of_rows = {len(rows): number for number, rows in reversed(list(enumerate(plan)))}
    return sorted({*spread(by_size, WARM_UP), by_size[-1], *list(of_rows.values())[:WARM_UP]})


def _steps(seconds: float | None) -> int:
    """Steps of a round, given the seconds of one; None: not known, because there is only one."""
    return FEWEST if not seconds else int(np.clip(SECONDS_PER_ROUND / seconds, FEWEST, MOST))
