"""The texts of a comparison."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from quick import Heard
from row_classifier import predictor_of

from seqlab import load
from seqlab.data.records import Records
from seqlab.errors import DataError, RequestError
from seqlab.exports.check_texts import check_texts, made_rows, made_texts
from seqlab.models.classification import BagClassifier
from seqlab.text import Characters, Words


def test_texts_are_of_the_validation_split(finished_run):
    loaded = load(finished_run.directory, progress=False)
    texts, source = check_texts(loaded, 20)
    assert (len(texts), len(set(texts)), source) == (20, 20, "texts of the validation split")
    assert len(check_texts(loaded, 10_000)[0]) == 120


def test_texts_are_made_where_there_are_none(finished_run, monkeypatch):
    def gone(*_):
        raise RequestError("gone")

    monkeypatch.setattr("seqlab.exports.check_texts.load_for", gone)
    texts, source = check_texts(load(finished_run.directory, progress=False), 7)
    assert (len(texts), source) == (7, "texts made of its vocabulary, because its data are gone")


@pytest.mark.parametrize("error", [DataError("x.csv has no column 'text'"), PermissionError(13, "Permission denied")])
def test_it_is_said_why_the_data_are_not_read(finished_run, monkeypatch, error):
    def unreadable(*_):
        raise error

    monkeypatch.setattr("seqlab.exports.check_texts.load_for", unreadable)
    heard = Heard()
    _, source = check_texts(replace(load(finished_run.directory, progress=False), progress=heard), 7)
    assert source == "texts made of its vocabulary, because its data cannot be read"
    assert any(str(error.args[-1]) in line for line in heard.lines)


def test_data_that_have_changed_are_not_those_of_the_run(finished_run):
    loaded = load(finished_run.directory, progress=False)
    data = loaded.experiment.data.model_copy(update={"size": 500})
    _, source = check_texts(replace(loaded, experiment=loaded.experiment.model_copy(update={"data": data})), 7)
    assert source == "texts made of its vocabulary, because its data have changed"


def test_made_texts_are_of_known_tokens_and_always_the_same():
    words = Words().learn(["one two three"])
    assert {word for text in made_texts(words, 50) for word in text.split()} == {"one", "two", "three"}
    assert made_texts(words, 5) == made_texts(words, 5)
    assert set("".join(made_texts(Characters().learn(["abc"]), 20))) == set("abc")


def test_rows_are_made_of_categories_and_numbers():
    """Those of a run that reads columns; the same ones at every call."""
    predictor = predictor_of(BagClassifier(hidden=0))
    loaded = SimpleNamespace(predictor=predictor, experiment=SimpleNamespace(data=predictor.examples.data))
    rows = made_rows(loaded, 60)
    assert rows == made_rows(loaded, 60)
    assert {row["city"] for row in rows} == {"", "?", "Rome", "Zürich", "São Paulo"}
    assert "" in {row["größe"] for row in rows}
    assert all(len(row["review"]) > 1 for row in rows)
    assert len(list(predictor.predict(rows))) == 60


def test_rows_of_the_validation_split_have_the_names_of_the_table(monkeypatch):
    predictor = predictor_of(BagClassifier(hidden=0))
    records = Records({"text": ["w1", "w2", "w3"], "features": [("Rome", "1.0"), ("", ""), ("Bern", "2.0")]})
    corpus = SimpleNamespace(splits={"validation": records}, fingerprints={"validation": "same"})
    run = SimpleNamespace(section=lambda *_: {"validation": "same"})
    monkeypatch.setattr("seqlab.exports.check_texts.load_for", lambda *_: corpus)
    data = predictor.examples.data
    loaded = SimpleNamespace(predictor=predictor, progress=None, run=run, experiment=SimpleNamespace(data=data))
    rows, source = check_texts(loaded, 2)
    assert source == "rows of the validation split"
    assert rows == [
        {"review": "w1", "city": "Rome", "größe": "1.0"},
        {"review": "w3", "city": "Bern", "größe": "2.0"},
    ]
