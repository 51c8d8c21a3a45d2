"""Memory that runs out in a training step: `batch_size: auto` goes on with more parts, a number is told what to do."""

import numpy as np
import pytest
import tensorflow as tf
from quick import QUICK, WORD_VECTORS, Heard, comparable, trained
from safetensors.numpy import load_file
from test_resume import SignalAt, assert_equal

from seqlab import config, experiment, runs
from seqlab.errors import OutOfMemoryError, Stopped
from seqlab.runs import Run
from seqlab.tasks.classification.loss import ClassificationLoss
from seqlab.training import loop

TOO_LARGE = tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[32,600,20000] and type")
GIVEN = {
    **QUICK,
    "model": {"name": "bag", "dropout": 0.0},
    "training": {**QUICK["training"], "batch_size": "auto", "optimizer": "adam"},
}
STEPS = 12
"""Of an epoch."""


@pytest.fixture(autouse=True)
def _one_step_a_call(monkeypatch):
    monkeypatch.setattr(loop, "SECONDS_PER_CALL", 1e-9)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    run = trained(tmp_path_factory.mktemp("whole"), given=GIVEN)
    assert [line["step"] for line in run.metrics()] == [STEPS, 2 * STEPS, 3 * STEPS]
    return run


@pytest.fixture
def memory(monkeypatch):
    """`memory(parts, at)`: calls from number `at` on need more memory than there is with less than so many parts.

    What fails has changed the weights before: a call is many steps, and may fail within an update. Returns the parts
    of the functions that were compiled.
    """

    def limit(parts, at=1, error=TOO_LARGE):
        real, compiled, calls = loop.compile_steps, [], iter(range(1, 10**6))

        def compile_steps(*arguments, accumulate, **settings):
            run_steps = real(*arguments, accumulate=accumulate, **settings)
            compiled.append(accumulate)

            def run(*given):
                done = run_steps(*given)
                if next(calls) >= at and accumulate < parts:
                    raise error
                return done

            return run

        monkeypatch.setattr(loop, "compile_steps", compile_steps)
        return compiled

    return limit


def assert_nearly_equal(run, whole):
    mine, others = load_file(run.weights_file), load_file(whole.weights_file)
    for name, value in others.items():
        np.testing.assert_allclose(mine[name], value, rtol=0, atol=1e-3 * np.abs(value).max())
    result, expected = comparable(run.result()), comparable(whole.result())
    assert result.keys() == expected.keys()
    assert result["test.loss"] == pytest.approx(expected["test.loss"], rel=1e-4)
    assert [line["step"] for line in run.metrics()] == [line["step"] for line in whole.metrics()]
    for line, other in zip(run.metrics(), whole.metrics(), strict=True):
        assert line["train.loss"] == pytest.approx(other["train.loss"], rel=1e-4)
        assert line["validation.loss"] == pytest.approx(other["validation.loss"], rel=1e-4)


def train(folder, *overrides, given=GIVEN):
    heard = Heard()
    return experiment.train(config.load(given, overrides), folder, progress=heard), heard.lines


@pytest.mark.parametrize(
    ("at", "resumed"), [(1, "step 1 in epoch 1"), (7, "step 1 in epoch 1"), (STEPS + 4, f"step {STEPS + 1} in epoch 2")]
)
def test_training_goes_on_with_the_same_batches_in_two_parts(tmp_path, monkeypatch, memory, whole, at, resumed):
    monkeypatch.setattr("seqlab.training.checkpoints.LARGEST_SHARE", 1e9)  # a save after each epoch
    compiled = memory(2, at)
    run, said = train(tmp_path)
    assert_nearly_equal(run, whole)
    assert compiled == [1, 2]
    assert run.metadata()["accumulate"] == 2
    assert run.metadata()["config"]["training"]["accumulate"] == 1
    (line,) = (line for line in said if line.startswith("out of memory"))
    assert line == (
        f"out of memory at step {at} or soon after (for a tensor of shape [32,600,20000]): from now on the gradient of "
        "each batch is computed in 2 parts, one after another"
    )
    assert f"going on at {resumed}" in said


@pytest.mark.parametrize(
    "error", [MemoryError(), tf.errors.InternalError(None, None, "Dst tensor is not initialized.")]
)
def test_again_and_again_until_it_is_enough(tmp_path, memory, whole, error):
    compiled = memory(4, 3, error)
    run, _ = train(tmp_path)
    assert_nearly_equal(run, whole)
    assert compiled == [1, 2, 4]
    assert run.metadata()["accumulate"] == 4


