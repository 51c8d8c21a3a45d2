"""Which way a figure gets better, said by the metric itself."""

import pytest

from seqlab.metrics import direction
from seqlab.metrics.direction import better_when_lower, lower_is_better
from seqlab.reports.verdict import verdicts
from seqlab.training.stopping import Best


@pytest.fixture
def _errors(monkeypatch):
    """As a plug-in brings it, and gone after the test."""
    monkeypatch.setattr(direction, "_LOWER", set(direction._LOWER))

    @better_when_lower("error_rate", "error.hard")
    def error_rate(scored):
        return {"error_rate": 0.1, "error.hard": 0.2, "error.share": 0.3}

    assert error_rate(None)["error.hard"] == 0.2


@pytest.mark.usefixtures("_errors")
def test_a_metric_says_which_of_its_figures_are_better_when_lower():
    assert lower_is_better("validation.error_rate")
    assert lower_is_better("test.error.hard")
    assert not lower_is_better("test.error.share")
    assert not lower_is_better("test.accuracy")
    assert lower_is_better("train.loss")


@pytest.mark.usefixtures("_errors")
def test_it_chooses_the_best_epoch_and_judges_the_figure_by_it():
    best = Best("validation.error_rate")
    for epoch, value in enumerate((0.5, 0.3, 0.4), start=1):
        best = best.after(epoch, value)
    assert (best.epoch, best.value, best.waited) == (2, 0.3, 1)
    bands = {"test.error_rate": (0.1, 0.2), "test.error.hard": (0.1, 0.2)}
    found = verdicts({"test.error_rate": 0.05, "test.error.hard": 0.25}, bands)
    assert [verdict.where for verdict in found] == ["suspiciously above", "below"]
