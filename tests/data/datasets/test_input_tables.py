"""Tables with categories and numbers beside a text, or instead of it, and what their configs and cells may not be."""

import json

import pytest

from seqlab.config import ConfigError, load
from seqlab.data.datasets.labelled_tables import CommaSeparated, JsonLines
from seqlab.errors import DataError, RequestError
from seqlab.progress import SILENT

FEATURES = {"text": "review", "categories": ["city"], "numbers": ["size"]}


def read(tmp_path, content, part=CommaSeparated, **options):
    path = tmp_path / "x.csv"
    path.write_text(content, encoding="utf-8")
    dataset = part(path=str(path), **options)
    return dataset, dataset.read(dataset.locate(), SILENT).train


def test_cells_are_read_beside_the_text(tmp_path):
    content = "size,label,city,review\n3,good, Rome ,warm soup\n,bad,,cold\n2.50,bad,Oslo,thin\n"
    dataset, records = read(tmp_path, content, features=FEATURES)
    assert dataset.input_texts(records) == ["warm soup", "cold", "thin"]
    assert records["features"] == [("Rome", "3.0"), ("", ""), ("Oslo", "2.5")]
    assert records["label"] == ["good", "bad", "bad"]
    assert records["content"] == ["warm soup", "cold", "thin"]
    assert (dataset.content, dataset.has_text, dataset.text_columns_named) == ("text", True, ("review",))


def test_rows_without_a_text_are_told_apart_by_their_features(tmp_path):
    content = "size,label,city,review\n3,good,Rome,\n4,bad,Rome,\n3.0,bad,Rome, \n"
    _, records = read(tmp_path, content, features=FEATURES)
    first, second, third = records.content_ids
    assert first == third != second
    dataset, records = read(tmp_path, content, features={"numbers": ["size"]})
    assert (dataset.content, dataset.has_text, dataset.texts(records)) == ("row", False, {})


def test_features_of_a_text_alone_are_that_text(tmp_path):
    content = "a,b,label\nx,y,1\n"
    dataset, records = read(tmp_path, content, features={"text": ["a", "b"]})
    assert dataset.input_texts(records) == ["x y"]
    assert "features" not in records.columns
    assert records.content_ids == read(tmp_path, content, text=["a", "b"])[1].content_ids


def test_columns_by_number_and_json(tmp_path):
    _, records = read(
        tmp_path, "a b,1,Rome\nc,2,Oslo\n", header=False, label=1, features={"text": 0, "categories": [2]}
    )
    assert (records["text"], records["features"]) == (["a b", "c"], [("Rome",), ("Oslo",)])
    rows = [
        {"review": "a", "label": 1, "city": 7, "size": None},
        {"review": "b", "label": 2, "city": True, "size": 1e3},
    ]
    _, records = read(tmp_path, "\n".join(map(json.dumps, rows)), JsonLines, features=FEATURES)
    assert records["features"] == [("7", ""), ("true", "1000.0")]


@pytest.mark.parametrize(
    ("cell", "problem"),
    [("big", "'big' is not a number"), ("inf", "'inf' is infinite"), ('"1,5"', "'1,5' is not a number")],
)
def test_a_number_that_is_none_is_named_with_its_line(tmp_path, cell, problem):
    with pytest.raises(DataError) as refusal:
        read(tmp_path, f"size,label\n1,a\n{cell},b\n", features={"numbers": ["size"]})
    message = str(refusal.value)
    assert f"x.csv:3: in 'size', {problem}" in message
    assert "leave the cell empty if there is none, or name the column in data.features.categories" in message


def test_all_bad_numbers_are_reported_together(tmp_path):
    with pytest.raises(DataError, match="7 lines cannot be used, the first is 2") as refusal:
        read(tmp_path, "size,label\n" + "x,a\n" * 7, features={"numbers": ["size"]})
    assert "and 2 more" in str(refusal.value)


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(RequestError, match="has no column 'sise'; did you mean 'size'"):
        read(tmp_path, "size,label\n1,a\n", features={"numbers": ["sise"]})


