"""What a loaded run explains: rows with features, numbers, texts of sentence encoders, and what is refused."""

import numpy as np
import pytest
from quick import DOCUMENT_VECTORS, Heard, trained
from tiny_encoder import config_of, save_encoder

from seqlab import experiment
from seqlab.errors import DataError, RequestError

HOUSING = {
    "task": "regression",
    "data": {"name": "synthetic", "size": 300},
    "model": {"name": "tabular", "hidden": 0},
    "training": {"epochs": 1, "optimizer": "adam", "learning_rate": 0.02},
}
ROW = {"district": "hills", "area": 60, "rooms": 2, "age": 1, "floor": 0, "distance": 3.5, "balcony": 0}
ROW |= {"noise": 50, "energy": 100}


@pytest.fixture(scope="module")
def housing(tmp_path_factory):
    """A finished run of a linear model of rows; for reading only."""
    return trained(tmp_path_factory.mktemp("housing"), given=HOUSING)


def test_a_text_and_several(quick_run):
    loaded = experiment.load(quick_run)
    text = "The soup was not bad."
    found = loaded.explain(text)
    assert [found] == loaded.explain([text])
    assert (found.label, found.probability) == (loaded.predict(text).label, loaded.predict(text).probability)
    assert loaded.explain([]) == []
    assert [each.empty for each in loaded.explain(["", text])] == [True, False]
    with pytest.raises(RequestError, match="has no option 'top'"):
        loaded.explain(text, top=3)
    with pytest.raises(RequestError, match="expected texts, got 3"):
        loaded.explain([3])


@pytest.mark.slow
def test_a_linear_model_of_columns_is_explained_exactly(housing):
    loaded = experiment.load(housing)
    found = loaded.explain(ROW)
    assert found.prediction == pytest.approx(found.score)
    assert found.prediction == pytest.approx(loaded.predict(ROW).prediction)
    assert (found.method, found.tokens, found.base) == ("occlusion", (), None)
    by_column = {each.column: each for each in found.features}
    assert by_column.keys() == ROW.keys()
    features, scale = loaded.task.examples.features, loaded.task.scale
    kernel = np.asarray(loaded.model.get_layer("logits").kernel)[:, 0]
    first = len(kernel) - features.numbers_width
    for place, column in enumerate(features.numbers):
        normalized = (ROW[column.column] - column.mean) / column.deviation
        expected = kernel[first + place] * normalized * scale.deviation
        assert by_column[column.column].contribution == pytest.approx(expected, rel=1e-3, abs=1e-3)
    others = [loaded.predict({**ROW, "district": value}).prediction for value in features.categories[0].values]
    assert by_column["district"].contribution == pytest.approx(found.score - np.mean(others), rel=1e-3, abs=1e-3)
    assert by_column["district"].value == "hills"


@pytest.mark.slow
def test_unknown_and_missing_cells_are_told(housing):
    loaded = experiment.load(housing, progress=(heard := Heard()))
    (found,) = loaded.explain([{**ROW, "district": "moon", "area": None}])
    assert any("'district'" in line and "moon" in line for line in heard.lines)
    by_column = {each.column: each for each in found.features}
    assert by_column["area"].contribution == 0
    assert by_column["area"].note == "is missing: the mean of training stands for it"
    assert by_column["district"].note == "is a category that training lacks: read as an unknown one"
    known = loaded.explain({**ROW, "area": 1e300}).features
    assert {each.column for each in known if each.note} == {"area"}  # so far away that it is cut
    with pytest.raises(RequestError, match="--class has no effect: this run predicts a number"):
        loaded.explain(ROW, label="x")


@pytest.mark.slow
def test_a_text_beside_features_has_both(tmp_path):
    rows = [
        f"{('cold', 'warm')[n % 2]} soup number{n},{('Rome', 'Oslo')[n % 3 == 0]},{n % 7},{n % 2}" for n in range(80)
    ]
    (tmp_path / "x.csv").write_text("text,city,size,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
    given = {
        "task": "classification",
        "data": {"name": "csv", "path": str(tmp_path / "x.csv"), "validation": 0.2, "test": 0.2}
        | {"features": {"text": "text", "categories": ["city"], "numbers": ["size"]}},
        "vectorizer": "words",
        "model": {"name": "bag", "hidden": 0},
        "training": {"epochs": 2, "optimizer": "adam", "learning_rate": 0.05},
    }
    loaded = experiment.load(trained(tmp_path / "runs", given=given))
    row = {"text": "warm soup", "city": "Oslo", "size": 5}
    found = loaded.explain(row, faithfulness=True)
    assert [each.token for each in found.tokens] == ["warm", "soup"]
    assert found.base + sum(each.contribution for each in found.tokens) == pytest.approx(found.score, abs=1e-5)
    assert found.base == pytest.approx(loaded.explain({**row, "text": "warm"}, label=found.explained).base, abs=1e-5)
    size = loaded.explain({**row, "size": None}, label=found.explained)
    assert found.features[1].contribution == pytest.approx(found.score - size.score, abs=1e-4)
    bare = loaded.explain({**row, "text": ""})
    assert (bare.tokens, bare.empty, len(bare.features)) == ((), False, 2)


@pytest.mark.slow
def test_texts_of_a_sentence_encoder_are_left_out_word_by_word(tmp_path):
    source = save_encoder(tmp_path / "tiny")
    loaded = experiment.load(trained(tmp_path / "runs", given=config_of(source, trainable=False)))
    text = "The soup, was  not bad."
    found = loaded.explain(text, label="positive")
    assert found.method == "occlusion"
    assert [each.token for each in found.tokens] == ["The", "soup,", "was", "not", "bad."]
    shorter = loaded.explain("The soup, was not", label="positive")
    assert found.tokens[-1].contribution == pytest.approx(found.score - shorter.score, abs=1e-5)
    with pytest.raises(RequestError, match="it reads vectors of whole texts; use occlusion"):
        loaded.explain(text, method="gradient_input")


def test_damaged_weights_are_an_error(quick_run):
    loaded = experiment.load(quick_run)
    loaded.model.get_layer("logits").kernel.assign(np.full((16, 1), np.nan, np.float32))
    with pytest.raises(DataError, match="predicts what is not a number: its weights are damaged"):
        loaded.explain("not bad")


@pytest.mark.slow
def test_vectors_explain_nothing(tmp_path):
    loaded = experiment.load(trained(tmp_path, given=DOCUMENT_VECTORS))
    with pytest.raises(RequestError, match="is a word_vectors run and cannot explain; classification, "):
        loaded.explain("x")
