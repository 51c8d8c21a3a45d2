"""bfloat16 for the products of every recipe's model: it trains, and as float32 does up to noise."""

import math

import keras
import pytest
import tensorflow as tf
from small_recipes import built, small_configs, training_steps

from seqlab.layers.rnn import recurrent, unroll

CONFIGS = small_configs()
STEPS = 10
TOLERANCE = 0.03
"""Of the mean loss of the steps, relative to float32's. bfloat16 keeps 8 bits of a factor, an error of 0.4 % at most
and of either sign, so that a sum has less; and dropout, which draws in bfloat16, drops others: with some thirty rows a
step the loss varies by a per cent. Gradients that are lost or overflow let the loss stand still or grow: from the first
step to the tenth it falls by more than this in most recipes."""


def losses(name, policy):
    keras.config.set_dtype_policy(policy)
    config = {**CONFIGS[name], "training": {**CONFIGS[name]["training"], "learning_rate": 0.02, "schedule": None}}
    experiment, data, model = built(config)
    steps, batches, none = training_steps(experiment, data, model)
    found = []
    for _ in range(2):
        done, totals = steps(batches, tf.constant(STEPS), none)
        assert int(done) == STEPS
        found.append(float(totals["loss"][0] / totals["loss"][1]))
    return found, model


@pytest.fixture(autouse=True)
def _nothing_is_compiled(monkeypatch):
    """By XLA, which would be most of the time; tests/layers/rnn/test_recurrent.py has its loops in bfloat16."""
    monkeypatch.setattr(recurrent, "unroll_function", lambda *_, **__: unroll.unroll_plain)


@pytest.mark.slow
@pytest.mark.parametrize("name", CONFIGS)
def test_a_model_trains_in_bfloat16_as_in_float32(name):
    """Weights are float32 too."""
    exact, _ = losses(name, "float32")
    mixed, model = losses(name, "mixed_bfloat16")
    assert all(map(math.isfinite, mixed))
    print(name, exact, mixed)
    assert mixed == pytest.approx(exact, rel=TOLERANCE)
    assert {weight.dtype for weight in model.trainable_variables} == {"float32"}
