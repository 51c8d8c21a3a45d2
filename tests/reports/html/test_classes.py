"""The predictions of a classifier, by hand and by scikit-learn."""

import numpy as np
import pytest
from recorded_runs import predictions, recorded_run
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from seqlab.comparison.predictions import read_class_predictions
from seqlab.reports.html.blocks import Chart, Examples, Table
from seqlab.reports.html.classes import MOST_CLASSES, calibration, class_blocks


def classified(tmp_path, labels, targets, probabilities):
    run = recorded_run(tmp_path, "one", None, predictions(labels, targets, probabilities))
    return read_class_predictions(run, "test")


@pytest.fixture
def spam(tmp_path):
    """Of five texts, two are wrong."""
    rows = [[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3], [0.05, 0.95]]
    return classified(tmp_path, ["ham", "spam"], ["ham", "ham", "spam", "spam", "spam"], rows)


def block(found, caption, texts=None, most=10):
    return next(each for each in class_blocks(found, texts or {}, most) if each.caption.startswith(caption))


def test_confusion_by_hand(spam):
    table = block(spam, "Confusion")
    assert isinstance(table, Table)
    assert table.columns == ["true class", "ham", "spam"]
    assert table.rows == [["ham", "1 (50.0%)", "1 (50.0%)"], ["spam", "1 (33.3%)", "2 (66.7%)"]]
    assert table.levels == [[5, 5], [3, 7]]


def test_the_most_confident_errors_come_first(spam):
    errors = block(spam, "Most confident", {"000001": "Win a prize"})
    assert isinstance(errors, Examples)
    assert errors.note == "2 of 5 examples are wrong."
    assert [(item.text, item.facts) for item in errors.items] == [
        ("Win a prize", [("true", "ham"), ("predicted", "spam (0.8000)")]),
        (None, [("true", "spam"), ("predicted", "ham (0.7000)")]),
    ]
    assert len(block(spam, "Most confident", most=1).items) == 1


def test_thresholds_by_hand(spam):
    chart = block(spam, "Thresholds of spam")
    assert isinstance(chart, Chart)
    lines = {each.name: {round(x, 2): y for x, y in each.points} for each in chart.series}
    assert lines["recall"][0] == 1
    assert lines["precision"][0] == 3 / 5
    assert lines["precision"][0.7] == 1 / 2  # 0.8 is wrong, 0.95 is right
    assert lines["recall"][0.7] == 1 / 3
    assert lines["F1"][0.7] == pytest.approx(2 / 5)
    assert 1.0 not in lines["precision"]  # nothing is predicted


def test_as_scikit_learn_has_it(tmp_path):
    random = np.random.default_rng(3)
    labels = ["a", "b", "c"]
    targets = random.integers(0, 3, 500)
    rows = 0.5 * random.dirichlet([1, 1, 1], 500) + 0.5 * np.eye(3)[random.permutation(targets)]
    found = classified(tmp_path, labels, [labels[each] for each in targets], rows.tolist())
    counts = [[int(cell.split()[0]) for cell in row[1:]] for row in block(found, "Confusion").rows]
    assert np.array_equal(counts, confusion_matrix(targets, rows.argmax(axis=1)))
    expected = precision_recall_fscore_support(targets, rows.argmax(axis=1))
    shown = [row[1:] for row in block(found, "Classes").rows]
    assert shown == [[*(f"{each:.4f}" for each in row[:3]), f"{row[3]:.0f}"] for row in np.array(expected).T]
    confidence, right = rows.max(axis=1), rows.argmax(axis=1) == targets
    share, mean = calibration_curve(right, confidence, n_bins=10)
    assert [each[0] for each in calibration(found)] == pytest.approx(mean)
    assert [each[1] for each in calibration(found)] == pytest.approx(share)
    assert sum(n for *_, n in calibration(found)) == 500


def test_of_many_classes_those_with_errors_are_shown(tmp_path):
    labels = [f"c{number:02}" for number in range(40)]
    targets = [*labels, "c39", "c39"]
    rows = [list(np.eye(40)[number]) for number in range(40)] + [list(np.eye(40)[0]), list(np.eye(40)[38])]
    table = block(classified(tmp_path, labels, targets, rows), "Confusion")
    assert len(table.rows) == MOST_CLASSES
    assert {"c00", "c38", "c39"} <= {row[0] for row in table.rows}
    assert f"Of 40 classes, the {MOST_CLASSES} with the most errors" in table.note
