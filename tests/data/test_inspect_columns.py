"""Which columns of a table are what: the number to predict, categories, numbers, the text."""

import json

import pytest

from seqlab.data.datasets import LABELLED_TEXTS, NUMBERED, PAIRS, TEXTS
from seqlab.data.inspect_columns import Columns, is_number
from seqlab.data.inspect_file import inspect
from seqlab.data.tables import Table
from seqlab.errors import RequestError

CITIES = ("Rome", "Oslo", "Lima")


def found(tmp_path, content, name="x.csv"):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    options = inspect([path], NUMBERED).options
    return {key: value for key, value in options.items() if key not in ("name", "path")}


def table(header, row, rows=40):
    return header + "\n" + "".join(row(n) + "\n" for n in range(rows))


def test_every_kind_of_column(tmp_path):
    content = table(
        "id,review,city,size,price,always",
        lambda n: f"{n},the {n}th flat we saw,{CITIES[n % 3]},{n if n % 4 else ''},{n * 2.5},x",
    )
    assert found(tmp_path, content) == {
        "label": "price",
        "features": {"text": "review", "categories": ["city"], "numbers": ["size"]},
    }


@pytest.mark.parametrize(
    ("header", "label"), [("a,b,c", "c"), ("a,score,c", "score"), ("target,b,c", "target"), ("a,b,id", "b")]
)
def test_the_number_to_predict_has_a_usual_name_or_is_the_last(tmp_path, header, label):
    assert found(tmp_path, table(header, lambda n: f"{n},{n * 2},{n * 3}"))["label"] == label


def test_a_text_alone_needs_no_features(tmp_path):
    content = table("stars,comment", lambda n: f"{n % 5},what a warm soup {n}")
    assert found(tmp_path, content) == {"text": "comment", "label": "stars"}


def test_a_column_with_a_missing_number_or_a_word_is_not_predicted(tmp_path):
    content = table("price,size", lambda n: f"{n if n else ''},{n}")
    assert found(tmp_path, content)["label"] == "size"
    with pytest.raises(
        RequestError, match=r"none of the columns 'a' \(3 different values\), 'b' \(text\) has a number in every row"
    ):
        found(tmp_path, table("a,b", lambda n: f"{CITIES[n % 3]},{n or 'x'}"))


def test_a_table_without_a_header(tmp_path):
    content = table("Rome;1;5", lambda n: f"{CITIES[n % 3]};{n};{n * n}")
    assert found(tmp_path, content) == {
        "delimiter": ";", "header": False, "label": 2, "features": {"categories": [0], "numbers": [1]},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "number"), [("3", True), ("-1.5e3", True), ("price", False), ("", False), ("NA", False)]
)
def test_a_name_that_is_a_number(name, number):
    assert is_number(name) == number


def columns(header, rows, delimiter=","):
    cells = [(n, row.split(delimiter)) for n, row in enumerate(rows, start=2)]
    return Columns(Table(tuple(header.split(delimiter)), cells))


def test_an_empty_column_is_not_chosen():
    found = columns("id,text,message,label,kind", [f"{n},,the food {n}, ,{n % 2}" for n in range(40)])
    assert found.text_and_label() == {"text": "message", "label": "kind"}
    with pytest.raises(
        RequestError, match=r"only the column 'label' beside 'text' \(empty\); expected a text and a label"
    ):
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


def test_a_number_with_a_decimal_comma_is_no_text_and_named(tmp_path):
    rows = [f"Weg {n};ein Zimmer {n};{n},{n % 7};1.{n + 100},50" for n in range(40)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["ort;bericht;breite;preis", *rows]), encoding="utf-8")
    with pytest.raises(RequestError, match=r"'preis' \(numbers with a decimal comma, such as 1.100,50\)"):
        inspect([path], NUMBERED)
    path.write_text("\n".join(["ort;bericht;breite;preis;note", *(f"{row};{n % 2}" for n, row in enumerate(rows))]))
    made = inspect([path], LABELLED_TEXTS)
    assert "(other text columns: ort)" in made.summary
    assert "not read: 'breite' (numbers with a decimal comma, such as 0,0), 'preis'" in made.notes[0]


@pytest.mark.parametrize("cells", [["1,234", "2,345"], ["1,5", "zwei"], ["", ""]])
def test_thousands_and_words_are_no_numbers_with_a_decimal_comma(cells):
    found = columns("a;b", [f"{cell};x{n}" for n, cell in enumerate(cells * 20)], delimiter=";")
    assert not found.notes()


def test_nested_values_are_no_texts(tmp_path):
    path = tmp_path / "a.jsonl"
    rows = [{"id": n, "content": {"title": "a", "body": f"long text {n}"}, "tags": [1], "kind": f"k{n % 2}",
             "summary": f"it works {n}" if n % 9 else None} for n in range(40)]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    made = inspect([path], LABELLED_TEXTS)
    assert (made.options["text"], made.options["label"]) == ("summary", "kind")
    assert made.notes[0].startswith("not read: 'content' (nested: title, body), 'tags' (a list); ")
    path.write_text("\n".join(json.dumps({"content": row["content"], "kind": row["kind"]}) for row in rows))
    with pytest.raises(RequestError, match=r"only the column 'kind' beside 'content' \(nested: title, body\)"):
        inspect([path], LABELLED_TEXTS)


@pytest.mark.parametrize("datasets", [PAIRS, LABELLED_TEXTS, NUMBERED])
def test_comments_above_a_table_are_named(tmp_path, datasets):
    path = tmp_path / "a.tsv"
    path.write_text("# my own pairs\n# v2\n" + "".join(f"I eat {n}\tIo mangio {n}\t{n % 2}\n" for n in range(40)))
    with pytest.raises(RequestError, match="remove the lines that begin with '#'"):
        inspect([path], datasets)


def test_a_column_of_labels_is_not_the_text_of_a_table_without_labels(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("msg,mood\n" + "".join(f"{'ab'[n % 2]}{n},in high spirits {n % 2}\n" for n in range(60)))
    assert inspect([path], TEXTS).options["text"] == "msg"
