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
        assert ("leak" in text) is where.startswith("suspiciously")


def test_metrics_that_are_missing_or_no_numbers_have_no_verdict():
    assert verdicts({"a": "text"}, {"a": (0, 1), "b": (0, 1)}) == []
