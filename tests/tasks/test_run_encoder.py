"""A run of document vectors as the sentence encoder of another."""

import contextlib
import json
import shutil

import numpy as np
import pytest
from quick import DOCUMENT_VECTORS, WORD_VECTORS, trained, weights_of

from seqlab import config, experiment, files
from seqlab.config import ConfigError
from seqlab.errors import DataError, RequestError, SeqlabError
from seqlab.experiment import text_similarity
from seqlab.experiment.inspect_data import first_batch
from seqlab.progress import SILENT
from seqlab.runs import Run
from seqlab.tasks.run_encoder import of_run

TEXTS = ["a black dog praised our cheese", "nothing known", "monday"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def source(folder):
    return trained(folder, "data.size=500", "training.epochs=1", given=DOCUMENT_VECTORS)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Sentences of the synthetic documents, with their pattern as the class."""
    path = tmp_path_factory.mktemp("data") / "sentences.csv"
    colors, animals = ("red", "green", "blue", "yellow", "white"), ("cat", "dog", "horse", "goat", "sheep", "fox")
    eaten = [f"a {color} {animal} tasted our bread,eats" for color in colors for animal in animals]
    moved = [f"monday the {color} {animal} ran through the forest,moves" for color in colors for animal in animals]
    path.write_text("\n".join(["text,label", *eaten, *moved]), encoding="utf-8")
    return path


def given(source, table):
    return {
        "task": "classification",
        "data": {"name": "csv", "path": str(table), "text": "text", "label": "label"},
        "model": {"name": "sentence_encoder", "source": f"run:{source.id}", "hidden": 0},
        "training": {"epochs": 8, "batch_size": 4, "learning_rate": 0.1},
    }


@pytest.fixture(scope="module")
def run(folder, source, table):
    return experiment.train(config.load(given(source, table)), folder)


def test_a_linear_model_of_document_vectors_tells_classes_apart(run):
    assert run.result()["test.accuracy"] == 1.0
    assert experiment.load(run).predict([TEXTS[0]])[0].label == "eats"


def test_the_vectors_are_those_of_the_other_run(run, source):
    expected = experiment.load(source).predictor.text_features(TEXTS)
    found = text_similarity.vectors_of_run(experiment.load(run), TEXTS)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert not found[1].any()


def test_a_text_of_which_the_other_run_knows_nothing_is_told_to_be_a_guess(run):
    answers = experiment.load(run).predict([TEXTS[0], "zzz qqq", ""])
    assert [answer.unreadable for answer in answers] == [False, True, False]
    assert answers[2].label == "", "there is nothing to answer"


def test_the_run_records_where_its_encoder_is_from(run, source):
    sha256 = files.sha256_of_file(source.weights_file)
    assert run.metadata()["encoder"] == {"run": source.id, "sha256": sha256}
    assert json.loads((run.directory / "encoder.json").read_text("utf-8"))["source"] == f"run:{source.id}"


def test_a_run_needs_the_other_no_more(run, source, tmp_path):
    expected = experiment.load(run).predict(TEXTS)
    moved = Run(shutil.copytree(run.directory, tmp_path / "moved"))
    loaded = experiment.load(moved)  # in a folder without the other run
    assert loaded.predict(TEXTS) == expected
    assert loaded.evaluate("test")["test.accuracy"] == run.result()["test.accuracy"]
    copies = {path.relative_to(moved.directory / "model" / "encoder").as_posix() for path in _files(moved)}
    assert copies == {"run.json", "vocabulary.json", "model/weights.safetensors"}


def _files(run):
    return [path for path in (run.directory / "model" / "encoder").rglob("*") if path.is_file()]


@pytest.mark.slow
def test_a_run_whose_encoder_is_gone_goes_on_bit_for_bit(source, table, tmp_path):
    shutil.copytree(source.directory, tmp_path / source.id)
    overrides = ["training.checkpoint.keep_last=true"]
    whole = experiment.train(config.load(given(source, table), [*overrides, "training.epochs=4"]), tmp_path)
    begun = experiment.train(config.load(given(source, table), [*overrides, "training.epochs=2"]), tmp_path)
    shutil.rmtree(tmp_path / source.id)
    continued = experiment.resume(begun, ["training.epochs=4"])
    assert weights_of(continued) == weights_of(whole)
    assert continued.metadata()["encoder"] == whole.metadata()["encoder"]


def test_a_damaged_copy_is_refused(run, tmp_path):
    moved = Run(shutil.copytree(run.directory, tmp_path / "moved"))
    (moved.directory / "model" / "encoder" / "vocabulary.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match=r"vocabulary\.json was changed after training|with which the run was trained"):
        experiment.load(moved)


@pytest.fixture
def of_others(run, tmp_path):
    """A copy of the run, the copy in it, and what makes checksums and versions fit again, as anyone can."""
    moved = Run(shutil.copytree(run.directory, tmp_path / "moved"))
    copy = Run(moved.directory / "model" / "encoder")

    def sign():
        record = moved.directory / "encoder.json"
        with contextlib.suppress(SeqlabError):  # what is refused already has no version
            version = of_run("run:x", copy).version
            set_in(record, "version", version)
        metadata = moved.metadata()
        recorded = [moved.directory / name for name in metadata["files"]]
        files.write_json(moved.metadata_file, metadata | {"files": files.checksums(moved.directory, recorded)})

    return moved, copy, sign


def test_a_copy_of_an_older_version_has_no_training_options(run, of_others):
    moved, copy, sign = of_others
    content = json.loads(copy.metadata_file.read_text("utf-8"))
    assert content["config"].pop("training")
    files.write_json(copy.metadata_file, content)
    sign()
    ours, theirs = (experiment.load(each).predict(TEXTS) for each in (run, moved))
    assert [answer.probability for answer in theirs] == [answer.probability for answer in ours]


@pytest.mark.parametrize("training", [5, None, ["window"]])
def test_training_options_of_others_that_are_none_are_damage(of_others, training):
    moved, copy, sign = of_others
    set_in(copy.metadata_file, "config", "training", training)
    sign()
    with pytest.raises(DataError, match="is damaged: restore it"):
        experiment.load(moved)


def set_in(path, *keys_and_value):
    """Write a value below these keys of a JSON file."""
    content = json.loads(path.read_text("utf-8"))
    *keys, last, value = keys_and_value
    inner = content
    for key in keys:
        inner = inner[key]
    inner[last] = value
    path.write_text(json.dumps(content), encoding="utf-8")


def test_a_copy_in_a_run_of_others_calls_no_function_that_it_names(of_others):
    moved, copy, sign = of_others
    set_in(copy.metadata_file, "config", "vectorizer", "standardize", "os:system")
    sign()
    with pytest.raises(DataError, match="damaged"):
        experiment.load(moved).predict(["echo"])


@pytest.mark.parametrize(
    ("name", "keys_and_value"),
    [
        ("model/encoder/run.json", ("config", "plugins", 5)),
        ("model/encoder/run.json", ("config", "plugins", True)),
        ("model/encoder/run.json", ("config", "vectorizer", "hash_buckets", 1000)),
        ("model/encoder/run.json", ("config", "model", "keep_ratio", 1.0)),
        ("model/encoder/run.json", ("config", "model", "scale", 1e300)),
        ("model/encoder/run.json", ("config", "model", "steps", 10**6)),
        ("encoder.json", ("width", float("inf"))),
        ("encoder.json", ("width", -3)),
        ("encoder.json", ("width", 10**18)),
        ("model/encoder/vocabulary.json", ("counts", "zeros")),
        ("model/encoder/vocabulary.json", ("tokens", [])),
    ],
)
def test_what_strangers_write_into_a_copy_is_refused(of_others, name, keys_and_value):
    moved, _, sign = of_others
    path = moved.directory / name
    if path.name == "vocabulary.json":
        content = json.loads(path.read_text("utf-8"))
        size = len(content["counts"]) if keys_and_value[0] == "counts" else 0
        lists = {"tokens": content["tokens"][:size], "counts": [0] * size, "document_counts": [0] * size}
        path.write_text(json.dumps(content | lists), encoding="utf-8")
    else:
        set_in(path, *keys_and_value)
    sign()
    with pytest.raises(DataError, match=r"restore|learned for another number|cannot be read"):
        experiment.load(moved).predict(["a dog"])


def test_the_copy_that_is_lost_is_the_one_in_the_run(of_others):
    moved, copy, sign = of_others
    shutil.rmtree(copy.directory)
    sign()
    with pytest.raises(DataError, match=r"model/encoder, the encoder of this run, is missing: restore it"):
        experiment.load(moved)


def test_a_run_that_needs_plug_ins_cannot_be_kept(source, table, folder):
    with_plugin = Run(shutil.copytree(source.directory, folder / "20260101-000000-plugged"))
    metadata = json.loads(with_plugin.metadata_file.read_text("utf-8"))
    metadata["config"]["plugins"] = ["mine"]
    files.write_json(with_plugin.metadata_file, metadata)
    changed = given(source, table) | {"model": {"name": "sentence_encoder", "source": "run:plugged"}}
    with pytest.raises(RequestError, match="needs the plug-ins mine, of which a run keeps no copy"):
        experiment.train(config.load(changed), folder)


def test_its_batches_can_be_shown(source, table, folder, monkeypatch):
    monkeypatch.setenv("SEQLAB_RUNS_DIR", str(folder))
    shown = first_batch(config.load(given(source, table)).experiment, SILENT)
    assert [name for name, *_ in shown.tensors] == ["vectors", "targets"]


def test_the_mean_of_word_vectors_and_the_state_of_a_language_model_are_features(table, folder):
    words = trained(folder, "data.size=300", "training.epochs=1", given=WORD_VECTORS)
    language_model = {
        "task": "language_model",
        "data": {"name": "text_file", "path": str(table)},
        "vectorizer": "characters",
        "model": {"name": "recurrent", "cell": "gru", "units": 16, "embedding": 4},
        "training": {"epochs": 1, "window": 20, "batch_size": 4},
    }
    letters = trained(folder, given=language_model)
    transformer = {"name": "transformer", "layers": 1, "heads": 1, "width": 16, "feed_forward": 16, "dropout": 0.0}
    windows = trained(folder, "training.epochs=4", given=language_model | {"model": transformer})
    assert experiment.load(windows).predictor.max_context == 20
    for other in (words, letters, windows):
        run = experiment.train(config.load(given(other, table), ["training.epochs=30"]), folder)
        features = experiment.load(other).predictor.text_features([*TEXTS, ""])
        found = text_similarity.vectors_of_run(experiment.load(run), TEXTS)
        np.testing.assert_allclose(found, features[:3], atol=1e-5)
        assert not features[3].any()
        assert run.result()["test.accuracy"] > 0.9, "whether a text begins with `monday`"
        assert run.metadata()["encoder"]["run"] == other.id


def test_only_finished_runs_that_read_texts_are_encoders(source, table, folder, run):
    stopped = Run(shutil.copytree(source.directory, folder / "20260101-000000-stopped"))
    metadata = json.loads(stopped.metadata_file.read_text("utf-8"))
    files.write_json(stopped.metadata_file, metadata | {"status": "stopped"})
    for reference, message in (
        (run.id, "is a classification run, which gives no vectors to learn from: name a run of word_vectors or lang"),
        (stopped.id, "is stopped and has no trained model: finish it first"),
        ("gone", "no run 'gone'"),
    ):
        changed = given(source, table) | {"model": {"name": "sentence_encoder", "source": f"run:{reference}"}}
        with pytest.raises(RequestError, match=message):
            experiment.train(config.load(changed), folder)


def test_it_cannot_be_trained_further(source, table):
    with pytest.raises(ConfigError, match="cannot be trained"):
        config.load(given(source, table), ["model.trainable=true"])
