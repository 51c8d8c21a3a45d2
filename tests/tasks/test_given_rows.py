"""Rows that a user gives for a prediction."""

import math

import numpy as np
import pytest

from seqlab.data.datasets.labelled_tables import CommaSeparated
from seqlab.errors import RequestError
from seqlab.tasks.given_rows import read_examples

DATA = CommaSeparated(path="x.csv", features={"text": ["a", "b"], "categories": ["city"], "numbers": ["size"]})


def test_values_of_any_type_are_read_as_cells():
    rows = [
        {"a": "warm", "b": "soup", "city": " Rome ", "size": 3},
        {"size": None, "city": None, "b": "", "a": "x", "more": object()},
        {"a": "x", "b": "y", "city": 7, "size": np.float32(0.5)},
        {"a": "x", "b": "y", "city": np.nan, "size": math.nan},
        {"a": "x", "b": "y", "city": True, "size": " 1e3 "},
    ]
    texts, cells = read_examples(rows, DATA)
    assert texts == ["warm soup", "x ", "x y", "x y", "x y"]
    assert cells == [("Rome", "3.0"), ("", ""), ("7", "0.5"), ("", ""), ("true", "1000.0")]


def test_columns_by_number():
    data = CommaSeparated(path="x.csv", header=False, label=1, features={"numbers": [0]})
    assert read_examples([{0: 2.0}, {"0": 3}], data) == (["", ""], [("2.0",), ("3.0",)])


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("text", "row 1 is 'text': this run reads the columns 'a', 'b', 'city', 'size': give a table"),
        ({"a": "", "b": "", "city": "", "Size": 3}, "row 1 has no 'size'; did you mean 'Size'"),
        ({}, "row 1 has no 'a'; give None for what is missing"),
        ({"a": "", "b": "", "city": [1], "size": 3}, "row 1: 'city' is a list, not one value"),
        ({"a": "", "b": "", "city": "", "size": "big"}, "row 1: in 'size', 'big' is not a number"),
        ({"a": "", "b": "", "city": "", "size": math.inf}, "row 1: in 'size', 'inf' is infinite"),
        ({"a": "", "b": "", "city": "", "size": True}, "row 1: in 'size', 'true' is not a number"),
    ],
)
def test_what_cannot_be_read_is_named(row, says):
    with pytest.raises(RequestError) as refusal:
        read_examples([row], DATA)
    assert says in str(refusal.value)


def test_without_features_an_example_is_a_text():
    data = CommaSeparated(path="x.csv")
    assert read_examples(["a", "b"], data) == (["a", "b"], [])
    with pytest.raises(RequestError, match="expected texts, got 3"):
        read_examples([3], data)
