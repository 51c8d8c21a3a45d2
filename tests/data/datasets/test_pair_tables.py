"""CSV and TSV of pairs: their columns, what a row may not be. What a cell may hold stands in test_tables."""

import pytest
from pydantic import ValidationError

from seqlab.data.datasets import PAIRS
from seqlab.data.datasets.pair_tables import CommaSeparatedPairs, TabSeparatedPairs
from seqlab.errors import DataError, RequestError
from seqlab.progress import SILENT


@pytest.fixture
def read(tmp_path):
    """`read("source\\ttarget\\n…", header=True)` → the records of a file with this content."""

    def read(content, part=TabSeparatedPairs, **options):
        path = tmp_path / "pairs.tsv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        dataset = part(path=str(path), **options)
        return dataset.read(dataset.locate(), SILENT).train

    return read


def test_columns_by_name_in_any_order(read):
    found = read("\ufefftarget\tother\tsource\r\nuno\tx\tone \r\n\r\ndos\ty\ttwo\r\n")
    assert found.columns == {
        "source": ["one", "two"],
        "target": ["uno", "dos"],
        "id": ["pairs.tsv:2", "pairs.tsv:4"],
    }
    assert found.keys == ("source", "target")
    named = read("es,en\nuno,one\n", CommaSeparatedPairs, source="en", target="es")
    assert (named["source"], named["target"]) == (["one"], ["uno"])


def test_without_a_header_columns_are_numbers(read):
    found = read("one\tuno\tCC BY 2.0\ntwo\tdos\tCC BY 2.0\n", header=False, source=1, target=0)
    assert (found["source"], found["target"]) == (["uno", "dos"], ["one", "two"])
    with pytest.raises(RequestError, match="has no column 1: its first row has columns 0 to 0"):
        read("one uno\n", header=False, source=0, target=1)
    with pytest.raises(RequestError, match=r"first row \('one;uno'\) are separated by ';': set data.delimiter to "):
        read("one;uno\n", header=False, source=0, target=1)


def test_delimiters_and_quotes(read):
    assert read('source,target\n"one, two","uno, ""dos"""\n', CommaSeparatedPairs)["target"] == ['uno, "dos"']
    assert read("source|target\na, b|x\n", delimiter="|")["source"] == ["a, b"]
    assert read('source\ttarget\n"so" she said\tx\n', quotes=False)["source"] == ['"so" she said']


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", DataError, r"pairs\.tsv is empty; expected a table with a row for each example"),
        (b"source\ttarget\n", DataError, "a header and no rows"),
        (b"one\tuno\n", RequestError, r"no column 'source'; .*set data\.header to false"),
        (
            b"source\ttarget\none\tuno\ntwo dos\n",
            DataError,
            r"pairs\.tsv:3: 1 cell, the first row has 2 \('two dos'\); write '\\t' between two cells",
        ),
        (
            b"source\ttarget\none\tuno\tein\n",
            DataError,
            r"pairs\.tsv:2: 3 cells, the first row has 2 \('one\\tuno\\tein'\); .* in double quotes",
        ),
        (b"source\ttarget\none\t \n", DataError, r"pairs\.tsv:2: the target sentence is empty; write it, or remove"),
        (b"source\ttarget\none\tuno\n\tdos\n", DataError, r"pairs\.tsv:3: the source sentence is empty"),
        (b'source\ttarget\n"so" she said\tx\n', DataError, r"pairs\.tsv:2: .*data\.quotes to false"),
        (b"source\ttarget\none\tu\xf1o\n", DataError, r"pairs\.tsv is not UTF-8: byte 0xf1 at offset 19 \(line 2\)"),
    ],
    ids=["empty", "header only", "no header", "no tab", "three cells", "no target", "no source", "quote", "latin-1"],
)
def test_invalid_files(read, content, error, message):
    with pytest.raises(error, match=message):
        read(content)


def test_without_quotes_none_are_recommended(read):
    with pytest.raises(DataError, match=r"3 cells.*no text can contain '\\t'$"):
        read(b"source\ttarget\none\tuno\tein\n", quotes=False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "path"),
        ({"path": "a.tsv", "header": False}, "numbers from 0, but source is 'source'"),
        ({"path": "a.tsv", "target": 1}, "columns are names, but target is 1"),
        ({"path": "a.tsv", "source": "target"}, "source and target are both the column 'target'; name two"),
        ({"path": "a.tsv", "source": ["a", "b"]}, "expected the name of a column"),
        ({"path": "a.tsv", "label": "class"}, "label"),
        ({"path": "a.tsv", "validation": 0.6, "test": 0.4}, "leave nothing to train on"),
    ],
)
def test_options_that_make_no_sense_are_refused_before_any_reading(options, message):
    with pytest.raises(ValidationError, match=message):
        PAIRS.read({"name": "tsv", **options})


def test_paths_are_relative_to_the_config(tmp_path):
    dataset = PAIRS.read({"name": "csv", "path": "a.csv", "test": "t.csv"}, {"base": str(tmp_path)})
    assert isinstance(dataset, CommaSeparatedPairs)
    assert (dataset.path, dataset.test) == (str(tmp_path / "a.csv"), str(tmp_path / "t.csv"))
