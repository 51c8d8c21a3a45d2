"""What a plan says: names of JSON, which do not change, and what follows from its figures."""

import json

import pytest
from measured_costs import AMOUNTS, COSTS
from quick import QUICK

from seqlab import config
from seqlab.experiment.cost_estimate import LONG, Disk, Memory
from seqlab.experiment.training_cost import ModelSize, Preparation, TrainingCost


@pytest.fixture
def cost_of():
    """`cost_of(overrides …)` → a cost that was not measured."""

    def made(*overrides, peak=100.0, runs=1):
        return TrainingCost(
            config.load(QUICK, ["training.epochs=4", *overrides]).experiment,
            Preparation(1.5, True, {"train": 300, "validation": 100, "test": 50}),
            ModelSize(1000, 900, {"first": 990, "last": 10}, 1801),
            AMOUNTS,
            COSTS,
            Memory(peak, 1000.0),
            Disk(1.0, 3.0, 7.0, 5000.0),
            ("a note",),
            runs,
        )

    return made


def test_the_names_of_its_json(cost_of):
    found = json.loads(json.dumps(cost_of().as_json(), allow_nan=False))
    seconds = found.pop("seconds")
    assert sorted(seconds) == sorted(
        ["start", "compile", "training", "validation", "saving", "refit", "evaluation", "epoch", "total", "all_runs"]
    )
    assert found == {
        "parameters": {"total": 1000, "trained": 900, "layers": {"first": 990, "last": 10}},
        "optimizer": {"name": "adam", "values": 1801},
        "data": {"examples": {"train": 300, "validation": 100, "test": 50}, "prepared_now": True, "seconds": 1.5},
        "batch": {"batch_size": 32},
        "epochs": 4,
        "steps": {"epoch": 10, "total": 40, "refit": 0},
        "step_seconds": {
            "median": 0.2, "least": 0.1, "most": 0.9, "rounds": [0.1, 0.3, 0.2, 0.9, 0.1], "steps_per_round": 4,
            "compiling": 7.0,
        },
        "speed_unit": "examples",
        "examples_per_second": pytest.approx(300 / (10 * 0.2)),
        "tokens_per_second": pytest.approx(900 / (10 * 0.2)),
        "upper_bound": False,
        "runs": 1,
        "memory": {"peak_mb": 100.0, "machine_mb": 1000.0, "gpu_peak_mb": None},
        "disk": {"weights_mb": 1.0, "checkpoint_mb": 3.0, "run_mb": 7.0, "free_mb": 5000.0},
        "notes": ["a note"],
        "verdicts": [],
    }  # fmt: skip


def test_patience_makes_it_an_upper_bound(cost_of):
    assert cost_of("training.patience=3").is_upper_bound
    assert not cost_of("training.patience=4").is_upper_bound
    assert not cost_of("training.patience=null").is_upper_bound


def test_several_runs_import_once(cost_of):
    seconds = cost_of(runs=3).seconds
    assert seconds["all_runs"] == pytest.approx(3 * seconds["total"] - 2 * 2.0)


def test_verdicts_are_of_all_runs(cost_of):
    one = cost_of()
    runs = int(LONG / one.seconds["total"]) + 1
    assert (one.verdicts, cost_of(runs=runs // 2).verdicts) == ((), ())
    (said,) = cost_of(runs=2 * runs).verdicts
    assert said.startswith("this takes more than 5 hours. Lower training.epochs, training.patience, set data.take")
    (said,) = cost_of(peak=990.0).verdicts
    assert "training.batch_size" in said
