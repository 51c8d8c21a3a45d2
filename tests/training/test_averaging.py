"""The mean of the last epochs' weights, by hand, and in a training that is stopped."""

import itertools

import keras
import numpy as np
import pytest
from closeness import assert_close
from quick import QUICK, comparable, trained, weights_of

from seqlab import config, experiment, runs
from seqlab.training import loop
from seqlab.training.averaging import Averaging


def test_the_mean_of_the_last_epochs_stands_in_and_goes_again():
    weight = keras.Variable([0.0, 0.0])
    averaging = Averaging([weight], 3)
    for epoch in range(1, 6):
        weight.assign([epoch, 10.0 * epoch])
        averaging.remember(epoch)
        first = max(1, epoch - 2)
        with averaging.in_place(epoch):
            assert_close(weight, np.mean([[e, 10 * e] for e in range(first, epoch + 1)], axis=0))
        assert weight.numpy().tolist() == [epoch, 10.0 * epoch]
    with pytest.raises(ZeroDivisionError), averaging.in_place(5):
        raise ZeroDivisionError
    assert weight.numpy().tolist() == [5, 50]


@pytest.mark.slow
def test_what_is_kept_is_the_mean_of_what_each_epoch_left(tmp_path, finished_run):
    """Without averaging the same training leaves those weights one by one."""
    run = trained(tmp_path / "mean", "training.epochs=3", "training.average_checkpoints=3")
    assert run.result()["best_epoch"] == 3
    each = [*(trained(tmp_path / str(n), f"training.epochs={n}") for n in (1, 2)), finished_run]
    models = [experiment.load(one).model for one in (*each, run)]
    assert all(one.result()["best_epoch"] == n for n, one in enumerate(each, start=1))
    for *several, mean in zip(*(model.get_weights() for model in models), strict=True):
        assert_close(np.mean(several, axis=0), mean)


@pytest.mark.slow
def test_a_stopped_training_averages_what_it_would_have(tmp_path):
    changes = ["training.epochs=4", "training.average_checkpoints=2", "training.optimizer=adam"]
    whole = trained(tmp_path / "whole", *changes)
    calls, end = itertools.count(1), loop.Trainer._end_of_epoch

    def stop_once(self, *arguments):
        if next(calls) == 3:
            raise KeyboardInterrupt
        return end(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop.Trainer, "_end_of_epoch", stop_once)
        with pytest.raises(KeyboardInterrupt):
            experiment.train(config.load(QUICK, changes), tmp_path / "stopped")
    (stopped,) = (each.run for each in runs.list_runs(tmp_path / "stopped"))
    resumed = experiment.resume(stopped)
    assert weights_of(resumed) == weights_of(whole)
    assert comparable(resumed.result()) == comparable(whole.result())


@pytest.mark.slow
def test_a_refit_model_is_the_mean_too(tmp_path):
    run = trained(tmp_path, "training.average_checkpoints=2", "training.refit=true")
    loaded = experiment.load(run)
    assert loaded.evaluate("test")["test.loss"] == pytest.approx(run.result()["test.loss"], rel=1e-5)
