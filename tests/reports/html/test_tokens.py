"""Bits per token along the text of a language model."""

import math

import pytest
from recorded_runs import recorded_run

from seqlab.comparison.predictions import read_token_predictions
from seqlab.reports.html.tokens import MOST_POINTS, token_blocks


def found(tmp_path, segments):
    lines, start = [], 0
    for number, (tokens, bits) in enumerate(segments):
        scores = {"start": start, "tokens": tokens, "log_probability": -bits * math.log(2)}
        lines.append({"id": f"{number:06}", "target": None, "prediction": None, "scores": scores})
        start += tokens
    return read_token_predictions(recorded_run(tmp_path, "one", None, lines, task="language_model"), "test")


def test_bits_per_token_by_hand(tmp_path):
    (chart,) = token_blocks(found(tmp_path, [(1_000, 2_000), (1_000, 3_000), (500, 500)]))
    assert [x for x, _ in chart.series[0].points] == [0, 1_000, 2_000]
    assert [y for _, y in chart.series[0].points] == pytest.approx([2, 3, 1])


def test_a_long_text_is_summed_up(tmp_path):
    (chart,) = token_blocks(found(tmp_path, [(10, 20)] * 1_000))
    points = chart.series[0].points
    assert len(points) == MOST_POINTS
    assert all(y == pytest.approx(2) for _, y in points)


def test_one_segment_is_no_line(tmp_path):
    assert list(token_blocks(found(tmp_path, [(10, 20)]))) == []