CONFIG = """\
task: classification
data:
  name: csv
  path: x.csv
  label: mood
  features:
    text: review
    categories: [city, {second}]
    numbers: [size]
vectorizer: words
model: bag
"""


@pytest.mark.parametrize(
    ("second", "says"),
    [
        ("mood", "'mood' is the column of the label, which is to be predicted: remove it here"),
        ("city", "'city' is named twice, in categories too: remove one"),
        ("review", "'review' is named twice, in text too: remove one"),
    ],
)
def test_a_wrong_column_is_located_in_the_config(tmp_path, second, says):
    path = tmp_path / "a.yaml"
    path.write_text(CONFIG.format(second=second), encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        load(path)
    (problem,) = refusal.value.problems
    assert (problem.path, problem.line, problem.column) == ("data.features.categories.1", 8, 24)
    assert problem.message == says


def config(**changes):
    given = {"task": "classification", "data": {"name": "csv", "path": "x.csv"}, "vectorizer": "words", "model": "bag"}
    return {**given, **changes}


def data(**options):
    return {"name": "csv", "path": "x.csv", **options}


NUMBERS = {"numbers": ["size"]}


@pytest.mark.parametrize(
    ("given", "path", "says"),
    [
        (config(data=data(features={})), "data.features", "names no column"),
        (config(data=data(text="a", features=FEATURES)), "data.text", "has no effect: features.text names the columns"),
        (config(data=data(features={"number": ["a"]})), "data.features.number", "did you mean 'numbers'"),
        (config(data=data(features=NUMBERS)), "vectorizer", "the data have no text; remove the section vectorizer"),
        (config(data=data(features={"text": ["a", "features"]})), "data", "'features' cannot be in a list of text"),
        (config(data=data(features={**FEATURES, "categories": "city"})), "data.features.categories", "a list"),
        (config(model="tabular"), "model", "'tabular' reads categories and numbers, and the data have none"),
        (config(data=data(features=FEATURES), model="tabular"), "model", "'tabular' reads no text"),
        (
            config(data=data(features=FEATURES), model="naive_bayes_bag"),
            "model",
            "reads a text alone: remove data.",
        ),
        (config(model={"name": "bag", "category_width": 3}), "model.category_width", "the data have no categories"),
        (
            config(data=data(features={"text": "a", **NUMBERS}), model={"name": "bag", "category_width": 3}),
            "model.category_width",
            "has no effect: the data have no categories; remove it, or set it to its default, 2",
        ),
    ],
)
def test_what_means_nothing_together_is_refused(given, path, says):
    with pytest.raises(ConfigError) as refusal:
        load(given)
    (problem,) = refusal.value.problems
    assert (problem.path, says in problem.message) == (path, True), problem.message


def test_data_that_are_wrong_do_not_ask_for_a_vectorizer_that_their_model_does_not_need():
    given = {"task": "classification", "data": data(features={"numbers": ["label"]}), "model": "tabular"}
    with pytest.raises(ConfigError) as refusal:
        load(given)
    assert [problem.path for problem in refusal.value.problems] == ["data.features.numbers.0"]
    with pytest.raises(ConfigError, match=r"'tabular' reads no text: remove data.features.text"):
        load({**given, "data": data(features=FEATURES)})


def test_a_config_without_a_text_needs_no_vectorizer_and_one_with_a_text_does():
    without = {key: value for key, value in config(model="tabular").items() if key != "vectorizer"}
    loaded = load({**without, "data": data(features=NUMBERS)}).experiment
    assert loaded.vectorizer is None
    with pytest.raises(ConfigError, match="'vectorizer' is missing; expected"):
        load({**without, "model": "bag"})
    with pytest.raises(ConfigError, match="'bag' reads a text, and the data have none"):
        load({**without, "data": data(features=NUMBERS), "model": "bag"})
