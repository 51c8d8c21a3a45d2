"""Counts as Prometheus reads them: its text format, version 0.0.4."""

import re

from seqlab.serving.measurements import Histogram, Measurements

LINE = re.compile(r'[a-z_]+\{([a-z]+="(\\.|[^"\\\n])*",?)*\} [0-9.e+-]+')


def test_a_histogram_counts_what_is_at_most_each_bound():
    histogram = Histogram((1.0, 5.0))
    for value in (0.5, 1.0, 4.0, 100.0):
        histogram.observe(value)
    assert list(histogram.lines("x", ())) == [
        'x_bucket{le="1"} 2',
        'x_bucket{le="5"} 3',
        'x_bucket{le="+Inf"} 4',
        "x_sum{} 105.5",
        "x_count{} 4",
    ]


def test_every_line_is_a_sample_or_a_comment():
    counts = Measurements()
    counts.answered("/health", 200, 0.25)
    counts.answered("/health", 200, 0.25)
    counts.called('a "run"\\\n', 3)
    counts.refused("b")
    lines = counts.text({"b": 2}).splitlines()
    assert [line for line in lines if not line.startswith("# ") and not LINE.fullmatch(line)] == []
    assert 'seqlab_requests_total{path="/health",status="200"} 2' in lines
    assert 'seqlab_request_seconds_sum{path="/health"} 0.5' in lines
    assert 'seqlab_call_items_sum{run="a \\"run\\"\\\\\\n"} 3' in lines
    assert 'seqlab_refused_total{run="b"} 1' in lines
    assert 'seqlab_places_taken{run="b"} 2' in lines
