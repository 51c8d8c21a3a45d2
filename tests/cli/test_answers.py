"""`seqlab predict --file table -o answers`: rows, columns, formats, and what is refused before a model is loaded."""

import csv
import gzip
import json
from datetime import date
from pathlib import Path

import pytest
from shell import directories, write

TABLE = (
    "id,text,label,score\n"
    '7,"The food was great, really.",good,-0.5\n'
    "8,,?,+3\n"
    '9,"=cmd|x, terrible food",bad,1e3\n'
    '10,"two\nlines",bad,"-1,000"\n'
)
ROWS = list(csv.reader(TABLE.splitlines(keepends=True)))


@pytest.fixture(autouse=True)
def _table(seqlab):
    write("new.csv", TABLE)


def rows_of(name):
    with Path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_rows_come_back_with_the_answers_beside_them(seqlab):
    result = seqlab("predict", "latest", "--file", "new.csv", "-o", "answers.csv")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "wrote answers.csv" in result.stderr
    assert "nothing is left of the text in new.csv:3 for the model to read" in result.stderr
    header, *answers = rows_of("answers.csv")
    assert header == [*ROWS[0], "label_2", "probability"]
    assert [row[:4] for row in answers] == ROWS[1:]
    alone = [seqlab.works("predict", "latest", row[1]).split("\t") for row in ROWS[1:]]
    assert [row[4] for row in answers] == [label for label, *_ in alone]
    for row, (_, probability, _) in zip(answers, alone, strict=True):
        assert (row[5] == probability == "") or float(row[5]) == pytest.approx(float(probability), abs=1e-4)
    assert answers[1][4:] == ["", ""], "no answer is invented for an empty text"


@pytest.mark.parametrize("name", ["out.tsv", "out.jsonl", "out.csv.gz"])
def test_the_ending_names_the_format(seqlab, name):
    seqlab.works("predict", "latest", "--file", "new.csv", "-o", name)
    content = Path(name).read_bytes()
    text = (gzip.decompress(content) if name.endswith(".gz") else content).decode()
    if name.endswith("jsonl"):
        rows = [json.loads(line) for line in text.splitlines()]
        assert [row["id"] for row in rows] == ["7", "8", "9", "10"]
        assert (rows[1]["label_2"], rows[1]["probability"]) == (None, None)
    else:
        assert text.startswith("id\ttext\t" if name == "out.tsv" else "id,text,")
        assert text.count("two\nlines") == 1


def test_without_an_output_a_table_is_printed(seqlab):
    printed = list(csv.reader(seqlab.works("predict", "latest", "--file", "new.csv").splitlines(keepends=True)))
    assert [row[:4] for row in printed] == ROWS
    lines = seqlab.works("predict", "latest", "--file", "new.csv", "--json").splitlines()
    assert [json.loads(line)["score"] for line in lines] == ["-0.5", "+3", "1e3", "-1,000"]


def test_formulas_of_the_user_are_noted_and_quoted_on_request(seqlab):
    result = seqlab("predict", "latest", "--file", "new.csv", "-o", "answers.csv")
    assert "1 cell of the table that a spreadsheet may run as formulas (they begin with = + - or @)" in " ".join(
        result.stderr.split()
    )
    assert "--spreadsheet" in result.stderr
    result = seqlab("predict", "latest", "--file", "new.csv", "-o", "safe.csv", "--spreadsheet")
    assert "--spreadsheet" not in result.stderr
    assert [row[1][:5] for row in rows_of("safe.csv")] == ["text", "The f", "", "'=cmd", "two\nl"]
    assert [row[3] for row in rows_of("safe.csv")] == [row[3] for row in ROWS]


def test_what_is_not_as_asked_is_said(seqlab):
    result = seqlab("predict", "latest", "--file", "new.csv", "-o", "answers.csv")
    assert "the table has a column 'label': the answers are in 'label_2'" in result.stderr
    write("new.txt", "id,text\n1,good food\n")
    result = seqlab("predict", "latest", "--file", "new.txt")
    assert result.stdout.count("\n") == 2
    assert "rename it to new.csv" in " ".join(result.stderr.split())


def test_other_columns(seqlab):
    write("other.csv", TABLE.replace("id,text", "id,review"))
    message = seqlab.refuses(2, "predict", "latest", "--file", "other.csv", "-o", "answers.csv")
    assert "other.csv has no column 'text'; its columns are 'id', 'review', 'label', 'score'" in message
    assert "--text COLUMN" in message
    assert not Path("answers.csv").exists()
    seqlab.works("predict", "latest", "--file", "other.csv", "--text", "review", "-o", "answers.csv")
    assert len(rows_of("answers.csv")) == len(ROWS)


