"""What charts and tables of a report hold."""

import json
import math

import pytest

from seqlab.reports.html.blocks import AttentionMap, Chart, Series, level_of


@pytest.mark.parametrize(
    ("share", "level"), [(0, 0), (0.004, 0), (0.005, 1), (0.04, 1), (0.1, 1), (0.16, 2), (0.5, 5), (1, 10), (1.2, 10)]
)
def test_shades(share, level):
    assert level_of(share) == level


def test_attention_is_shaded_cell_by_cell():
    assert AttentionMap("one", ["a"], ["x", "y"], [[0.9, 0.1]]).levels == [[9, 1]]


def test_charts_are_json_of_six_digits():
    chart = Chart("Loss", "epoch", "loss", [Series("train", [(1, math.pi), (2, 1e-9)], dashed=True)], whole=True)
    found = json.loads(json.dumps(chart.as_json()))
    assert found["series"] == [{"name": "train", "dashed": True, "points": [[1, 3.14159], [2, 1e-9]], "labels": []}]
    assert (found["kind"], found["whole"], found["diagonal"]) == ("lines", True, False)
