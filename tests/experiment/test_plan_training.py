"""`plan` beside a real training of the same config: for every task, and when it is stopped or cannot go on."""

import json
import os
import platform
import signal
import tempfile

import pytest
from quick import LANGUAGE_MODEL, QUICK, TRANSLATED, WORD_VECTORS, Heard

from seqlab import config, experiment
from seqlab.errors import DivergedError, OutOfMemoryError, RequestError, SeqlabError, Stopped
from seqlab.experiment import measure_cost, plan_training
from seqlab.experiment.cost_of_steps import ROUNDS

TABULAR = {
    "task": "regression",
    "data": {"name": "synthetic", "size": 400},
    "model": "tabular",
    "training": {"epochs": 2},
}
PARTS = ("start", "compile", "training", "validation", "saving", "evaluation")


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """The folder of temporary files, to see what is left in it."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def plan(tmp_path, temporary):
    """`plan(config, overrides …)` → the cost; nothing may be left of its measurement."""

    def planned(given, *overrides, **options):
        cost = experiment.plan(config.load(given, overrides), tmp_path / "runs", **options)
        assert list(temporary.glob("seqlab*")) == []
        assert not (tmp_path / "runs").exists()
        return cost

    return planned


def test_epochs_cost_no_memory(plan, monkeypatch):
    """A list of a number for each epoch was 8 GB, and reported as what the training needs."""
    monkeypatch.setattr(measure_cost, "PLANNING_SECONDS", 0)
    cost = plan(QUICK, "training.epochs=1000000000", "training.patience=null", steps=1)
    assert cost.amounts.steps == 1_000_000_000 * cost.amounts.steps_per_epoch
    assert cost.memory.peak < 4_000


def assert_like(cost, run):
    """Figures that do not depend on the machine are those of a training."""
    result, metadata, epochs = run.result(), run.metadata(), run.metrics()
    assert cost.model.parameters == metadata["parameters"]
    assert cost.model.trained == metadata.get("trained_parameters", metadata["parameters"])
    assert sum(cost.model.layers.values()) == cost.model.parameters
    assert cost.amounts.steps_per_epoch == epochs[0]["step"]
    assert cost.amounts.steps == epochs[-1]["step"] or result["epochs"] < cost.amounts.epochs
    assert dict(cost.data.examples) == {
        split: size["examples"] for split, size in metadata["data"]["sizes"].items()
    } | ({"validation": cost.data.examples["validation"]})
    weights = run.weights_file.stat().st_size / 2**20
    assert cost.disk.weights == pytest.approx(weights, rel=0.05, abs=0.01)
    assert cost.disk.weights < cost.disk.checkpoint < cost.disk.run
    assert cost.memory.peak > 0
    assert len(cost.costs.steps.rounds) == ROUNDS
    seconds = cost.seconds
    assert all(seconds[part] > 0 for part in PARTS)
    assert seconds["total"] == pytest.approx(sum(seconds[part] for part in (*PARTS, "refit")))
    json.dumps(cost.as_json(), allow_nan=False)


def test_a_classifier(plan, finished_run):
    assert_like(plan(QUICK), finished_run)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "overrides"),
    [
        (QUICK, ["model={name: naive_bayes_bag}", "data.size=300"]),
        (TABULAR, ["runtime.xla=true"]),
        (LANGUAGE_MODEL, ["data.size=12000", "model.units=144", "model.stateful=true", "training.epochs=2"]),
        (WORD_VECTORS, ["data.size=1000"]),
    ],
    ids=["naive_bayes_bag", "table", "stateful", "word_vectors"],
)
def test_every_task(plan, tmp_path, given, overrides):
    cost = plan(given, *overrides)
    assert_like(cost, experiment.train(config.load(given, overrides), tmp_path / "trained"))


def test_a_translator(plan, translator):
    cost = plan(TRANSLATED, steps=2)
    assert_like(cost, translator)
    assert cost.costs.evaluation.of(100) > cost.costs.validation.of(100)  # it translates only at the end


def test_a_refit_trains_twice(plan, tmp_path):
    changes = ["training.refit=true", "training.average_checkpoints=2", "training.patience=null"]
    cost = plan(QUICK, *changes)
    run = experiment.train(config.load(QUICK, changes), tmp_path / "trained")
    sizes = cost.data.examples
    assert len(run.predictions_file("test").read_text(encoding="utf-8").splitlines()) == sizes["test"]
    assert cost.amounts.steps == run.metrics()[-1]["step"]
    assert cost.amounts.refit_steps == 3 * -(-(sizes["train"] + sizes["validation"]) // 32)
    assert cost.amounts.test == sizes["test"]
    assert cost.seconds["refit"] > 0


def test_the_data_are_prepared_once(plan, monkeypatch, tmp_path):
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / "cache"))
    first, second = plan(QUICK, "data.size=150"), plan(QUICK, "data.size=150")
    assert (first.data.now, second.data.now) == (True, False)


def test_fewer_batches_than_steps_that_were_asked_for(plan):
    cost = plan(QUICK, "data.size=150", steps=50)
    assert cost.costs.steps.steps == cost.amounts.steps_per_epoch < 50
    assert cost.notes == (f"an epoch has only {cost.amounts.steps_per_epoch} steps: each round consists of them",)
    assert plan(QUICK, steps=2).costs.steps.steps == 2


def test_data_that_are_missing(plan, tmp_path, temporary):
    table = {**QUICK, "data": {"name": "csv", "path": str(tmp_path / "none.csv")}}
    with pytest.raises(SeqlabError, match=r"none\.csv"):
        plan(table)
    assert list(temporary.glob("seqlab*")) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 75)])
def test_a_signal_leaves_nothing(plan, temporary, monkeypatch, tmp_path, number, code):
    """One arrives while steps are trained, which end a call first, and one in the middle of validation."""
    heard = Heard()
    for station in ("measure_steps", "measure_evaluation"):
        real = getattr(measure_cost, station)

        def stopped(*arguments, real=real):
            signal.raise_signal(number)
            return real(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(measure_cost, station, stopped)
            with pytest.raises(Stopped) as stop:
                plan(QUICK, "data.size=150", progress=heard)
        assert stop.value.exit_code == code
        assert list(temporary.glob("seqlab*")) == []
    assert [line for line in heard.lines if "nothing is kept" in line][1:] != []
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (MemoryError(), r": .*training\.batch_size"),
        (OutOfMemoryError("out of memory at step 3 or soon after"), r" at step 3 .*training\.accumulate=2 or more"),
    ],
)
def test_out_of_memory_says_what_to_lower(plan, temporary, monkeypatch, error, remedy):
    def exhausted(*_):
        raise error

    monkeypatch.setattr(measure_cost, "measure_steps", exhausted)
    with pytest.raises(SeqlabError, match=rf"^while measuring .*out of memory{remedy}"):
        plan(QUICK, "data.size=150")
    assert list(temporary.glob("seqlab*")) == []


def test_a_training_that_diverges_at_once(plan):
    changes = ["training.optimizer=sgd", "training.learning_rate=1e30", "training.epochs=20"]
    with pytest.raises(DivergedError, match="training would diverge: the loss or its gradient") as error:
        plan(QUICK, *changes)
    assert "weights are kept" not in str(error.value)
    assert "training.learning_rate" in str(error.value)


def test_a_bug_stays_one(plan, monkeypatch):
    def broken(*_):
        raise KeyError("x")

    monkeypatch.setattr(plan_training, "measure", broken)
    with pytest.raises(KeyError):
        plan(QUICK, "data.size=150")


def test_options_that_do_not_fit_the_data(plan):
    with pytest.raises(RequestError, match="there is no metric"):
        plan(QUICK, "training.monitor=validation.f1.positve")


def test_what_killed_processes_left_is_removed(temporary):
    for name, pid in (("seqlab-plan-dead", (1 << 31) - 1), ("seqlab-plan-alive", os.getpid())):
        (temporary / name).mkdir()
        (temporary / name / "run.lock").write_text(json.dumps({"pid": pid, "host": platform.node()}), encoding="utf-8")
    (temporary / "seqlab-plan-of-no-process").mkdir()
    with plan_training._temporary_folder() as folder:
        expected = {"seqlab-plan-alive", "seqlab-plan-of-no-process", folder.name}
        assert {path.name for path in temporary.iterdir()} == expected
    assert not folder.exists()
