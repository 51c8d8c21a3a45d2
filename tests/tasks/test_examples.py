"""Texts, categories and numbers in the same example: every text model with features beside its text."""

import json

import numpy as np
import pytest
from quick import Heard, trained

from seqlab import experiment, runtime
from seqlab.config import load
from seqlab.data.splits.load_splits import locate
from seqlab.errors import DataError
from seqlab.experiment.inspect_data import first_batch
from seqlab.experiment.prepare_data import prepare_data
from seqlab.models.classification import CLASSIFIERS
from seqlab.progress import SILENT

ROWS = [
    (f"{('cold', 'warm')[n % 2]} soup number{n}", ("Rome", "Oslo", "")[n % 3], str(n / 10) if n % 5 else "", n % 2)
    for n in range(120)
]
SIZES = {"units": 4, "embedding": 4, "width": 8, "heads": 2, "feed_forward": 8, "filters": 4, "blocks": 1}
MIXED = {"text": "text", "categories": ["city"], "numbers": ["size"]}
TEXT_MODELS = [
    each.component_name() for each in CLASSIFIERS if each.takes_features and each.reads not in ("text", "features")
]
"""tests/models/classification/test_sentence_encoder.py has the one that reads texts as they are."""


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "x.csv"
    lines = (",".join(map(str, row)) for row in ROWS)
    path.write_text("text,city,size,label\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def config_of(table, model, features=MIXED, **changes):
    fields = CLASSIFIERS[model].model_fields
    sizes = {
        name: value for name, value in SIZES.items() if name in fields and (model, name) != ("transformer", "embedding")
    }
    return {
        "task": "classification",
        "data": {"name": "csv", "path": str(table), "features": features, "validation": 0.2, "test": 0.2},
        "vectorizer": {"name": "words"},
        "model": {"name": model, **sizes},
        "training": {"epochs": 1, "optimizer": "adam", "learning_rate": 0.01},
        **changes,
    }


def built(given):
    """The model with random weights, its loss on a batch, and the batch."""
    chosen = load(given).experiment
    data = prepare_data(chosen, locate(chosen.data), SILENT)
    store = data.stores["train"]
    batches = data.task.batches(store, chosen.training)
    runtime.set_seed(1)
    model = data.task.build(store)
    batch = batches.gather(batches.plan(seed=1, epoch=1)[0])
    tensors = {name: runtime.tensorflow().constant(array) for name, array in batch.items()}
    total, count = data.task.loss(store, model, chosen.training)(model, tensors)["loss"]
    return model, float(total) / float(count), batch


@pytest.mark.slow
@pytest.mark.parametrize("name", TEXT_MODELS)
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_every_text_model_reads_features_beside_its_text(table, name, task):
    alone, *_ = built(config_of(table, name, {"text": "text"}, task=task))
    mixed, loss, batch = built(config_of(table, name, task=task))
    assert np.isfinite(loss)
    assert {"categories", "numbers"} <= set(batch) & set(mixed.input)
    # Cities: missing, unknown, Oslo, Rome, two wide; they, the number and whether it is missing have a weight each.
    assert mixed.count_params() == alone.count_params() + 4 * 2 + (2 + 1 + 1)
    assert not {"categories", "numbers"} & set(alone.input)


@pytest.mark.parametrize("name", TEXT_MODELS)
def test_a_text_alone_is_the_same_model_with_and_without_the_section(table, name):
    """The same variables in the same order, drawn from the same numbers."""
    given = config_of(table, name, {"text": "text"})
    plain = {**given, "data": {key: value for key, value in given["data"].items() if key != "features"}}
    (one, loss, _), (other, same, _) = built(given), built(plain)
    assert loss == same
    weights = [[np.asarray(weight) for weight in model.weights] for model in (one, other)]
    assert all(np.array_equal(a, b) for a, b in zip(*weights, strict=True))


@pytest.mark.slow
def test_features_change_what_is_predicted_and_unknown_ones_are_noted(table, tmp_path):
    given = config_of(table, "bag")
    given["training"] = {"epochs": 6, "optimizer": "adam", "learning_rate": 0.05}
    run = trained(tmp_path / "runs", given=given)
    heard = Heard()
    loaded = experiment.load(run, progress=heard)
    row = {"text": "warm soup", "city": "Rome", "size": 3}
    first, other, unknown, empty = loaded.predict(
        [row, {**row, "size": 6}, {**row, "city": "Lima", "size": None}, {**row, "text": ""}]
    )
    assert first.probabilities != other.probabilities
    assert {each.label for each in (first, other, unknown, empty)} <= {"0", "1"}  # without a text there are features
    assert [line for line in heard.lines if "4 rows" in line] == [
        "1 of 4 rows has a 'city' that training lacks ('Lima'): read as an unknown one",
        "1 of 4 rows has no 'size': the mean of training stands for it",
    ]
    notes = run.section("data")["notes"]
    assert any(note.startswith("'size' is missing in") for note in notes)
    assert loaded.evaluate("test") == {name: run.result()[name] for name in loaded.evaluate("test")}


@pytest.mark.slow
def test_a_run_without_its_features_file_is_not_loaded(table, tmp_path):
    given = config_of(table, "tabular", {"categories": ["city"], "numbers": ["size"]})
    del given["vectorizer"]
    run = trained(tmp_path / "runs", given=given)
    path = run.directory / "features.json"
    assert json.loads(path.read_text("utf-8"))["categories"] == [{"column": "city", "values": ["Oslo", "Rome"]}]
    path.unlink()
    with pytest.raises(DataError, match=r"features\.json"):
        experiment.load(run)


def test_the_first_batch_is_described_with_its_features(table):
    batch = first_batch(load(config_of(table, "bag")).experiment, SILENT)
    assert list(batch.item_as_text) == ["text", "label", "tokenized", "features"]
    assert batch.item_as_text["features"].startswith("city ")
