"""Parquet: values as texts, blank rows, and what the error says without pyarrow or with another file."""

import datetime
import sys

import pytest

from seqlab.data.tables import read_table
from seqlab.errors import DataError, RequestError


@pytest.fixture
def write(tmp_path):
    """`write(a=[1, 2])` writes a file with these columns and returns its path."""
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    def write(**columns):
        parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet")
        return tmp_path / "a.parquet"

    return write


def test_values_become_the_texts_of_a_csv_file(write):
    path = write(
        a=["x", None],
        b=[1, 2],
        c=[1.0, float("nan")],
        d=[True, False],
        e=[datetime.date(2026, 1, 2), None],
        f=[[1], []],
    )
    assert read_table(path, columns=["a", "b", "c", "d", "e"]).rows == [
        (1, ["x", "1", "1.0", "true", "2026-01-02"]),
        (2, ["", "2", "", "false", ""]),
    ]
    assert read_table(path).rows[0][1] == ["x", "1", "1.0", "true", "2026-01-02", "[1]"]
    with pytest.raises(DataError, match=r"a\.parquet: 2 rows cannot be used, the first is 1\n  row 1: 'f' is a list"):
        read_table(path, columns=["f"])


def test_a_row_is_blank_if_all_its_columns_are(write):
    path = write(a=["x", None, None, " "], b=[1, None, 2, None])
    assert read_table(path, columns=["a"]).rows == [(1, ["x"]), (3, [""])]
    with pytest.raises(DataError, match=r"a\.parquet has no rows"):
        read_table(write(a=[None, " "]))


def test_another_file(tmp_path):
    pytest.importorskip("pyarrow")
    (tmp_path / "a.parquet").write_bytes(b"text,label\na,b\n")
    with pytest.raises(DataError, match=r"a\.parquet is not a Parquet file that pyarrow can read"):
        read_table(tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"b\.parquet cannot be read: .*No such file"):
        read_table(tmp_path / "b.parquet")


def test_without_pyarrow_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(RequestError, match=r'needs the package pyarrow: pip install "seqlab\[parquet\]"'):
        read_table(tmp_path / "a.parquet")


def test_a_nul_in_a_text_is_refused_with_its_row(write):
    path = write(a=["x", "y\0z"], b=["x", "y"])
    with pytest.raises(DataError, match=r"a\.parquet, row 2: 'a' contains the character NUL \(U\+0000\); .*remove the"):
        read_table(path, columns=["b", "a"])
    with pytest.raises(DataError, match="row 2: 'a' contains the character NUL"):
        read_table(path)
