"""Metrics against the bands that a recipe expects."""

import pytest

from seqlab.reports.verdict import verdicts


@pytest.mark.parametrize(
    ("name", "value", "where"),
    [
        ("test.accuracy", 0.5, "within"),
        ("test.accuracy", 0.4, "within"),
        ("test.accuracy", 0.39, "below"),
        ("test.accuracy", 0.61, "suspiciously above"),
        ("test.loss", 0.61, "below"),
        ("test.loss", 0.39, "suspiciously above"),
    ],
)
def test_above_is_better_whether_a_metric_is_maximized_or_minimized(name, value, where):
    (verdict,) = verdicts({name: value}, {name: (0.4, 0.6)})
    assert verdict.where == where
    assert str(verdict).startswith(f"{name} {value:.4f} is {where} the expected 0.4 to 0.6")
    assert ("Likely causes" in str(verdict)) is (where != "within")
    assert "to 0.6 (Chollet 2021)" in verdict.sentence("Chollet 2021")


def test_metrics_that_are_missing_or_no_numbers_have_no_verdict():
    assert verdicts({"a": "text"}, {"a": (0, 1), "b": (0, 1)}) == []
