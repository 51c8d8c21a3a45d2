"""The predictions of a regression."""

from recorded_runs import recorded_run

from seqlab.comparison.predictions import read_number_predictions
from seqlab.reports.html.numbers import MOST_POINTS, number_blocks


def found(tmp_path, pairs):
    lines = [{"id": f"{n:06}", "target": target, "prediction": guess} for n, (target, guess) in enumerate(pairs)]
    return read_number_predictions(recorded_run(tmp_path, "one", None, lines, task="regression"), "test")


def test_the_largest_errors_come_first(tmp_path):
    chart, errors = number_blocks(found(tmp_path, [(1, 1.5), (2, -1), (3, 3)]), {"000001": "a house"}, 2)
    assert chart.series[0].points == [(1, 1.5), (2, -1), (3, 3)]
    assert chart.diagonal
    assert [(item.text, item.facts) for item in errors.items] == [
        ("a house", [("true", "2"), ("predicted", "-1"), ("error", "-3")]),
        (None, [("true", "1"), ("predicted", "1.5"), ("error", "0.5")]),
    ]


def test_of_many_examples_some_are_drawn(tmp_path):
    chart, _ = number_blocks(found(tmp_path, [(n, n) for n in range(3_000)]), {}, 2)
    points = chart.series[0].points
    assert len(set(points)) == MOST_POINTS
    assert chart.note == "1,000 of 3,000 examples, drawn at random."
