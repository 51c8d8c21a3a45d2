"""Columns that may be larger than memory, against lists: what a list gives, they give, wherever they are kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.data import columns, spool
from seqlab.data.columns import Coded, Combined, Locations, Numbers, Texts

texts = st.lists(st.text(alphabet="ab é\n\udce9\U0001f600", max_size=4), max_size=30)


@pytest.fixture(autouse=True)
def in_a_file(monkeypatch, tmp_path):
    monkeypatch.setattr(spool, "IN_MEMORY", 10)
    monkeypatch.setattr(columns, "PORTION", 7)
    monkeypatch.setattr(columns, "_BUFFERED", 5)


LINES = [2, 3, 5, 7, 2**40]
COLUMNS = {
    "texts": (Texts.of, ["a", "é\n", "", "\udce9b", "a"]),
    "coded": (Coded.of, ["x", "y", "x", "z", "y"]),
    "locations": (lambda _: Locations("f.csv", np.array(LINES)), [f"f.csv:{line}" for line in LINES]),
    "numbers": (Numbers.of, [1.0, 0.5, 1e300, -2.0, 0.0]),
    "combined": (lambda _: Combined([Texts.of("abcde"), list("vwxyz")], " ".join), ["a v", "b w", "c x", "d y", "e z"]),
}


@pytest.fixture(params=COLUMNS.values(), ids=COLUMNS)
def column_and_values(request, in_a_file):
    make, values = request.param
    return make(values), values


def test_a_column_is_a_sequence_of_its_values(column_and_values):
    column, values = column_and_values
    assert (list(column), len(column), column[1], column[-1]) == (values, 5, values[1], values[-1])
    assert column == values == column
    assert (column == values[:-1], column == [*values[:-1], "?"]) == (False, False)
    with pytest.raises(IndexError):
        column[5]


def test_rows_and_slices(column_and_values):
    column, values = column_and_values
    rows = [3, 0, 0, 4]
    chosen = column.rows(np.array(rows))
    assert chosen == [values[row] for row in rows]
    assert chosen.rows(np.array([2, 3])) == [values[0], values[4]]
    for part in (slice(1, 3), slice(None), slice(None, None, 2), slice(4, 1, -1), slice(9)):
        assert column[part] == values[part]
    assert len(column.rows(np.array([], np.int64))) == 0


def test_both_follow_each_other(column_and_values):
    column, values = column_and_values
    part = column.rows(np.array([4, 2]))
    assert columns.followed_by(column, part) == [*values, values[4], values[2]]


@given(texts, st.data())
def test_texts_are_those_that_were_written(found, data):
    column = Texts.of(found)
    assert list(column) == found
    rows = data.draw(st.lists(st.integers(0, len(found) - 1))) if found else []
    assert list(column.rows(np.array(rows, np.int64))) == [found[row] for row in rows]


def test_texts_of_two_files_follow_each_other():
    assert columns.followed_by(Texts.of(["a", "b"]), Texts.of(["c"])) == ["a", "b", "c"]
    one, other = Locations("a", np.array([1])), Locations("b", np.array([2]))
    assert columns.followed_by(one, other) == ["a:1", "b:2"]
    assert columns.followed_by(["a"], Texts.of(["b"])) == ["a", "b"]


def test_rows_become_columns():
    rows = Combined([Texts.of(["a", "b"]), Texts.of(["1", "2"])], tuple)
    assert [list(each) for each in columns.transposed(rows, 2)] == [["a", "b"], ["1", "2"]]
    assert columns.transposed([("a", "1"), ("b", "2")], 2) == [("a", "b"), ("1", "2")]
    assert columns.transposed([], 2) == [(), ()]
