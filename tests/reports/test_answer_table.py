"""Tables with answers beside the user's rows: formats, names, formulas, and files that appear whole or not at all."""

import csv
import errno
import gzip
import io
import json
import os
import stat
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.data.tables import FORMATS
from seqlab.errors import RequestError
from seqlab.reports import answer_table
from seqlab.reports.answer_table import AnswerColumns, Formulas, check_output, is_table, open_table, unique, writer_of

COLUMNS = AnswerColumns.of(("id", "text"), ("label", "probability"))
ROWS = [(["1", "a,b"], ["good", 0.987654321]), (["2", ""], [None, float("nan")])]


def written(suffix, rows=ROWS, columns=COLUMNS, formulas=None):
    stream = io.StringIO()
    write = writer_of(stream, suffix, columns, formulas or Formulas())
    for own, answers in rows:
        write(own, answers)
    return stream.getvalue()


def test_csv_and_tsv():
    assert written(".csv") == 'id,text,label,probability\n1,"a,b",good,0.987654\n2,,,\n'
    assert written(".tsv") == "id\ttext\tlabel\tprobability\n1\ta,b\tgood\t0.987654\n2\t\t\t\n"
    assert written(".csv", columns=AnswerColumns.of(("0", "1"), ("label", "probability"), has_header=False)) == (
        '1,"a,b",good,0.987654\n2,,,\n'
    )


def test_csv_with_the_delimiter_of_the_users_table():
    columns = AnswerColumns.of(("id", "text"), ("label", "probability"), delimiter=";")
    assert written(".csv", columns=columns) == "id;text;label;probability\n1;a,b;good;0.987654\n2;;;\n"
    assert written(".tsv", columns=columns) == written(".tsv"), "the ending names it"


def test_json_lines():
    first, second = map(json.loads, written(".jsonl").splitlines())
    assert first == {"id": "1", "text": "a,b", "label": "good", "probability": 0.987654}
    assert second == {"id": "2", "text": "", "label": None, "probability": None}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["text", "label", "label"], ["text", "label", "label_2"]),
        (["label", "label_2", "label"], ["label", "label_2", "label_3"]),
        (["a", "a", "a"], ["a", "a_2", "a_3"]),
        (["a", "a", "a_2"], ["a", "a_3", "a_2"]),
    ],
)
def test_a_name_that_is_taken_gets_a_number(names, expected):
    assert unique(names) == expected


@given(st.lists(st.sampled_from(["a", "a_2", "a_3", "b", ""])))
def test_names_are_unique_and_first_ones_keep_theirs(names):
    result = unique(names)
    assert len(set(result)) == len(result) == len(names)
    assert all(result[names.index(name)] == name for name in names)


CELLS = [
    ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"), ("-x", "'-x"),
    ("\t=1", "'\t=1"), ("\r=1", "'\r=1"), ("-0.5", "-0.5"), ("+3", "+3"), ("-1e-3", "-1e-3"), ("-1,000.5", "-1,000.5"),
    ("-12%", "-12%"), ("a=b", "a=b"), ("", ""), ("'=1", "'=1"), ("- a list", "'- a list"),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "safe"), CELLS)
def test_cells_that_a_spreadsheet_would_run(cell, safe):
    columns = AnswerColumns.of(("own",), ("label",))
    for formulas, own, answer in (
        (Formulas(), cell, safe), (Formulas(own=True), safe, safe), (Formulas(answers=False), cell, cell)
    ):  # fmt: skip
        for suffix, delimiter in ((".csv", ","), (".tsv", "\t")):
            text = written(suffix, [([cell], [cell])], columns, formulas)
            assert list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[1] == [own, answer]
        assert json.loads(written(".jsonl", [([cell], [cell])], columns, formulas)) == {"own": cell, "label": cell}


@pytest.mark.parametrize("name", ["=x,-y", "＋a", "@b", "\n=c"])
def test_names_of_columns_may_look_like_formulas(name):
    stream, formulas = io.StringIO(), Formulas()
    writer_of(stream, ".csv", AnswerColumns.of((name,), ("=answer",)), formulas)
    assert list(csv.reader(io.StringIO(stream.getvalue(), newline=""))) == [[name, "'=answer"]]
    assert formulas.found == 1
    stream = io.StringIO()
    writer_of(stream, ".csv", AnswerColumns.of((name,), ("label",)), Formulas(own=True))
    assert list(csv.reader(io.StringIO(stream.getvalue(), newline=""))) == [[f"'{name}", "label"]]


def test_formulas_that_were_left_are_counted():
    formulas = Formulas()
    written(".csv", [([cell, cell], [cell]) for cell, _ in CELLS], AnswerColumns.of(("a", "b"), ("c",)), formulas)
    assert formulas.found == 2 * sum(cell != safe for cell, safe in CELLS)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1, max_size=3))
