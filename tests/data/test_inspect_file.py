"""What a look at the user's files finds: the dataset, its columns, its separator, its encoding."""

import gzip
import json

import pytest

from seqlab.data.datasets import DOCUMENTS, LABELLED_TEXTS, PAIRS, TEXTS
from seqlab.data.inspect_file import inspect
from seqlab.data.splits.load_splits import load
from seqlab.errors import DataError, RequestError

ROWS = [
    (f"this is {'good' if number % 2 else 'bad'} food {number}", "pos" if number % 2 else "neg") for number in range(40)
]


def table(delimiter=",", header=("review", "sentiment"), rows=ROWS):
    return "".join(f"{delimiter.join(map(str, cells))}\n" for cells in ([header] if header else []) + list(rows))


def found(path, datasets=LABELLED_TEXTS):
    options = dict(inspect([path], datasets).options)
    assert options.pop("path") == path
    return options


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", table(), {"name": "csv", "text": "review", "label": "sentiment"}),
        ("a.csv", table(";"), {"name": "csv", "delimiter": ";", "text": "review", "label": "sentiment"}),
        ("a.tsv", table("\t"), {"name": "tsv", "text": "review", "label": "sentiment"}),
        ("A.CSV", table("|"), {"name": "csv", "delimiter": "|", "text": "review", "label": "sentiment"}),
        ("a.csv.gz", gzip.compress(table().encode()), {"name": "csv", "text": "review", "label": "sentiment"}),
        ("a.csv", table(header=("x", "y1")), {"name": "csv", "text": "x", "label": "y1"}),
        ("a.csv", table(header=None), {"name": "csv", "header": False, "text": 0, "label": 1}),
        (
            "a.csv",
            table(rows=[(f"café {text}", label) for text, label in ROWS]).encode("windows-1252"),
            {"name": "csv", "encoding": "windows-1252", "text": "review", "label": "sentiment"},
        ),
        (
            "a.csv",
            table(
                header=("id", "stars", "title", "body"), rows=[(n, n % 5, "short", t) for n, (t, _) in enumerate(ROWS)]
            ),
            {"name": "csv", "text": "body", "label": "stars"},
        ),
        (
            "a.tsv",
            table("\t", rows=[(f'the 12" disc {text}', label) for text, label in ROWS]),
            {"name": "tsv", "text": "review", "label": "sentiment"},
        ),
        (
            "a.ndjson",
            "".join(json.dumps({"label": label, "text": text}) + "\n" for text, label in ROWS),
            {"name": "jsonl", "text": "text", "label": "label"},
        ),
    ],
)
def test_labelled_tables(tmp_path, name, content, expected):
    path = write(tmp_path, name, content)
    assert found(path) == expected
    splits = load(LABELLED_TEXTS.read({**expected, "path": str(path)})).splits
    assert sum(map(len, splits.values())) == len(ROWS), "the dataset reads what was found"
    assert {label for records in splits.values() for label in records.columns["label"]} >= {"neg", "pos"} or expected[
        "label"
    ] == "stars"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("en\tfr\nthe cat\tle chat\nthe dog\tle chien\n", ("en", "fr")),
        ("id\ttarget\tsource\n1\tle chat\tthe cat\n", ("source", "target")),
        ("n\tenglish\tfrench\n1\tthe cat\tle chat\n", ("english", "french")),
    ],
)
def test_pairs(tmp_path, content, expected):
    options = found(write(tmp_path, "a.tsv", content), PAIRS)
    assert (options["source"], options["target"]) == expected


def test_two_files_are_a_parallel_text(tmp_path):
    source, target = write(tmp_path, "a.en", "one\ntwo\n"), write(tmp_path, "a.fr", "un\ndeux\n")
    result = inspect([source, target], PAIRS)
    assert result.options == {"name": "parallel_text", "source": source, "target": target}
    assert result.size == 2
    with pytest.raises(RequestError, match="2 files are given, but this task reads one"):
        inspect([source, target], TEXTS)


def test_running_text(tmp_path):
    path = write(tmp_path, "book.txt", "once upon a time " * 10)
    assert found(path, TEXTS) == {"name": "text_file"}
    assert inspect([path], TEXTS).size == 170
    path = write(tmp_path, "poems.csv", "title,text\na,once upon\nb,a time\n")
    assert found(path, TEXTS) == {"name": "csv", "text": "text"}


