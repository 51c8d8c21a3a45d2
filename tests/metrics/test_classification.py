"""Metrics against scikit-learn and against answers worked out by hand."""

import numpy as np
import pytest
import sklearn.metrics

from seqlab.metrics.classification import (
    CLASSIFICATION_METRICS,
    ClassificationOutputs,
    accuracy,
    calibration_error,
    confusion_matrix,
    macro_f1,
    per_class,
)
from seqlab.metrics.metric_names import lower_is_better

RNG = np.random.default_rng(0)
THREE = ClassificationOutputs(("a", "b", "c"), RNG.integers(0, 3, 500), RNG.normal(size=(500, 3)).astype(np.float32))
TWO = ClassificationOutputs(("no", "yes"), RNG.integers(0, 2, 500), RNG.normal(size=(500, 1)).astype(np.float32))


def test_errors_are_better_when_lower_and_the_others_when_higher():
    figures = [name for metric in CLASSIFICATION_METRICS for name in _figures_of(metric)]
    assert [name for name in figures if lower_is_better(f"validation.{name}")] == ["log_loss", "calibration_error"]


def _figures_of(metric):
    value = metric(name=metric.component_name())(THREE)
    return list(value) if isinstance(value, dict) else [metric.component_name()]


@pytest.mark.parametrize("scored", [TWO, THREE])
def test_agrees_with_scikit_learn(scored):
    truth, said = scored.targets, scored.predictions
    assert accuracy(scored) == pytest.approx(sklearn.metrics.accuracy_score(truth, said))
    assert macro_f1(scored) == pytest.approx(sklearn.metrics.f1_score(truth, said, average="macro"))
    assert scored.log_loss == pytest.approx(sklearn.metrics.log_loss(truth, scored.probabilities))
    report = sklearn.metrics.classification_report(truth, said, target_names=scored.labels, output_dict=True)
    for label in scored.labels:
        assert per_class(scored)[f"f1.{label}"] == pytest.approx(report[label]["f1-score"])
        assert per_class(scored)[f"recall.{label}"] == pytest.approx(report[label]["recall"])


def test_one_logit_is_the_second_class():
    scored = ClassificationOutputs(("no", "yes"), np.array([1, 0]), np.array([[2.0], [-800.0]], np.float32))
    assert scored.probabilities[0] == pytest.approx([0.11920292, 0.88079708])
    assert scored.predictions.tolist() == [1, 0]
    assert scored.log_loss == pytest.approx(0.126928 / 2, rel=1e-5)  # no overflow at -800


def test_confident_and_wrong_has_a_finite_loss():
    assert ClassificationOutputs(
        ("no", "yes"), np.array([0]), np.array([[1000.0]], np.float32)
    ).log_loss == pytest.approx(1000)


@pytest.mark.parametrize("outputs", [1, 2])
def test_a_model_that_diverged_has_figures_without_a_value_and_no_warnings(outputs):
    scored = ClassificationOutputs(("no", "yes"), np.array([0, 1]), np.full((2, outputs), np.inf, np.float32))
    assert np.isnan(scored.log_loss)
    assert np.isnan(calibration_error(scored))
    assert 0 <= accuracy(scored) <= 1


def test_calibration_error_by_hand():
    # Four answers at confidence 0.75, of which 2 are right; two at 1.0, both right.
    logit = np.log(3)
    logits = np.array([[logit]] * 4 + [[60.0]] * 2, np.float32)
    scored = ClassificationOutputs(("no", "yes"), np.array([1, 1, 0, 0, 1, 1]), logits)
    assert calibration_error(scored) == pytest.approx(4 / 6 * 0.25, abs=1e-6)


def test_confusion_matrix_counts_classes_that_never_occur():
    scored = ClassificationOutputs(("a", "b", "c"), np.array([0, 1]), np.array([[1.0, 0, 0], [1.0, 0, 0]], np.float32))
    assert confusion_matrix(scored).tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 0]]


def test_a_function_on_the_shelf_is_a_part_with_its_options():
    part = CLASSIFICATION_METRICS.read({"name": "calibration_error", "bins": 5})
    assert part(TWO) == calibration_error(TWO, bins=5)
    assert CLASSIFICATION_METRICS["calibration_error"]()(TWO) == calibration_error(TWO)
    with pytest.raises(ValueError, match="greater than 0"):
        CLASSIFICATION_METRICS.read({"name": "calibration_error", "bins": 0})
