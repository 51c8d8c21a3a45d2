"""Heads, widths and positions that fit together, and messages about those that do not."""

import pytest
from pydantic import ValidationError

from seqlab.models.classification import (
    CLASSIFIERS,
)


def faults_of(options):
    with pytest.raises(ValidationError) as refused:
        CLASSIFIERS.read({"name": "transformer", **options})
    return [error["msg"] for error in refused.value.errors()]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"heads": 3, "width": 64},
            "a width of 64 cannot be divided among 3 heads; possible numbers of heads: 1, 2, 4, 8, 16, 32, 64",
        ),
        (
            {"heads": 4, "width": 12, "positions": "rotary"},
            "a width of 12 cannot be divided among 4 heads in even parts, which rotary positions need; possible "
            "numbers of heads: 1, 2, 3, 6",
        ),
        ({"heads": 1, "width": 5}, "sinusoidal positions need an even width, and 5 is odd"),
    ],
)
def test_heads_and_widths_that_do_not_fit(options, message):
    assert faults_of(options) == [message]


def test_odd_widths_are_possible_with_learned_positions():
    assert "need an even width" in faults_of({"heads": 1, "width": 5, "positions": "rotary"})[0]
    assert CLASSIFIERS.read({"name": "transformer", "heads": 5, "width": 15, "positions": "learned"}).width == 15
