"""What all formats share: which column is meant, and which value is a text."""

import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from seqlab.data.tables.table import is_blank, positions, text_of
from seqlab.errors import RequestError

PATH = Path("a.csv")


def test_columns_in_the_order_that_is_asked_for():
    assert positions(PATH, ["a", "b", "c"], ["c", "a"]) == [2, 0]
    assert positions(PATH, ["a", "b", "a"], None) == [0, 1, 2]
    assert positions(PATH, ["a", "b", "a"], ["b"]) == [1]


@pytest.mark.parametrize(
    ("names", "column", "message"),
    [
        (["Text", "label"], "text", "no column 'text'; did you mean 'Text'. its columns are 'Text', 'label'"),
        (["text\x1b", "b"], "c", r"its columns are 'text\\x1b', 'b' \(a hint\)$"),
        ([str(number) for number in range(30)], "x", "'18', '19' … "),
        (["a", "a\u200b", "A"], "a", "2 columns called 'a'; rename all but one"),
    ],
)
def test_a_column_that_is_not_there_or_twice(names, column, message):
    with pytest.raises(RequestError, match=message):
        positions(PATH, names, [column], " (a hint)")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x", "x"), (True, "true"), (1, "1"), (1.0, "1.0"), (float("nan"), ""), (None, ""), (Decimal("1.50"), "1.50"),
        (datetime.datetime(2026, 1, 2, 3), "2026-01-02 03:00:00"), ([], None), ({}, None), (b"x", None),
    ],
)  # fmt: skip
def test_the_text_of_a_value(value, text):
    assert text_of(value) == text


def test_blank_is_a_row_without_a_character():
    assert is_blank(["", " \t", "\u3000"])
    assert not is_blank(["", None])
    assert not is_blank(["", "x"])