def test_lines_can_be_written_as_a_table(seqlab):
    write("texts.txt", "great, food\n\nterrible\n")
    seqlab.works("predict", "latest", "--file", "texts.txt", "-o", "answers.csv")
    assert [row[0] for row in rows_of("answers.csv")] == ["text", "great, food", "", "terrible"]
    assert rows_of("answers.csv")[0][1:] == ["label", "probability"]
    seqlab.works("predict", "latest", "great, food", "-o", "answers.csv")
    assert [row[0] for row in rows_of("answers.csv")] == ["text", "great, food"]
    Path("texts.txt.gz").write_bytes(gzip.compress(b"great, food\n"))
    assert seqlab.works("predict", "latest", "--file", "texts.txt.gz").count("\n") == 1
    Path("texts.txt.gz").write_bytes(gzip.compress(b"great, food\n" * 100)[:-9])
    seqlab_result = seqlab("predict", "latest", "--file", "texts.txt.gz")
    assert (seqlab_result.exit_code, "is not a whole gzip file" in seqlab_result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--file", "none.csv"], "there is no file none.csv; correct the path or put the file there"),
        (["--file", "new.xlsx"], "new.xlsx cannot be read: save it as CSV"),
        (["--file", "new.csv", "-o", "answers"], "has no ending that names a format"),
        (["--file", "new.csv", "-o", "none/answers.csv"], "the directory none does not exist"),
        (["--file", "new.csv", "-o", "new.csv"], "new.csv is the file that is read"),
        (["--file", "new.csv", "-o", "{run}/predictions/test.jsonl"], "test.jsonl is a file of run"),
        (["--file", "new.csv", "-o", "a.csv", "--json"], "--json prints to the terminal"),
        (["a text", "--text", "review"], "--text names columns of a table"),
        (["a text", "--file", "new.csv"], "not both"),
    ],
)
def test_what_is_refused_before_the_run_is_loaded(seqlab, arguments, says, monkeypatch):
    write("new.xlsx", b"PK\x03\x04")
    monkeypatch.setattr("seqlab.experiment.load", lambda *_, **__: pytest.fail("the run was loaded"))
    (run,) = directories()
    seqlab.refuses(2, "predict", "latest", *(each.format(run=run) for each in arguments), says=[says])


def test_a_table_that_cannot_be_written_leaves_nothing(seqlab, monkeypatch):
    def broken(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("seqlab.files.os.fsync", broken)
    result = seqlab("predict", "latest", "--file", "new.csv", "-o", "answers.csv")
    assert (result.exit_code, "the disk is full" in result.stderr) == (1, True)
    assert not list(Path().glob("answers*"))


def test_rows_of_json_lines_come_back_as_they_were_written(seqlab):
    rows = [
        '{"id": 5, "text": "great food", "score": 1.50, "tags": ["a", {"n": 1e400}], "none": null}',
        '{ "text":"terrible","label":"caf\\u00e9", "ok": true }',
    ]
    write("new.jsonl", "\n".join(rows) + "\n")
    seqlab.works("predict", "latest", "--file", "new.jsonl", "-o", "out.jsonl")
    printed = seqlab.works("predict", "latest", "--file", "new.jsonl")
    assert printed == Path("out.jsonl").read_text(encoding="utf-8")
    for line, row in zip(printed.splitlines(), rows, strict=True):
        assert line.startswith(row[:-1].rstrip() + ', "label_2": "')
        assert list(json.loads(line)) == [*json.loads(row), "label_2", "probability"]
    seqlab.works("predict", "latest", "--file", "new.jsonl", "-o", "out.csv")
    assert rows_of("out.csv")[1][:5] == ["5", "great food", "1.50", '["a", {"n": 1e400}]', ""]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("one.csv", 'text\ngood\n""\nbad\n'),
        ("one.tsv", "text\ngood\n \nbad\n"),
        ("one.jsonl", '{"text": "good"}\n{"text": ""}\n{"text": "bad"}\n'),
    ],
)
def test_a_row_whose_only_cell_is_empty_keeps_its_place(seqlab, name, content):
    write(name, content)
    seqlab.works("predict", "latest", "--file", name, "-o", "out.csv")
    answers = [row[1:] for row in rows_of("out.csv")[1:]]
    assert [bool(row[0]) for row in answers] == [True, False, True]


