"""bfloat16 for the products of every kind of model that recipes have: it trains, and nearly as float32 does."""

import json

import keras
import pytest
import tensorflow as tf
from small_recipes import built, small_configs, training_steps, without_dropout

from seqlab.layers.rnn import recurrent, unroll

SAME_LAYERS = ("cell", "mask", "bidirectional", "stateful", "pooling", "tied", "attention_output", "score", "objective")
"""Options that change how layers are put together, not which; tests/layers/rnn/test_recurrent.py has all cells."""


def configs():
    """One recipe for each set of layers, without dropout, of one layer each: most of the time is spent on graphs."""
    found = {}
    for name, given in small_configs().items():
        config = without_dropout(given)
        config["model"] |= {"layers": 1} if "layers" in config["model"] else {}
        rate = 0.001 if config["model"]["name"] == "transformer" else 0.005  # of some, the first steps move nothing
        config["training"] |= {"learning_rate": rate, "schedule": None}
        layers = {key: value for key, value in config["model"].items() if key not in SAME_LAYERS}
        found.setdefault(json.dumps([config["task"], layers], sort_keys=True), (name, config))
    return dict(found.values())


CONFIGS = configs()
STEPS = 5
TOLERANCE = 0.01
"""Of the mean loss of some steps, relative. bfloat16 keeps 8 bits of a factor: an error of 0.4 % at most and of either
sign, so that a sum has less. Without dropout, which draws other numbers in bfloat16, the losses of recurrent layers and
bags differ by 0.05 % after ten steps, those of Transformers by more: Adam's first steps are as long for gradients that
are noise. A product without its gradient, or a loss in half precision, changes some per cent."""
OF_SMALL_STEPS = 0.002
"""The same where the rate is 0.001: with 0.005 a small Transformer is steep, and the losses of two precisions part by
0.4 to 3 %, depending on the random numbers that it begins with; with 0.001 by 0.02 %."""


@pytest.fixture(autouse=True)
def _nothing_is_compiled(monkeypatch):
    """By XLA, which would be most of the time; tests/layers/rnn/test_recurrent.py has its loops in bfloat16."""
    monkeypatch.setattr(recurrent, "unroll_function", lambda *_, **__: unroll.unroll_plain)


def losses(config, policy):
    """The mean losses of the first steps and of the next, and the model."""
    keras.config.set_dtype_policy(policy)
    experiment, data, model = built(config)
    steps, batches, none = training_steps(experiment, data, model)
    found = []
    for _ in range(2):
        done, totals = steps(batches, tf.constant(STEPS), none)
        assert int(done) == STEPS  # all finite
        found.append(float(totals["loss"][0] / totals["loss"][1]))
    return found, model


@pytest.mark.slow
@pytest.mark.parametrize("name", CONFIGS)
def test_a_model_trains_in_bfloat16_as_in_float32(name):
    config = CONFIGS[name]
    exact, _ = losses(config, "float32")
    mixed, model = losses(config, "mixed_bfloat16")
    tolerance = OF_SMALL_STEPS if config["training"]["learning_rate"] < 0.005 else TOLERANCE
    assert mixed == pytest.approx(exact, rel=tolerance)
    assert exact[1] < exact[0]
    assert {weight.dtype for weight in model.trainable_variables} == {"float32"}
    outputs = getattr(model, "head", None) or model.layers[-1]
    assert outputs.compute_dtype == "float32" or config["task"] == "word_vectors"
