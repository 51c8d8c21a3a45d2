"""The training loop: best epochs, patience, calls of many steps, stops."""

import json

import numpy as np
import pytest
from small_training import Callbacks, linear, optimizer, train, trainer

from seqlab.errors import DataError, DivergedError, RequestError, Stopped
from seqlab.interruption import Interruption
from seqlab.training import loop
from seqlab.training.early_stopping import BestEpoch
from seqlab.training.state import TrainingState


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_a_validation_figure_that_is_not_finite_is_no_best_and_ends_training(odd):
    values = iter([3.0, odd])
    with pytest.raises(DivergedError, match=r"validation\.loss is not a finite number after epoch 2; the last finite"):
        train(linear(), optimizer(), monitor="validation.loss", validate=lambda: {"loss": next(values)})


def test_weights_are_kept_at_each_best_epoch_and_patience_stops():
    values = iter([3.0, 2.0, 2.5, 2.4, 1.0])
    end, callbacks = train(
        linear(), optimizer(), epochs=5, monitor="validation.loss", patience=2, validate=lambda: {"loss": next(values)}
    )
    assert callbacks.bests == [1, 2]
    assert (end.best.epoch, end.epoch, len(callbacks.lines)) == (2, 5, 4)


def test_a_monitor_that_does_not_exist_names_those_that_do():
    with pytest.raises(RequestError, match=r"no metric 'validation.acc'; there are train.loss, validation.loss"):
        train(linear(), optimizer(), monitor="validation.acc")


def test_more_steps_than_an_epoch_has_were_never_done():
    state = TrainingState(BestEpoch("train.loss"), epoch=2, step_in_epoch=8, step=15)
    with pytest.raises(DataError, match="is after step 8 of epoch 2, which has 7 steps: it is damaged"):
        trainer(linear(), optimizer(), epochs=2).fit(state, Callbacks(), lambda: {"loss": 0.0})


def test_calls_grow_to_half_a_second():
    assert loop._next_call(1, 0.001) == 4
    assert loop._next_call(100, 1.0) == 50
    assert loop._next_call(1, 30.0) == 1


def test_how_steps_are_cut_into_calls_leaves_no_trace(monkeypatch):
    figures = []
    for seconds in (1e-9, 10.0):  # one step a call; all steps in few calls
        monkeypatch.setattr(loop, "SECONDS_PER_CALL", seconds)
        _, callbacks = train(linear(), optimizer("adam"))
        figures.append([line["train.loss"] for line in callbacks.lines])
    assert figures[0] == figures[1]


@pytest.mark.parametrize("name", ["sgd", "adam"])
@pytest.mark.parametrize("step", [1, 4, 7, 8, 9, 13])
def test_stopped_at_any_step_and_resumed_equals_not_stopped(monkeypatch, name, step):
    monkeypatch.setattr(loop, "SECONDS_PER_CALL", 1e-9)
    whole, built = linear(), optimizer(name)
    end, kept = train(whole, built, epochs=2)

    model, built = linear(), optimizer(name)
    stop, callbacks = Interruption(), Callbacks()

    def ask(position):
        if position.step == step - 1:
            stop._requested = Stopped("SIGTERM", 75)

    callbacks.__dict__["on_call_end"] = ask
    if step == 1:
        ask(TrainingState(BestEpoch("train.loss")))
    with pytest.raises(Stopped):
        trainer(model, built, epochs=2, stop=stop).fit(
            TrainingState(BestEpoch("train.loss")), callbacks, lambda: {"loss": 0.0}
        )
    position = TrainingState.from_json(json.loads(json.dumps(callbacks.saved[-1].to_json())))
    # Asked for between an epoch's last step and its validation, it stops there.
    assert position.step == (7 if step == 8 else step)
    resumed, again = train(model, built, epochs=2, position=position)
    for mine, other in zip(model.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)
    assert again.lines[-1]["train.loss"] == kept.lines[-1]["train.loss"]
    assert (resumed.best, resumed.step) == (end.best, end.step)
