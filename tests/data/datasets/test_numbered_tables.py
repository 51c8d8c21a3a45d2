"""Tables whose label is a number."""

import pytest

from seqlab.data.datasets.numbered_tables import NumberedCommaSeparated, NumberedJsonLines
from seqlab.errors import DataError
from seqlab.progress import SILENT


def read(tmp_path, content, part=NumberedCommaSeparated, **options):
    path = tmp_path / "x.csv"
    path.write_text(content, encoding="utf-8")
    dataset = part(path=str(path), **options)
    return dataset.read(dataset.locate(), SILENT).train


def test_labels_are_numbers(tmp_path):
    records = read(tmp_path, "text,price\na, 3 \nb,-1.5e2\n", label="price")
    assert records["number"] == [3.0, -150.0]
    assert read(tmp_path, '{"text": "a", "label": 2.5}\n', NumberedJsonLines)["number"] == [2.5]


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("", "x.csv:3: the label is empty; give each row a number, or remove it"),
        ("nan", "x.csv:3: the label is empty"),
        ("good", "x.csv:3: the label 'good' is not a number; write numbers .*, or classify: task: classification"),
        ("inf", "x.csv:3: the label 'inf' is infinite; write a finite number"),
        ("-1e300", "x.csv:3: the label -1e[+]300 is too large to compute with; predict its logarithm, or change units"),
        ("1e999", "x.csv:3: the label '1e999' is too large"),
    ],
)
def test_a_label_that_is_no_finite_number_is_named_with_its_line(tmp_path, cell, says):
    with pytest.raises(DataError, match=says):
        read(tmp_path, f"text,label\na,1\nb,{cell}\n")
