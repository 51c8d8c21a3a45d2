"""JSON Lines: what a value may be, and the lines that are no rows."""

import pytest

from seqlab.data.tables import read_table
from seqlab.errors import DataError


@pytest.fixture
def read(tmp_path):
    """`read('{"a": 1}\\n…', ["a"])` → the rows of a file with this content."""

    def read(content, columns=None):
        path = tmp_path / "a.jsonl"
        path.write_text(content, encoding="utf-8")
        return read_table(path, columns=columns)

    return read


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('"caf\\u00e9 \\n"', "café \n"),
        ("1", "1"),
        ("1e2", "1e2"),
        ("1.0", "1.0"),
        ("1" * 5000, "1" * 5000),
        ("true", "true"),
        ("null", ""),
        ("NaN", ""),
    ],
)
def test_a_value_is_the_text_that_is_written(read, value, text):
    assert read(f'{{"a": {value}, "b": "x"}}', ["a"]).rows == [(1, [text])]


def test_line_ends_within_a_line_and_blank_lines(read):
    content = '\ufeff{"a": "x\u2028y\u0085"}\r\n\r\n{}\n{"a": null}\n{"a": false}'
    assert read(content, ["a"]).rows == [(1, ["x\u2028y\u0085"]), (5, ["false"])]


def test_without_chosen_columns_all_are_read_as_text(read):
    table = read('{"a": ["x", 1.50, "1.50"], "b": {}}\n{"c": "é"}\n')
    assert table.columns == ("a", "b", "c")
    assert [list(cells) for _, cells in table.rows] == [['["x", 1.50, "1.50"]', "{}", ""], ["", "", "é"]]


def test_values_that_are_nested_too_deeply(read):
    with pytest.raises(DataError, match="1: 'a' is nested too deeply"):
        read('{"a": ' + '{"b": ' * 800 + "1" + "}" * 801)


def test_bad_lines_are_told_with_their_numbers(read):
    with pytest.raises(DataError) as error:
        read('{"a": "x"}\n{"a": "y"\n["z"]\n{"b": 1}\n{"a": ["t"]}\n"a"\n' + "[" * 100_000, ["a"])
    lines = str(error.value).splitlines()
    assert lines[0].endswith("a.jsonl: 6 lines cannot be used, the first is 2")
    assert lines[1].startswith("  line 2: not JSON: Expecting ',' delimiter at column 10 (")
    assert lines[2] == "  line 3: not a JSON object ('[\"z\"]')"
    assert lines[3] == "  line 4: has no 'a'"
    assert lines[4] == "  line 5: 'a' is a list, not a text (['t'])"
    assert lines[6] == "  and 1 more"


def test_an_empty_file(read):
    with pytest.raises(DataError, match=r"a\.jsonl is empty; expected a table with a row for each example"):
        read("\n")


def test_a_nul_in_a_text_is_refused_however_it_is_written(read):
    good = '{"a": "x", "b": "y"}\n'
    with pytest.raises(DataError, match=r"a\.jsonl:2: 'a' contains the character NUL \(U\+0000\); .*remove the char"):
        read(good + '{"a": "x\\u0000", "b": "y"}\n', ["b", "a"])
    with pytest.raises(DataError, match=r"a\.jsonl:2: contains the character NUL \(U\+0000\); .*remove the char"):
        read(good + '{"a": "x\0", "b": "y"}\n' + good * 99, ["a"])
    assert read(good + '{"a": "x", "b": "\\u0000"}\n', ["a"]).rows == [(1, ["x"]), (2, ["x"])]