def test_the_users_cells_come_back_as_they_were(cells):
    columns = AnswerColumns.of([f"c{number}" for number in range(len(cells))], ("label",))
    text = written(".csv", [(cells, ["x"])], columns)
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == [*cells, "x"]


@pytest.mark.parametrize("name", ["a.csv", "a.tsv.gz", "A.JSONL"])
def test_a_file_appears_when_it_is_complete(tmp_path, name):
    path = tmp_path / name
    path.write_text("before", encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(KeyboardInterrupt), open_table(path, COLUMNS, Formulas()) as write:
        write(*ROWS[0])
        raise KeyboardInterrupt
    assert path.read_text(encoding="utf-8") == "before"
    with open_table(path, COLUMNS, Formulas()) as write:
        for row in ROWS:
            write(*row)
    assert [each.name for each in tmp_path.iterdir()] == [name]
    content = path.read_bytes()
    text = (gzip.decompress(content) if name.endswith("gz") else content).decode()
    assert text == written({"a.csv": ".csv", "a.tsv.gz": ".tsv", "A.JSONL": ".jsonl"}[name])
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.csv").touch()
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    with open_table(tmp_path / "link.csv", COLUMNS, Formulas()):
        pass
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text(encoding="utf-8") == "id,text,label,probability\n"


def test_parquet(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    with open_table(tmp_path / "a.parquet", COLUMNS, Formulas()) as write:
        for row in ROWS:
            write(*row)
    assert parquet.read_table(tmp_path / "a.parquet").to_pylist() == [
        {"id": "1", "text": "a,b", "label": "good", "probability": 0.987654321},
        {"id": "2", "text": "", "label": None, "probability": None},
    ]


def test_parquet_without_pyarrow(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(RequestError, match=r'pip install "seqlab\[parquet\]"'):
        check_output(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.xlsx", "no ending that names a format: .csv, .tsv"),
        ("a", "no ending"),
        ("none/a.csv", "the directory .*none does not exist"),
        ("folder.csv", "it is a directory"),
        ("x" * 300 + ".csv", "File name too long"),
    ],
)
def test_outputs_that_cannot_be_written(tmp_path, name, message):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(RequestError, match=message):
        check_output(tmp_path / name)


@pytest.mark.parametrize(("name", "suffix"), [("a.tsv.gz", ".tsv"), ("a.parquet", ".csv"), ("-", ".csv")])
def test_the_format_in_which_a_table_is_printed(tmp_path, name, suffix):
    assert answer_table.stream_suffix(tmp_path / name) == suffix


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.csv", True), ("A.TSV", True), ("a.jsonl.gz", True), ("a.parquet", True), ("a.txt", False), ("a", False),
     ("a.txt.gz", False), ("a.csv.bak", False)],
)  # fmt: skip
def test_the_name_says_whether_it_is_a_table(tmp_path, name, expected):
    assert is_table(tmp_path / name) is expected


@pytest.mark.parametrize("name", ["a.xlsx", "a.XLS", "a.json", "a.json.gz", "a.zip"])
def test_other_formats_are_not_read_as_lines(tmp_path, name):
    with pytest.raises(RequestError, match="cannot be read: save it as CSV"):
        is_table(tmp_path / name)


def test_tables_are_written_in_the_formats_in_which_they_are_read():
    assert set(answer_table.SUFFIXES) == set(FORMATS)


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOENT, errno.EROFS])
def test_whatever_fails_while_writing_names_the_file(tmp_path, monkeypatch, number):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with (
        pytest.raises(RequestError, match=r"cannot write .*a\.csv: .*; choose another file"),
        open_table(tmp_path / "a.csv", AnswerColumns.of(("text",), ("label",)), Formulas()) as write,
    ):
        write(["a"], ["b"])
    assert not list(tmp_path.iterdir())


def test_an_error_of_a_file_that_is_read_is_not_blamed_on_the_output(tmp_path):
    output = open_table(tmp_path / "a.csv", AnswerColumns.of(("text",), ("label",)), Formulas())
    with pytest.raises(FileNotFoundError), output:
        (tmp_path / "other" / "in.csv").read_bytes()


def test_predicted_numbers_keep_their_digits(tmp_path):
    columns = AnswerColumns.of(("id",), ("prediction",))
    rows = [(["1"], [1234567.875]), (["2"], [0.25]), (["3"], [None])]
    assert written(".csv", rows, columns) == "id,prediction\n1,1234568\n2,0.25\n3,\n"
    parquet = pytest.importorskip("pyarrow.parquet")
    with open_table(tmp_path / "a.parquet", columns, Formulas()) as write:
        for own, answers in rows:
            write(own, answers)
    assert parquet.read_table(tmp_path / "a.parquet")["prediction"].to_pylist() == [1234567.875, 0.25, None]
