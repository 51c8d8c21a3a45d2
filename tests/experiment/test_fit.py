"""What is said of the best epoch after training. That training itself is exact: test_resume.py."""

import signal
from types import SimpleNamespace

import pytest
from quick import QUICK, Heard

from seqlab import config, experiment, runs
from seqlab.errors import Stopped
from seqlab.experiment.fit import _notes_on_best_epoch
from seqlab.runs import Run
from seqlab.training import weights
from seqlab.training.early_stopping import BestEpoch
from seqlab.training.state import TrainingState


def test_a_signal_while_the_last_checkpoint_is_written_stops_the_run_before_it_is_evaluated(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "load_weights", lambda *_: signal.raise_signal(signal.SIGTERM))
    with pytest.raises(Stopped):
        experiment.train(config.load(QUICK), tmp_path)
    monkeypatch.undo()
    (stopped,) = runs.list_runs(tmp_path)
    assert (stopped.status, stopped.run.result()) == ("stopped", {})
    assert experiment.resume(stopped.run).status() == "finished"


def notes(tmp_path, best, epochs, schedule=None, keep_last=True):
    options = SimpleNamespace(schedule=schedule, checkpoint=SimpleNamespace(keep_last=keep_last))
    session = SimpleNamespace(run=Run(tmp_path / "a-run"), experiment=SimpleNamespace(training=options))
    return list(_notes_on_best_epoch(session, TrainingState(best, epoch=epochs + 1)))


def test_the_last_epoch_is_the_best_and_how_to_continue(tmp_path):
    (note,) = notes(tmp_path, BestEpoch("validation.accuracy", value=0.9, epoch=5), 5)
    assert note.splitlines() == [
        "validation.accuracy was still improving in the last epoch (5): more epochs may help. To continue:",
        f"  seqlab train --resume {tmp_path / 'a-run'} training.epochs=10",
    ]


def test_a_schedule_ends_with_its_last_epoch_so_that_nothing_is_continued(tmp_path):
    (note,) = notes(tmp_path, BestEpoch("validation.loss", value=0.9, epoch=5), 5, schedule="cosine_decay")
    assert "--resume" not in note
    assert note.endswith("the learning rate schedule was for 5, so train again with training.epochs=10")


def test_a_run_that_keeps_no_checkpoint_is_not_continued(tmp_path):
    (note,) = notes(tmp_path, BestEpoch("validation.loss", value=0.9, epoch=5), 5, keep_last=False)
    assert note.endswith("(5): more epochs may help; train again with training.epochs=10")


@pytest.mark.parametrize(("best", "epochs"), [(4, 5), (1, 1)])
def test_nothing_is_said_of_an_earlier_epoch_nor_of_a_single_one(tmp_path, best, epochs):
    assert notes(tmp_path, BestEpoch("validation.loss", value=0.9, epoch=best), epochs) == []


def test_a_metric_that_was_the_same_at_every_epoch(tmp_path):
    constant = BestEpoch("validation.bleu", value=0.0, epoch=3, waited=1, constant_loss=0.7)
    (note,) = notes(tmp_path, constant, 4)
    assert note == (
        "validation.bleu was 0.0000 after every epoch and cannot choose one: epoch 3 is kept, which has the lowest "
        "validation.loss"
    )
    _, improving = notes(tmp_path, constant, 3)
    assert improving.startswith("validation.loss was still improving in the last epoch (3)")
    assert notes(tmp_path, BestEpoch("validation.loss", value=0.7, epoch=1, constant_loss=0.7), 4) == []


def test_a_training_that_cannot_tell_its_epochs_apart_keeps_the_lowest_loss(tmp_path):
    """The baseline is the same whatever the model has learned."""
    training = {"epochs": 4, "learning_rate": 1e-4, "monitor": "validation.baseline_accuracy", "patience": 2}
    heard = Heard()
    run = experiment.train(config.load({**QUICK, "training": training}), tmp_path, progress=heard)
    losses = [line["validation.loss"] for line in run.metrics()]
    assert losses == sorted(losses, reverse=True)
    assert run.result()["best_epoch"] == 4
    assert sum("was" in line and "after every epoch" in line for line in heard.lines) == 1
    assert any("seqlab train --resume" in line and "training.epochs=8" in line for line in heard.lines)
