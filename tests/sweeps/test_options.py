"""Ranges and choices: what is refused, and which values they have."""

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from seqlab.sweeps.options import Range, parsed_domain


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"low": 2, "high": 1}, "low is 2, above high, which is 1"),
        ({"low": 1, "high": 1}, "nothing is varied"),
        ({"low": 0, "high": 1, "log": True}, "begins above 0, got low: 0"),
        ({"low": 1, "high": 9, "log": True, "step": 2}, "log and step exclude each other"),
        ({"low": 1.5, "high": 9, "integer": True}, "whole numbers"),
        ({"low": 1, "high": 9, "integer": True, "step": 0.5}, "whole numbers"),
        ({"low": 0, "high": 1, "step": 2}, "wider than the range"),
        ({"low": 0, "high": 1, "step": 0}, "greater than 0"),
        ({"low": 0}, "Field required"),
        ({"low": float("nan"), "high": 1}, "finite"),
        ({"values": [1, 2, 1]}, "1 is listed twice"),
        ({"values": []}, "at least 1 item"),
        ([], "at least 1 item"),
    ],
)
def test_impossible_values_are_refused_with_the_reason(given, message):
    with pytest.raises(ValidationError, match=message):
        parsed_domain(given)


def test_a_single_value_is_no_range():
    with pytest.raises(PydanticCustomError, match="a list of values, or a mapping"):
        parsed_domain(0.1)


def test_true_and_1_are_two_choices():
    assert parsed_domain([True, 1]).values == [True, 1]


@pytest.mark.parametrize(
    ("given", "last"),
    [
        ({"low": 0, "high": 1, "step": 0.3}, 0.9),
        ({"low": 0, "high": 0.3, "step": 0.1}, 0.3),
        ({"low": 0, "high": 0.6, "step": 0.1}, 0.6),
        ({"low": 1, "high": 10, "integer": True, "step": 4}, 9),
        ({"low": 1, "high": 10, "integer": True}, 10),
        ({"low": 0, "high": 1}, 1),
    ],
)
def test_the_last_value_is_the_last_step(given, last):
    assert Range(**given).last == last
