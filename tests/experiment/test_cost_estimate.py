"""The arithmetic of a plan, on figures that can be added by hand."""

from dataclasses import replace

import pytest
from measured_costs import AMOUNTS, COSTS

from seqlab.experiment.cost_estimate import LONG, Disk, Memory, number_of_saves, seconds_of, verdicts
from seqlab.experiment.cost_of_evaluation import EvaluationCost
from seqlab.training.options import Checkpoint

NEVER = Checkpoint(every_seconds=None, every_epochs=None)
ENOUGH = Memory(100.0, 1000.0), Disk(1.0, 3.0, 7.0, 100.0)


def test_parts_add_up():
    found = seconds_of(COSTS, AMOUNTS, NEVER)
    assert found == pytest.approx(
        {
            "start": 6.0,
            "compile": 7.0 + 2.0 + 3.0,
            "training": 40 * 0.2 + 4 * (0.5 + 0.125),  # the median of the rounds is 0.2
            "validation": 4 * (1.0 + 0.01 * 100 + 0.375),
            "saving": 4 * 0.25,
            "refit": 0.0,
            "evaluation": 0.1 * 100 + 0.1 * 50 + 4.0,
            "epoch": (10.5 + 9.5 + 1.0) / 4,
            "total": 6 + 12 + 10.5 + 9.5 + 1 + 19,
        }
    )


def test_without_a_test_split_one_is_evaluated():
    without = replace(AMOUNTS, test=0)
    costs = replace(COSTS, evaluation=EvaluationCost(2.0, 0.1, 0.0, 10))
    assert seconds_of(costs, without, NEVER)["evaluation"] == pytest.approx(2.0 + 10.0 + 4.0)
    assert seconds_of(costs, AMOUNTS, NEVER)["evaluation"] == pytest.approx(2.0 + 10.0 + 2.0 + 5.0 + 4.0)


def test_a_refit_trains_again_without_validation_and_compiles_again():
    found = seconds_of(COSTS, replace(AMOUNTS, refit_steps=48), NEVER)
    assert found["refit"] == pytest.approx(7.0 + 48 * 0.2 + 4 * 0.625 + 2.0 + 3.0)
    assert found["total"] == pytest.approx(58 + found["refit"])
    assert found["epoch"] == seconds_of(COSTS, AMOUNTS, NEVER)["epoch"]


@pytest.mark.parametrize(
    ("epoch", "epochs", "cost", "when", "saves"),
    [
        (100.0, 10, 1.0, Checkpoint(every_seconds=None, every_epochs=1), 10),
        (100.0, 10, 1.0, Checkpoint(every_seconds=None, every_epochs=5), 2),
        (100.0, 10, 1.0, Checkpoint(every_seconds=60, every_epochs=1), 17),  # 1,000 s, one a minute
        (100.0, 10, 1.0, Checkpoint(every_seconds=60, every_epochs=None), 17),
        (1.0, 100, 1.0, Checkpoint(every_seconds=None, every_epochs=1), 5),  # one in 20 s: 5 % of the time
        (1.0, 10, 1.0, Checkpoint(), 1),
        (1.0, 10, 1.0, NEVER, 1),
    ],
)
def test_saves_follow_the_rules_of_checkpoints(epoch, epochs, cost, when, saves):
    assert number_of_saves(epoch, epochs, cost, when) == saves


def test_saves_cost_time():
    found = seconds_of(replace(COSTS, checkpoint=0.1), AMOUNTS, Checkpoint(every_seconds=None, every_epochs=1))
    assert found["saving"] == pytest.approx(4 * 0.25 + 4 * 0.1)


def test_nothing_is_said_of_what_will_do():
    assert list(verdicts(LONG, *ENOUGH, {})) == []
    assert list(verdicts(10.0, Memory(None, 1000.0), ENOUGH[1], {})) == []
    assert list(verdicts(10.0, Memory(5000.0, None), ENOUGH[1], {})) == []


def test_too_little_memory_names_the_keys():
    keys = {
        "training.batch_size": 64, "training.epochs": 3, "vectorizer.source.max_length": 50,
        "vectorizer.target.max_length": None, "model.units": 512, "model.tied": True,
    }  # fmt: skip
    (said,) = verdicts(10.0, Memory(950.0, 1000.0), ENOUGH[1], keys)
    assert said == (
        "memory will not be enough: the first steps needed 950 MB, and the machine has 1,000 MB. Lower "
        "training.batch_size, vectorizer.source.max_length, model.units"
    )
    (said,) = verdicts(10.0, Memory(950.0, 1000.0), ENOUGH[1], keys | {"training.batch_tokens": 4000})
    assert said.endswith("Lower training.batch_tokens, vectorizer.source.max_length, model.units")
    (said,) = verdicts(10.0, Memory(950.0, 1000.0), ENOUGH[1], {})
    assert said.endswith("Lower the size of the model")


def test_a_full_disk_and_a_long_time():
    (said,) = verdicts(10.0, ENOUGH[0], Disk(10.0, 30.0, 70.0, 60.0), {})
    assert said.startswith("the disk will be full: a run needs 70 MB, and 60 MB are free")
    (said,) = verdicts(5.5 * 3600, *ENOUGH, {"training.epochs": 30, "training.patience": None, "model.units": 512})
    assert said == (
        "this takes more than 5 hours. Lower training.epochs, model.units, set data.take, or use a GPU (runtime.device)"
    )
