"""Which batches are timed, and what their times mean, by a clock that is set by hand."""

import numpy as np
import pytest

from seqlab.experiment import cost_of_steps
from seqlab.experiment.cost_of_steps import FEWEST, MOST, StepClock, spread, step_cost
from seqlab.training.early_stopping import BestEpoch
from seqlab.training.state import TrainingState


def test_few_batches_stand_for_all_sizes():
    """Costs grow with the square of the length: the mean of ten batches is that of a thousand."""
    lengths = np.random.default_rng(1).permutation(1000)
    by_size = np.argsort(lengths).tolist()
    chosen = spread(by_size, 10)
    assert chosen == sorted(chosen)
    assert sorted(lengths[chosen].tolist()) == [50, 150, 250, 350, 450, 550, 650, 750, 850, 950]
    assert (lengths[chosen] ** 2).mean() == pytest.approx((lengths**2).mean(), rel=0.01)
    assert spread(by_size, 2000) == sorted(by_size)
    assert spread([3], 5) == [3]


def test_the_first_batches_hold_the_largest_and_every_number_of_rows():
    plan = [np.arange(8)] * 40 + [np.arange(3)]
    sizes = [*range(40), 0]
    by_size = sorted(range(41), key=sizes.__getitem__)
    first = cost_of_steps._first(by_size, plan)
    assert {39, 40} <= set(first)
    assert len(first) <= cost_of_steps.WARM_UP * 2 + 1


@pytest.mark.parametrize(
    ("seconds", "steps"), [(None, FEWEST), (10.0, FEWEST), (0.06, 10), (0.006, 100), (1e-9, MOST), (0.0, FEWEST)]
)
def test_a_round_lasts_about_half_a_second(seconds, steps):
    assert cost_of_steps._steps(seconds) == steps


def test_rounds_and_what_compiles():
    """Two steps of 0.1 s are 5 s long, because they compile; then five rounds of 4 steps, a pause after each."""
    ended = iter([100.0, 100.9, 101.8, 102.9, 103.8, 104.7])
    clock, state = StepClock(lambda: next(ended)), TrainingState(BestEpoch("validation.loss"))
    rounds = [(2, 5.0), (4, 0.4), (4, 0.4), (4, 0.8), (4, 0.6), (4, 0.4)]
    for steps, seconds in rounds:
        for _ in range(2):
            state = state.after_steps(steps // 2, {}, seconds / 2)
            clock.on_call_end(state)
        clock.on_epoch_metrics({"step": state.step, "seconds": seconds, "train.loss": 1.0})
        clock.on_epoch_end(state)
        state = state.next_epoch(state.best, 1)
    cost = step_cost(clock)
    assert cost.rounds == pytest.approx((0.1, 0.1, 0.2, 0.15, 0.1))
    assert cost.seconds == pytest.approx(0.1)
    assert (cost.steps, cost.last["train.loss"]) == (4, 1.0)
    assert cost.compiling == pytest.approx(5.0 - 2 * 0.1)
    assert cost.between == pytest.approx(0.5)  # of 0.5, 0.5, 0.3, 0.3, 0.5
    assert clock.fastest == pytest.approx(0.1)
