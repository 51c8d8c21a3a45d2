"""How a table is written, and that a table with bad rows is not taken for a list of texts."""

import pytest

from seqlab.data.tables import format_of
from seqlab.data.tables.recognized import recognized
from seqlab.errors import DataError

SENTENCES = [f"this is sentence {number}" for number in range(20)]


def written(folder, name, lines):
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path, format_of(path)


@pytest.mark.parametrize(
    ("name", "lines", "message"),
    [
        ("a.csv", ["id,review,stars", "1,good, really,5", *(f"{n},bad,1" for n in range(9))], r":2: 4 cells, .* has 3"),
        ("a.csv", ["review,stars", "good, really,5"], ":2: 3 cells, the first row has 2"),
        ("a.csv", ["review,stars", *(f"{text}, really,5" for text in SENTENCES)], "20 lines cannot be used, the first"),
        ("a.csv", ["x;y", *(f"{text};a" for text in SENTENCES), "no label"], ":22: 1 cell, the first row has 2"),
        ("a.tsv", ["x\ty", "a\tb\tc", "a\tb"], ":2: 3 cells, the first row has 2"),
        ("a.csv", ["", ",x,y", "1,good,5", "2,good, really,5"], ":4: 4 cells, the first row has 3"),
        ("a.csv", ["x,y", *(f"{text},a" for text in SENTENCES), '"open,b', "c,d, e"], ":22: unexpected end of data"),
    ],
)
def test_the_bad_rows_are_reported(tmp_path, name, lines, message):
    with pytest.raises(DataError, match=message):
        recognized(*written(tmp_path, name, lines))


@pytest.mark.parametrize("first", ["text", SENTENCES[0], "Well, well"])
def test_a_list_of_texts_may_have_commas(tmp_path, first):
    lines = [first, *(text + ", and so on" * (number % 3) for number, text in enumerate(SENTENCES))]
    _, table = recognized(*written(tmp_path, "a.csv", lines))
    assert table.columns == (first,)
    assert [cells for _, cells in table.rows] == [[line] for line in lines[1:]]
