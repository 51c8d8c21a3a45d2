"""Which columns of a user's table are chosen, and which are not."""

import pytest

from seqlab.data.inspect_columns import Columns
from seqlab.data.tables import Table
from seqlab.errors import RequestError


def columns(header, rows):
    return Columns(Table(tuple(header.split(",")), [(n, row.split(",")) for n, row in enumerate(rows, start=2)]))


def test_an_empty_column_is_not_chosen():
    found = columns("id,text,message,label,kind", [f"{n},,the food {n}, ,{n % 2}" for n in range(40)])
    assert found.text_and_label() == {"text": "message", "label": "kind"}
    with pytest.raises(RequestError, match=r"only the column 'label' \(empty: 'text'\); expected a text and a label"):
        columns("text,label", [f",{n % 2}" for n in range(40)]).text_and_label()


@pytest.mark.parametrize(
    ("header", "row"),
    [("id,comment,label", "{n},the food {n},{m}"), ("source,comment,target", "{n},the food {n},{n}.5"),
     ("date,comment,kind", "2026-01-{n},the food {n},kind {m}")],
)  # fmt: skip
def test_numbers_and_labels_are_no_language(header, row):
    found = columns(header, [row.format(n=n, m=n % 2) for n in range(40)])
    with pytest.raises(RequestError, match=r"'comment' \(text\).*expected two with sentences, one per language"):
        found.pair()


def test_numbers_are_no_text():
    with pytest.raises(RequestError, match=r"'id' \(numbers\), 'label' \(numbers\); expected a text and a label"):
        columns("id,label", [f"{n},{n % 2}" for n in range(40)]).text_and_label()


def test_other_text_columns_are_named():
    found = columns("id,subject,body,label", [f"{n},about {n},the food was warm {n},{n % 2}" for n in range(40)])
    assert found.text_and_label() == {"text": "body", "label": "label"}
    assert found.other_texts(["body", "label"]) == ["subject"]
