"""Metrics against the bands that a recipe expects."""

import pytest

from seqlab.metrics.metric_names import metric_outputs
from seqlab.reports.verdict import verdicts
from seqlab.tasks import TASKS

LOWER = {
    "loss",
    "log_loss",
    "calibration_error",
    "perplexity",
    "bits_per_character",
    "free_running_loss",
    "free_running_perplexity",
    "baseline_perplexity",
    "baseline_bits_per_character",
    "unknown_share",
    "mse",
    "mae",
    "baseline_mse",
    "baseline_mae",
}
"""The metrics that are better when they are lower, by their definitions."""
ALL = [
    "loss",
    *(name for task in TASKS.values() for each in task.registries.metrics.names for name in metric_outputs(each)),
]


@pytest.mark.parametrize("name", sorted(set(ALL)))
def test_the_word_follows_the_number_and_the_causes_its_side(name):
    better = name in LOWER
    expected = {
        0.4: "within",
        0.6: "within",
        0.39: "suspiciously below" if better else "below",
        0.61: "above" if better else "suspiciously above",
    }
    for value, where in expected.items():
        (verdict,) = verdicts({f"test.{name}": value}, {f"test.{name}": (0.4, 0.6)})
        assert verdict.where == where
        text = verdict.sentence("Chollet 2021")
        assert text.startswith(f"test.{name} {value:.4f} is {where} the expected 0.4 to 0.6 (Chollet 2021)")
        assert ("lower is better" in text) is (better and where != "within")
        assert ("too few epochs" in text) is (where in ("below", "above"))
        assert ("give the answer away" in text) is where.startswith("suspiciously")


def test_data_that_were_left_out_are_the_first_cause():
    (verdict,) = verdicts({"validation.loss": 5.1}, {"validation.loss": (6, 6.25)})
    assert verdict.sentence().endswith(
        "Likely causes: validation texts in the training split, or another validation set"
    ), "there may be no test split, and no answers"
    assert "Likely causes: a subset of the data (data.take), validation texts" in verdict.sentence(is_subset=True)
    (worse,) = verdicts({"test.accuracy": 0.5}, {"test.accuracy": (0.9, 1)})
    assert worse.sentence().count("a subset of the data") == worse.sentence(is_subset=True).count("subset") == 1


def test_metrics_that_are_missing_or_no_numbers_have_no_verdict():
    assert verdicts({"a": "text"}, {"a": (0, 1), "b": (0, 1)}) == []
