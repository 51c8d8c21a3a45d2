"""Trainings of every task whose batches are computed in parts (`training.accumulate`) are those of whole batches."""

import numpy as np
import pytest
from divided import GIVEN, losses
from keras_twins import force
from quick import DOCUMENT_VECTORS, QUICK, WORD_VECTORS, trained
from safetensors.numpy import load_file
from test_resume import SignalAt, assert_equal, stopped

from seqlab import config, experiment
from seqlab.data.batching.pipeline import batches
from seqlab.training import loop
from seqlab.training.optimizers import row_updates

PLAIN = ("training.optimizer=sgd", "training.learning_rate=0.2", "training.epochs=1")
"""Adam would divide gradients near zero, and their rounding, by their size."""
TIED = {
    **GIVEN["streams"],
    "model": {"name": "recurrent", "cell": "gru", "units": 8, "embedding": 8, "tied": True},
}
PARTS = {**GIVEN, "tied": TIED}


def in_lines(message):
    """A pattern of the message, wherever its lines are wrapped."""
    return r"\s+".join(message.split())


def assert_same_weights(run, whole):
    mine, others = load_file(run.weights_file), load_file(whole.weights_file)
    assert mine.keys() == others.keys()
    for name, value in mine.items():
        np.testing.assert_allclose(value, others[name], rtol=0, atol=2e-5 * max(np.abs(others[name]).max(), 0.1))


@pytest.mark.slow
@pytest.mark.parametrize("name", PARTS)
def test_weights_and_losses_are_those_of_whole_batches(tmp_path, monkeypatch, name):
    """33 rows in 4 parts, which cannot be equal: other counts of tokens, and of padding, in each. All tables count as
    large, and those of bags are updated by rows."""
    monkeypatch.setattr(row_updates, "LARGE", 1)
    force(monkeypatch, "plain")  # XLA would compile for each number of rows: seconds each, and no other numbers
    run = trained(tmp_path / "parts", *PLAIN, "training.accumulate=4", given=PARTS[name])
    whole = trained(tmp_path / "whole", *PLAIN, given=PARTS[name])
    assert losses(run) == pytest.approx(losses(whole), rel=2e-5)
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


@pytest.mark.parametrize("given", [WORD_VECTORS, DOCUMENT_VECTORS], ids=lambda given: given["model"]["name"])
@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.accumulate=2", "cannot be computed in parts: leave accumulate out, or lower batch_size"),
        ("training.batch_size=auto", "cannot be computed in parts when memory runs out: give a number, such as 512"),
    ],
)
def test_word_vectors_refuse_parts(given, override, message):
    """The words of a batch are context for each other."""
    with pytest.raises(config.ConfigError, match=in_lines(message)):
        config.load(given, [override])


def test_there_is_an_example_for_every_part():
    with pytest.raises(
        config.ConfigError, match=in_lines("a batch of 32 cannot be computed in 33 parts: use at most 32")
    ):
        config.load(QUICK, ["training.accumulate=33"])
    with pytest.raises(config.ConfigError, match=in_lines("computed in 20 parts on 2 devices: use at most 16")):
        config.load(QUICK, ["training.accumulate=20", "runtime.devices=2"])
    given = {**GIVEN["translation"], "training": {"batch_tokens": 6_000}}
    config.load(given, ["training.accumulate=40"])  # how many examples there are is not known


def test_a_plan_of_parts():
    """Every row once, in the order of the plan; a batch with less rows than parts has less parts."""
    plan = [np.arange(5), np.array([9]), np.array([7, 8])]
    given = batches(plan, lambda rows: {"rows": rows}, {"rows": ("int64", (None,))}, parts=3)
    found = [(share["rows"].numpy().tolist(), int(part), int(parts)) for (share,), part, parts in given]
    assert found == [([0, 1], 0, 3), ([2, 3], 1, 3), ([4], 2, 3), ([9], 0, 1), ([7], 0, 2), ([8], 1, 2)]
    of_two = batches(plan[:1], lambda rows: {"rows": rows}, {"rows": ("int64", (None,))}, shares=2, parts=3)
    assert [[share["rows"].numpy().tolist() for share in shares] for shares, *_ in of_two] == [
        [[0, 1], [2]],
        [[3], [4]],
    ]
