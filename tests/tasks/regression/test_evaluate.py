"""The evaluation of predicted numbers, from given ones."""

import numpy as np

from seqlab.data.ragged import Ragged
from seqlab.data.store import Store
from seqlab.metrics.regression import REGRESSION_METRICS, RegressionOutputs
from seqlab.tasks.regression.evaluate import SHOWN_ERRORS, RegressionEvaluation


def evaluation(targets, predictions):
    outputs = RegressionOutputs(np.array(targets, float), np.array(predictions, float), 0.0)
    names = [f"row {number}" for number in range(len(targets))]
    store = Store({"text": Ragged.from_texts(names), "content_ids": np.array([name.encode() for name in names])})
    return RegressionEvaluation(outputs, 0.5, store, (REGRESSION_METRICS.read("mse"), REGRESSION_METRICS.read("r2")))


def test_a_line_per_example_and_the_points_of_the_plot():
    made = evaluation([1, 2], [1.5, 4])
    assert list(made.predictions()) == [
        {"id": "row 0", "target": 1.0, "prediction": 1.5},
        {"id": "row 1", "target": 2.0, "prediction": 4.0},
    ]
    assert made.metrics() == {"loss": 0.5, "mse": (0.25 + 4) / 2, "r2": 1 - 4.25 / 0.5}
    (plot,) = made.plots().values()
    assert (plot.x.tolist(), plot.y.tolist(), plot.across, plot.up) == ([1, 2], [1.5, 4], "true", "predicted")


def test_samples_are_the_largest_errors_the_first_of_equal_ones_first():
    made = evaluation([0] * 14, [1, -3, 3, *[2] * 11])
    lines = made.samples().splitlines()
    assert lines[0] == "the mean error of 14 examples is 2.07143; the largest errors:"
    assert lines[2:4] == ["predicted -3, true 0 (error -3):", "row 1"]
    rows = [line for line in lines if line.startswith("row ")]
    assert rows[:4] == ["row 1", "row 2", "row 3", "row 4"]
    assert len(rows) == SHOWN_ERRORS
