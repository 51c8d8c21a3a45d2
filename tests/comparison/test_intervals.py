"""Intervals of the metrics of one run."""

import numpy as np
import pytest
from recorded_runs import predictions, recorded_run
from scipy import stats

from seqlab.comparison.intervals import Interval, intervals, intervals_or_none, method_of
from seqlab.errors import RequestError


def test_of_accuracy_it_is_about_the_binomial_one(tmp_path):
    rows = [[0.9, 0.1]] * 900 + [[0.2, 0.8]] * 100
    run = recorded_run(tmp_path, "one", None, predictions(["ham", "spam"], ["ham"] * 1_000, rows))
    value, low, high, _ = intervals(run, "test")["test.accuracy"]
    assert value == 0.9
    assert (low, high) == pytest.approx(stats.binom(1_000, 0.9).ppf([0.025, 0.975]) / 1_000, abs=0.004)


def test_of_a_mean_squared_error_it_is_that_of_scipy(tmp_path):
    random = np.random.default_rng(1)
    lines = [
        {"id": f"{n:06}", "target": float(n), "prediction": float(n + e)} for n, e in enumerate(random.normal(size=400))
    ]
    run = recorded_run(tmp_path, "one", None, lines, task="regression")
    errors = np.array([(each["prediction"] - each["target"]) ** 2 for each in lines])
    expected = stats.bootstrap((errors,), np.mean, method="percentile", random_state=2).confidence_interval
    value, low, high, method = intervals(run, "test")["test.mse"]
    assert method == "bootstrap"
    assert value == pytest.approx(errors.mean())
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=0.03)


def test_what_has_none(tmp_path):
    assert intervals(recorded_run(tmp_path, "vectors", None, None, task="word_vectors"), "test") == {}
    without = recorded_run(tmp_path, "one", None, None)
    assert intervals_or_none(without, "test") == {}
    with pytest.raises(RequestError, match="is missing"):
        intervals(without, "test")


def test_one_accuracy_has_one_interval(tmp_path):
    """That of its result, wherever it is shown; what a damaged result holds is none."""
    run = recorded_run(tmp_path, "one", None, predictions(["ham", "spam"], ["ham"] * 4, [[0.9, 0.1]] * 4))
    run.write_result({"test.accuracy": 1.0, "test.accuracy_low": 0.51, "test.accuracy_high": 1.0})
    found = intervals(run, "test")
    assert found["test.accuracy"] == Interval(1.0, 0.51, 1.0, "Wilson")
    assert {each.method for name, each in found.items() if name != "test.accuracy"} == {"bootstrap"}
    assert method_of(found) == "accuracy: Wilson's score interval; the others: bootstrap over the items"
    assert method_of({"test.accuracy": found["test.accuracy"]}) == "accuracy: Wilson's score interval"
    assert method_of({}) == ""
    run.write_result({"test.accuracy": 1.0, "test.accuracy_low": "x", "test.accuracy_high": 1.0})
    assert intervals(run, "test")["test.accuracy"].method == "bootstrap"