@pytest.mark.parametrize("output", ["out.csv", "out.jsonl"])
def test_a_table_without_rows_is_answered_by_one(seqlab, output):
    write("empty.csv", "id,text\n")
    result = seqlab("predict", "latest", "--file", "empty.csv", "-o", output)
    assert (result.exit_code, "empty.csv has no rows" in result.stderr) == (0, True)
    header = "id,text,label,probability\n" if output == "out.csv" else ""
    assert Path(output).read_text(encoding="utf-8") == header


@pytest.mark.parametrize("encoding", ["windows-1252", "utf-16-le"])
def test_files_in_a_named_encoding(seqlab, encoding):
    text = "great caf\u00e9"
    expected = seqlab.works("predict", "latest", text)
    for name, packed in (("old.txt", False), ("old.txt.gz", True)):
        content = f"{text}\r\n".encode(encoding)
        write(name, gzip.compress(content) if packed else content)
        assert seqlab.works("predict", "latest", "--file", name, "--encoding", encoding) == expected
    write("old.csv", f"text\n{text}\n".encode(encoding))
    printed = seqlab.works("predict", "latest", "--file", "old.csv", "--encoding", encoding)
    assert printed.splitlines()[1].startswith(f"{text},")


def test_an_encoding_that_cannot_be_used(seqlab):
    write("old.txt", b"caf\xe9 \x81\n")
    seqlab.refuses(2, "predict", "latest", "a text", "--encoding", "utf-8", says=["--encoding is that of a file"])
    seqlab.refuses(2, "predict", "latest", "--file", "old.txt", "--encoding", "utf-9", says=["'utf-9' is not the name"])
    seqlab.refuses(1, "predict", "latest", "--file", "old.txt", says=["byte 4 is not UTF-8; give --encoding NAME"])
    seqlab.refuses(
        1, "predict", "latest", "--file", "old.txt", "--encoding", "cp1252", says=["old.txt is not cp1252: give"]
    )


def test_rows_of_parquet_keep_their_types(seqlab):
    parquet = pytest.importorskip("pyarrow.parquet")
    arrow = pytest.importorskip("pyarrow")
    rows = [
        {"id": 5, "text": "great", "score": 1.5, "day": date(2026, 1, 2), "tags": [1, 2]},
        {"id": None, "text": "", "score": None, "day": None, "tags": None},
        {"id": 7, "text": "terrible", "score": float("inf"), "day": None, "tags": []},
    ]
    parquet.write_table(arrow.Table.from_pylist(rows), "new.parquet")
    seqlab.works("predict", "latest", "--file", "new.parquet", "-o", "out.parquet")
    written = parquet.read_table("out.parquet")
    assert written.schema.types[:5] == arrow.Table.from_pylist(rows).schema.types
    assert written.select(list(rows[0])).to_pylist() == rows
    seqlab.works("predict", "latest", "--file", "new.parquet", "-o", "out.jsonl")
    first, _, last = map(json.loads, Path("out.jsonl").read_text(encoding="utf-8").splitlines())
    assert {name: first[name] for name in rows[0]} == {**rows[0], "day": "2026-01-02"}
    assert (last["score"], last["tags"], last["label"] is not None) == (None, [], True)
    parquet.write_table(arrow.Table.from_pylist(rows).slice(0, 0), "new.parquet")
    seqlab.works("predict", "latest", "--file", "new.parquet", "-o", "out.parquet")
    assert parquet.read_table("out.parquet").column_names == [*rows[0], "label", "probability"]


def test_a_text_of_unknown_tokens_is_told_to_be_a_guess(seqlab):
    """Of the quick run, whose vocabulary has no such words: bags of words and pairs."""
    result = seqlab("predict", "latest", "zqx vlort", "The food was great.", *["qqq"] * 4)
    assert len(result.stdout.splitlines()) == 6
    guesses = [line for line in result.stderr.splitlines() if "the prediction is a guess" in line]
    assert [line.rpartition(": ")[2] for line in guesses] == ["'zqx vlort'", "'qqq'", "'qqq'"]
    assert "2 more texts have hardly a token that is known" in result.stderr
    write("new.csv", "text\nzqx vlort\nThe food was great.\n")
    table = seqlab("predict", "latest", "--file", "new.csv", "-o", "answers.csv")
    assert "the prediction is a guess: 'zqx vlort'" in table.stderr
    assert "great" not in table.stderr