def test_a_folder_of_classes(tmp_path):
    for name in ("neg", "pos"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.txt").write_text("x", encoding="utf-8")
    assert found(tmp_path) == {"name": "text_folder"}
    with pytest.raises(RequestError, match="is a directory, which this task does not read"):
        inspect([tmp_path], PAIRS)


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("a.txt", "x\n", RequestError, "is not a table: expected a name that ends in .csv, .tsv"),
        (
            "a.csv",
            "text,id\na,1\nb,2\nc,3\nd,4\ne,5\n",
            RequestError,
            "'text', 'id' looks like a label",
        ),
        ("a.csv", "text\na\nb\na\n", RequestError, "the table has only the column 'text'"),
        ("a.csv", "label,\nx,a\ny,b\nx,c\n", RequestError, "only the column 'label' with a name in the first row"),
        ("a.csv", ",a\nx,the text\ny,b\nx,c\nx,d\n", RequestError, "none of the columns '', 'a' looks like a label"),
        ("a.csv", "", DataError, "is empty"),
    ],
)
def test_what_no_dataset_reads(tmp_path, name, content, error, message):
    with pytest.raises(error, match=message):
        inspect([write(tmp_path, name, content)], LABELLED_TEXTS)
    with pytest.raises(RequestError, match="there is no file"):
        inspect([tmp_path / "none.csv"], LABELLED_TEXTS)


@pytest.mark.parametrize(
    ("name", "content", "datasets", "hint"),
    [
        ("a.json", "[]", LABELLED_TEXTS, "save it as JSON Lines"),
        ("a.JSON.gz", "[]", TEXTS, "save it as JSON Lines"),
        ("a.xlsx", "PK", PAIRS, "export the sheet as CSV"),
        ("a.ods", "PK", TEXTS, "export the sheet as CSV"),
        ("a.pdf", "%PDF", TEXTS, "save its text as a plain text file"),
        ("a.zip", "PK", LABELLED_TEXTS, "unpack it"),
        ("a.txt", "once\n", LABELLED_TEXTS, "a folder with a directory per class .* task language_model"),
        ("a.txt", "once\n", PAIRS, "give --data twice"),
        ("a.txt", "the cat\tle chat\n", PAIRS, "rename it to .tsv"),
    ],
)
def test_a_file_of_the_wrong_kind_gets_a_hint(tmp_path, name, content, datasets, hint):
    with pytest.raises(RequestError, match=hint):
        inspect([write(tmp_path, name, content)], datasets)


@pytest.mark.parametrize("rows", [1, 2])
def test_too_few_rows_for_a_guess(tmp_path, rows):
    path = write(tmp_path, "a.csv", "".join(["a,b\n", *["good,x\n", "bad,y\n"][:rows]]))
    with pytest.raises(DataError, match="below the first, too few for training"):
        inspect([path], LABELLED_TEXTS)


@pytest.mark.parametrize("first", ["sep=;\n", '"SEP=;"\r\n', "\ufeffsep=;\n"])
def test_the_delimiter_that_the_first_line_tells_excel(tmp_path, first):
    path = write(tmp_path, "a.csv", first + table(";", rows=[(f"{text}, indeed", label) for text, label in ROWS]))
    assert found(path) == {"name": "csv", "delimiter": ";", "text": "review", "label": "sentiment"}


@pytest.mark.parametrize(("names", "count"), [([], "0 directories"), (["a"], "1 directory")])
def test_a_folder_with_too_few_classes(tmp_path, names, count):
    for name in names:
        (tmp_path / name).mkdir()
    with pytest.raises(RequestError, match=f"has {count}; expected one directory per class"):
        inspect([tmp_path], LABELLED_TEXTS)


def test_a_text_of_documents_is_counted_in_them(tmp_path):
    path = write(tmp_path, "a.txt", "one two\n\nthree\r\nfour\n \n")
    assert inspect([path], DOCUMENTS).summary == "3 documents"
    assert inspect([path], TEXTS).summary == "23 characters"
