"""Metrics against scikit-learn and against answers worked out by hand."""

import numpy as np
import pytest
import sklearn.metrics

from seqlab.metrics.classification import (
    CLASSIFICATION_METRICS,
    ClassificationOutputs,
    accuracy,
    accuracy_interval,
    average_precision,
    calibration_error,
    confusion_matrix,
    decision_threshold,
    macro_f1,
    majority_class,
    per_class,
    roc_auc,
)
from seqlab.metrics.metric_names import is_computed_on, lower_is_better

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


def answered(labels, targets, predictions):
    """Outputs that say these classes."""
    return ClassificationOutputs(labels, np.array(targets), np.eye(len(labels), dtype=np.float32)[predictions] * 3)


@pytest.mark.parametrize(
    ("targets", "predictions"),
    [
        ([0, 0, 1, 1], [0, 1, 1, 0]),  # of four classes, two occur
        ([0, 0, 1, 1], [0, 3, 1, 0]),  # one is only predicted
        ([2, 2, 2], [2, 2, 2]),  # a single one
        ([2, 2, 0], [1, 1, 1]),
        ([0, 1, 2, 3], [0, 1, 2, 3]),
    ],
)
def test_macro_f1_is_of_the_classes_that_occur(targets, predictions):
    scored = answered(("a", "b", "c", "d"), targets, predictions)
    expected = sklearn.metrics.f1_score(targets, predictions, average="macro", zero_division=0)
    assert macro_f1(scored) == pytest.approx(expected)


def test_macro_f1_by_hand():
    """Seven classes are known; the split and the predictions hold five: 2.0 / 5, not 2.0 / 7."""
    scored = answered(tuple("abcdefg"), [0, 1, 2, 3, 4], [0, 1, 4, 2, 3])
    assert macro_f1(scored) == pytest.approx(0.4)
    assert per_class(scored)["support.g"] == 0


def test_ranking_of_two_classes_is_that_of_scikit_learn():
    truth, scores = TWO.targets, TWO.logits[:, 0]
    assert roc_auc(TWO)["roc_auc"] == pytest.approx(sklearn.metrics.roc_auc_score(truth, scores))
    expected = sklearn.metrics.average_precision_score(truth, scores)
    assert average_precision(TWO)["average_precision"] == pytest.approx(expected)


def test_ranking_of_several_classes_is_the_mean_of_each_against_the_others():
    truth, scores = THREE.targets, THREE.probabilities
    expected = sklearn.metrics.roc_auc_score(truth, scores, multi_class="ovr", average="macro")
    assert roc_auc(THREE)["roc_auc"] == pytest.approx(expected)
    expected = sklearn.metrics.average_precision_score(truth, scores, average="macro")
    assert average_precision(THREE)["average_precision"] == pytest.approx(expected)


def test_a_ranking_is_of_the_classes_that_the_split_has():
    rows = THREE.targets != 2
    some = ClassificationOutputs(THREE.labels, THREE.targets[rows], THREE.logits[rows])
    each = [sklearn.metrics.roc_auc_score(some.targets == label, some.probabilities[:, label]) for label in (0, 1)]
    assert roc_auc(some)["roc_auc"] == pytest.approx(np.mean(each))
    alone = ClassificationOutputs(THREE.labels, THREE.targets[THREE.targets == 2], THREE.logits[THREE.targets == 2])
    assert roc_auc(alone) == average_precision(alone) == {}


def test_probabilities_that_round_to_one_still_rank():
    scored = ClassificationOutputs(("no", "yes"), np.array([0, 1]), np.array([[50.0], [60.0]], np.float32))
    assert scored.probabilities[:, 1].tolist() == [1, 1]
    assert roc_auc(scored) == {"roc_auc": 1}


def test_the_baseline_is_the_most_frequent_class():
    assert majority_class(answered(("a", "b", "c"), [0, 2, 2, 2], [0, 0, 0, 0])) == {"baseline_accuracy": 0.75}


def test_the_interval_of_the_accuracy():
    interval = accuracy_interval(answered(("a", "b"), [0] * 8, [0] * 6 + [1] * 2))
    assert interval == pytest.approx({"accuracy_low": 0.4093, "accuracy_high": 0.9285}, abs=1e-4)


def test_the_threshold_is_that_of_two_classes():
    logits = np.log(np.array([[0.1], [0.2], [0.3], [0.4]]) / (1 - np.array([[0.1], [0.2], [0.3], [0.4]])))
    scored = ClassificationOutputs(("no", "yes"), np.array([0, 0, 1, 1]), logits.astype(np.float32))
    assert decision_threshold(scored) == pytest.approx({"threshold": 0.25, "threshold_f1": 1})
    assert macro_f1(scored) < 1
    assert decision_threshold(THREE) == {}
    assert decision_threshold(ClassificationOutputs(("no", "yes"), np.zeros(4, int), logits)) == {}
    assert not is_computed_on("decision_threshold", "test")
    assert is_computed_on("decision_threshold", "validation")


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
    assert np.isnan(roc_auc(scored)["roc_auc"])
    assert decision_threshold(scored) == {}
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
