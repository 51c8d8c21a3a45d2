"""The state between two training steps."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.training.early_stopping import BestEpoch
from seqlab.training.state import TrainingState

finite = st.floats(allow_nan=False, allow_infinity=False)
START = TrainingState(BestEpoch("validation.loss"))


def test_steps_and_epochs_by_hand():
    state = START.after_steps(2, {"loss": (6.0, 4.0)}, 0.5).after_steps(1, {"loss": (9.0, 6.0)}, 0.25)
    assert (state.step, state.step_in_epoch, state.seconds, state.epoch_seconds) == (3, 3, 0.75, 0.75)
    assert state.means == {"loss": 1.5}
    best = BestEpoch("validation.loss").after(1, 0.5, 0.5)
    later = state.next_epoch(best, 6).after_steps(1, {"loss": (1.0, 2.0)}, 1.0)
    assert (later.epoch, later.step, later.step_in_epoch, later.examples) == (2, 4, 1, 6)
    assert (later.best, later.seconds, later.epoch_seconds, later.means) == (best, 1.75, 1.0, {"loss": 0.5})
    assert START.step == 0, "a state never changes"


def test_rates_leave_out_what_compiled():
    """30 examples in 3 steps an epoch. The first step took 9 s, each other one half a second: 20 a second."""
    first = START.after_steps(1, {}, 9.0, compiled=True)
    assert first.epoch_rate(30) == pytest.approx(30 / 9.0), "there is no other step to go by"
    epoch = first.after_steps(2, {}, 1.0)
    assert (epoch.epoch_seconds, epoch.seconds) == (10.0, 10.0), "times stay whole"
    assert epoch.epoch_rate(30) == pytest.approx(20.0)
    resumed = epoch.next_epoch(epoch.best, 30).after_steps(1, {}, 7.0, compiled=True).after_steps(2, {}, 1.0)
    assert resumed.epoch_rate(30) == pytest.approx(20.0)
    end = resumed.next_epoch(epoch.best, 30)
    assert (end.examples_per_second, end.seconds) == (pytest.approx(20.0), 18.0)


def test_a_state_of_before_rates_left_it_out_is_read():
    earlier = START.after_steps(2, {}, 2.0).next_epoch(START.best, 10).to_json()
    del earlier["compiling"], earlier["epoch_compiling"]
    assert TrainingState.from_json(earlier).examples_per_second == 5.0


@given(finite, finite, st.floats(0, 1e9))
def test_it_survives_json_to_the_last_bit(total, count, seconds):
    state = START.after_steps(1, {"loss": (total, count)}, seconds, compiled=True)
    assert TrainingState.from_json(json.loads(json.dumps(state.to_json()))) == state


@pytest.mark.parametrize(
    "change", [{"totals": {"loss": 3}}, {"best": {}}, {"other": 1}, {"totals": {"loss": ["a", 1]}}]
)
def test_anything_else_is_an_error(change):
    with pytest.raises((TypeError, KeyError, ValueError)):
        TrainingState.from_json({**START.to_json(), **change})
