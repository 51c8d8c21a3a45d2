"""Trainings of every task whose batches are computed in parts (`training.accumulate`) are those of whole batches."""

import numpy as np
import pytest
from divided import GIVEN, losses
from keras_twins import force
from quick import QUICK, trained
from safetensors.numpy import load_file
from test_resume import SignalAt, assert_equal, stopped

from seqlab import experiment
from seqlab.training import loop
from seqlab.training.optimizers import row_updates

PLAIN = ("training.optimizer=sgd", "training.learning_rate=0.05", "training.epochs=1")
"""Adam would divide gradients near zero, and their rounding, by their size. With a rate of 0.2 the weights of the
Transformer differ by up to 3.9e-5 on one processor (Xeon, AVX-512): the rate is a quarter of it, as are the tolerances.
"""
TIED = {
    **GIVEN["streams"],
    "model": {"name": "recurrent", "cell": "gru", "units": 8, "embedding": 8, "tied": True},
}
PARTS = {**GIVEN, "tied": TIED}


def assert_same_weights(run, whole):
    mine, others = load_file(run.weights_file), load_file(whole.weights_file)
    assert mine.keys() == others.keys()
    for name, value in mine.items():
        np.testing.assert_allclose(value, others[name], rtol=0, atol=5e-6 * max(np.abs(others[name]).max(), 0.1))


@pytest.mark.slow
@pytest.mark.parametrize("name", PARTS)
def test_weights_and_losses_are_those_of_whole_batches(tmp_path, monkeypatch, name):
    """33 rows in 4 parts, which cannot be equal: other counts of tokens, and of padding, in each. All tables count as
    large, and those of bags are updated by rows."""
    monkeypatch.setattr(row_updates, "LARGE", 1)
    force(monkeypatch, "plain")  # XLA would compile for each number of rows: seconds each, and no other numbers
    run = trained(tmp_path / "parts", *PLAIN, "training.accumulate=4", given=PARTS[name])
    whole = trained(tmp_path / "whole", *PLAIN, given=PARTS[name])
    assert losses(run) == pytest.approx(losses(whole), rel=5e-6)
    assert_same_weights(run, whole)
    assert run.metrics()[0]["step"] == whole.metrics()[0]["step"]


@pytest.mark.slow
def test_teacher_forcing_counts_steps_and_not_parts(tmp_path):
    kept = ("training.epochs=1", "training.checkpoint.keep_last=true")
    run = trained(tmp_path, *kept, "training.accumulate=3", given=GIVEN["translation"])
    (checkpoint,) = run.checkpoints_directory.iterdir()
    arrays = load_file(checkpoint / "arrays.safetensors")
    (counted,) = (value for name, value in arrays.items() if name.endswith("forced_steps"))
    assert counted == run.metrics()[-1]["step"] > 0


def test_half_precision(tmp_path):
    """The loss is scaled: a gradient of sums instead of means would overflow at every step."""
    overrides = (*PLAIN, "runtime.precision=mixed_float16")
    run = trained(tmp_path / "parts", *overrides, "training.accumulate=4", given=GIVEN["bag"])
    whole = trained(tmp_path / "whole", *overrides, given=GIVEN["bag"])
    assert losses(run) == pytest.approx(losses(whole), rel=0.01)


def test_stopped_between_two_steps_and_resumed_is_bit_for_bit_the_same(tmp_path, monkeypatch):
    """With dropout, of which each part draws its own."""
    monkeypatch.setattr(loop, "SECONDS_PER_CALL", 1e-9)
    given = {**QUICK, "training": {**QUICK["training"], "accumulate": 3}}
    run, _ = stopped(tmp_path / "runs", SignalAt("epoch 2/3", 7), given=given)
    assert_equal(experiment.resume(run), trained(tmp_path / "whole", given=given))
