"""Metrics of predicted numbers: by hand, and against scikit-learn and SciPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from seqlab.metrics.metric_names import lower_is_better
from seqlab.metrics.regression import REGRESSION_METRICS, RegressionOutputs, mae, mean_target, mse, r2, spearman


def outputs(targets, predictions, mean=0.0):
    return RegressionOutputs(np.array(targets, float), np.array(predictions, float), mean)


def test_by_hand():
    made = outputs([1, 2, 3, 6], [2, 2, 5, 5], mean=4.0)
    assert (mse(made), mae(made)) == (6 / 4, 4 / 4)
    assert r2(made) == {"r2": 1 - 6 / 14}  # the mean is 3
    assert mean_target(made) == {"baseline_mse": (9 + 4 + 1 + 4) / 4, "baseline_mae": (3 + 2 + 1 + 2) / 4}
    # Ranks 1 2 3 4 and 1.5 1.5 3.5 3.5: covariance 4 / sqrt(5 · 4).
    assert spearman(made)["spearman"] == pytest.approx(4 / np.sqrt(20))


numbers = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=2, max_size=30)


@given(numbers)
def test_as_scikit_learn_and_scipy(pairs):
    targets, predictions = np.array(pairs, float).T
    made = outputs(targets, predictions)
    assert mse(made) == pytest.approx(metrics.mean_squared_error(targets, predictions))
    assert mae(made) == pytest.approx(metrics.mean_absolute_error(targets, predictions))
    if len(set(targets)) > 1:
        assert r2(made)["r2"] == pytest.approx(metrics.r2_score(targets, predictions))
    if len(set(targets)) > 1 and len(set(predictions)) > 1:
        expected = stats.spearmanr(targets, predictions).statistic
        assert spearman(made)["spearman"] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("targets", "predictions", "missing"),
    [([2, 2], [1, 3], {"r2", "spearman"}), ([1, 2], [3, 3], {"spearman"}), ([5], [4], {"r2", "spearman"})],
)
def test_what_equal_numbers_do_not_have(targets, predictions, missing):
    made = outputs(targets, predictions)
    assert {name for name, found in {"r2": r2(made), "spearman": spearman(made)}.items() if not found} == missing


def test_errors_are_better_when_lower():
    lower = {name for name in REGRESSION_METRICS.names if lower_is_better(f"validation.{name}")}
    assert lower == {"mse", "mae"}
    assert lower_is_better("test.baseline_mse")