def test_what_the_allocator_refuses(tmp_path, monkeypatch, whole):
    """No error of the test: more than eight examples at a time need more than any machine has."""
    real = ClassificationLoss.__call__

    def greedy(self, model, batch):
        sums, rows = real(self, model, batch), tf.size(batch["targets"], tf.int64)
        total = tf.cond(rows > 8, lambda: tf.reduce_sum(tf.fill([rows * 2**42], 0.0)), lambda: tf.constant(0.0))
        return {**sums, "loss": (sums["loss"][0] + total, sums["loss"][1])}

    monkeypatch.setattr(ClassificationLoss, "__call__", greedy)
    run, said = train(tmp_path)
    assert_nearly_equal(run, whole)
    assert run.metadata()["accumulate"] == 4
    assert [line.partition(": ")[2].partition(", one")[0] for line in said if line.startswith("out of memory")] == [
        f"from now on the gradient of each batch is computed in {parts} parts" for parts in (2, 4)
    ]


def test_more_than_one_example_at_a_time_is_the_end(tmp_path, memory):
    compiled = memory(10**6)
    with pytest.raises(OutOfMemoryError, match=r"although each part is one example: reduce vectorizer.max_length"):
        train(tmp_path, "training.accumulate=5")
    assert compiled == [5, 10, 20, 32]
    (run,) = (each.run for each in runs.list_runs(tmp_path))
    assert run.status() == "failed"
    assert "out of memory at step 1" in run.metadata()["reason"]


def test_another_error_is_none_of_memory(tmp_path, memory):
    memory(2, 1, tf.errors.InternalError(None, None, "a bug"))
    with pytest.raises(tf.errors.InternalError, match="a bug"):
        train(tmp_path)


def test_a_run_that_backed_off_is_resumed_with_the_parts_it_had(tmp_path, memory):
    """Bit for bit as the same training without a stop, with dropout."""
    given = {**GIVEN, "model": "bag"}
    memory(2, 4)
    uninterrupted, _ = train(tmp_path / "whole", given=given)
    compiled = memory(2, 4)
    with pytest.raises(Stopped):
        experiment.train(config.load(given), tmp_path / "runs", progress=SignalAt("epoch 2/3", 5))
    (directory,) = (tmp_path / "runs").iterdir()
    heard = Heard()
    resumed = experiment.resume(Run(directory), progress=heard)
    assert compiled == [1, 2, 2]
    assert not [line for line in heard.lines if line.startswith("training.accumulate")]
    assert_equal(resumed, uninterrupted)
    longer = experiment.resume(resumed, ["training.epochs=4"])
    assert compiled[-1] == longer.metadata()["accumulate"] == 2


def test_with_a_number_of_examples_the_error_names_the_way_out(tmp_path, memory, whole):
    given = {**GIVEN, "training": {**GIVEN["training"], "batch_size": 32}}
    memory(2, STEPS + 2)
    with pytest.raises(OutOfMemoryError) as failure:
        train(tmp_path, given=given)
    (run,) = (each.run for each in runs.list_runs(tmp_path))
    message = str(failure.value)
    assert "training.accumulate=2" in message
    assert "training.batch_size=auto" in message
    assert run.metadata()["reason"] == message
    command = message.partition("--resume ")[2].split()
    assert command == [str(run.directory), "training.accumulate=2"]
    heard = Heard()
    assert_nearly_equal(experiment.resume(run, command[1:], progress=heard), whole)
    note = "training.accumulate was 1, is 2: resumed exactly in state, perhaps not bit for bit"
    assert note in heard.lines


def test_word_vectors_are_told_what_helps_them(tmp_path, memory):
    memory(2)
    with pytest.raises(OutOfMemoryError, match=r"reduce training.batch_size") as failure:
        train(tmp_path, given=WORD_VECTORS)
    assert "accumulate" not in str(failure.value)


def test_a_refit_begins_again(tmp_path, memory):
    given = {**GIVEN, "training": {**GIVEN["training"], "refit": True, "epochs": 2}}
    expected, _ = train(tmp_path / "whole", given=given)
    compiled = memory(2, 2 * STEPS + 5)
    run, said = train(tmp_path / "runs", given=given)
    assert compiled == [1, 1, 2]
    assert any(line.startswith("out of memory at step 5 ") for line in said)
    assert run.result()["test.loss"] == pytest.approx(expected.result()["test.loss"], rel=1e-4)
