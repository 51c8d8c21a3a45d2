"""The best epoch and when to stop."""

import pytest

from seqlab.training.early_stopping import BestEpoch


def run(monitor, values, patience=None, losses=None):
    """The best epoch, and the epoch after which training stopped. The loss rises unless it is given."""
    best, stopped = BestEpoch(monitor), None
    for epoch, (value, loss) in enumerate(zip(values, losses or range(len(values)), strict=True), start=1):
        best = best.after(epoch, value, loss)
        if best.exhausted(patience):
            stopped = epoch
            break
    return best, stopped


def test_lower_loss_and_higher_accuracy_are_better():
    assert run("validation.loss", [0.5, 0.4, 0.45])[0].epoch == 2
    assert run("validation.accuracy", [0.5, 0.4, 0.45])[0].epoch == 1
    assert run("validation.f1.positive", [0.5, 0.7])[0].epoch == 2


def test_of_equals_the_first():
    assert run("validation.accuracy", [0.6, 0.7, 0.7], losses=[3, 2, 1])[0].epoch == 2


def test_patience_counts_epochs_since_the_best():
    best, stopped = run("validation.loss", [3, 2, 2.5, 2.1, 1], patience=2)
    assert (best.epoch, best.value, stopped) == (2, 2, 4)
    assert run("validation.loss", [3, 4, 5, 6])[1] is None


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_where_the_metric_is_the_same_at_every_epoch_the_loss_chooses(value):
    best, stopped = run("validation.bleu", [value] * 6, patience=2, losses=[3, 2, 1, 1.5, 1.5, 0.5])
    assert (best.epoch, best.value, stopped) == (3, value, 5)
    assert best.constant_loss == 1


def test_once_the_metric_changes_it_chooses_alone():
    better, _ = run("validation.bleu", [0.0, 0.0, 5.0, 5.0], losses=[3, 2, 4, 1])
    assert (better.epoch, better.waited, better.constant_loss) == (3, 1, None)
    worse, _ = run("validation.accuracy", [0.9, 0.9, 0.8, 0.9], losses=[3, 2, 1, 1])
    assert (worse.epoch, worse.waited, worse.constant_loss) == (2, 2, None)


def test_a_checkpoint_that_knows_no_loss_keeps_the_first_of_equals():
    older = BestEpoch("validation.accuracy", value=0.7, epoch=1)
    assert older.after(2, 0.7, 0.1).epoch == 1
    infinite = BestEpoch("validation.accuracy").after(1, 0.7, float("inf"))
    assert infinite.after(2, 0.7, 0.1).epoch == 1
