"""The best epoch and when to stop."""

from seqlab.training.early_stopping import BestEpoch


def run(monitor, values, patience=None):
    best, stopped = BestEpoch(monitor), None
    for epoch, value in enumerate(values, start=1):
        best = best.after(epoch, value)
        if best.exhausted(patience):
            stopped = epoch
            break
    return best, stopped


def test_lower_loss_and_higher_accuracy_are_better():
    assert run("validation.loss", [0.5, 0.4, 0.45])[0].epoch == 2
    assert run("validation.accuracy", [0.5, 0.4, 0.45])[0].epoch == 1
    assert run("validation.f1.positive", [0.5, 0.7])[0].epoch == 2


def test_of_equals_the_first():
    assert run("validation.accuracy", [0.7, 0.7])[0].epoch == 1


def test_patience_counts_epochs_since_the_best():
    best, stopped = run("validation.loss", [3, 2, 2.5, 2.1, 1], patience=2)
    assert (best.epoch, best.value, stopped) == (2, 2, 4)
    assert run("validation.loss", [3, 4, 5, 6])[1] is None
