"""`init_from`: layers and vocabulary of another run."""

import shutil

import numpy as np
import pytest
from quick import Heard, trained
from safetensors.numpy import load_file

from seqlab import config, experiment, files
from seqlab.errors import RequestError
from seqlab.runs import Run
from seqlab.training.checkpoints import saved
from seqlab.training.shared_layers import weights_of

WORDS = {"name": "words", "max_tokens": 300, "standardize": "lower"}
RECURRENT = {"name": "recurrent", "cell": "gru", "units": 144, "embedding": 8}
"""Of so many units XLA compiles nothing, which would be most of the time."""
LANGUAGE_MODEL = {
    "task": "language_model",
    "data": {"name": "synthetic", "size": 3_000},
    "vectorizer": WORDS,
    "model": RECURRENT,
    "training": {"epochs": 1, "batch_size": 8, "window": 20},
}
CLASSIFIER = {
    "task": "classification",
    "data": {"name": "synthetic", "size": 100},
    "vectorizer": {**WORDS, "max_length": 10},
    "model": RECURRENT,
    "training": {"epochs": 1, "optimizer": "sgd", "learning_rate": 1e-9},
}
"""With so low a rate the weights are those that it begins with."""


@pytest.fixture(scope="module")
def language_model(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs"), given=LANGUAGE_MODEL)


def begun(run, *overrides, given=CLASSIFIER, progress=None):
    """A run in the same folder that begins with another."""
    loaded = config.load({**given, "init_from": f"run:{run.id}"}, overrides)
    return experiment.train(loaded, run.directory.parent, progress=progress or Heard())


def test_a_classifier_begins_with_a_language_model(language_model):
    heard = Heard()
    run = begun(language_model, progress=heard)
    old, new = experiment.load(language_model), experiment.load(run)
    before, after = old.task.vectorizers["text"].vocabulary, new.task.vectorizers["text"].vocabulary
    assert (after.tokens, before.specials, after.specials) == (before.tokens, ("[UNK]",), ("", "[UNK]"))
    given, taken = weights_of(old.model), weights_of(new.model)
    np.testing.assert_allclose(taken["embedding"]["table"][1:], given["embedding"]["table"], atol=1e-7)
    for name, values in given["gru_1"].items():
        np.testing.assert_allclose(taken["gru_1"][name], values, atol=1e-7)
    assert taken["logits"]["kernel"].shape == (144, 1)
    assert run.metadata()["init_from"] == {
        "run": language_model.id,
        "task": "language_model",
        "sha256": files.sha256_of_file(language_model.weights_file),
        "layers": ["embedding", "gru_1"],
        "partly": {},
        "random": {"logits": "answers something else"},
        "tokens": {"text": len(before.tokens)},
    }
    assert f"begins with run {language_model.id} and its {len(before.tokens)} tokens: embedding, gru_1" in heard.lines
    assert new.predict("not bad").label


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["model.cell=lstm"], r"model\.cell: lstm here, gru there\nname another run, or set model\.cell=gru"),
        (["model.units=16", "model.layers=2"], r"model\.units: 16 here, 144 there\n  model\.layers: 2 here, 1 there"),
        (["model.embedding=16"], r"set model\.embedding=8"),
        (["vectorizer=characters"], r"vectorizer\.name: characters here, words there"),
        (["vectorizer.standardize=html"], r"vectorizer\.standardize: html here, lower there"),
        (["vectorizer.max_tokens=200"], r"set vectorizer\.max_tokens=300"),
        (["model={name: transformer}"], "has the model 'recurrent', whose layers are not those of 'transformer'"),
    ],
)
def test_other_layers_and_tokens_are_refused_with_both_values(language_model, overrides, message):
    before = sorted(language_model.directory.parent.iterdir())
    with pytest.raises(RequestError, match=message):
        begun(language_model, *overrides)
    assert sorted(language_model.directory.parent.iterdir()) == before


WORD_VECTORS = {
    "task": "word_vectors",
    "data": {"name": "synthetic", "size": 500},
    "vectorizer": {**WORDS, "max_tokens": 40},
    "model": {"name": "skip_gram", "dimensions": 4, "negatives": 2},
    "training": {"epochs": 1, "optimizer": "sgd", "learning_rate": 1e-9},
}


@pytest.mark.slow
@pytest.mark.parametrize("subwords", ["null", "{min: 2, max: 3, buckets: 50}"])
def test_word_vectors_begin_with_both_tables_of_a_run(tmp_path, subwords):
    """Which have no rows for special ids, and rows for groups of letters below those of the words."""
    given = {**WORD_VECTORS, "training": {"epochs": 1}}
    source = experiment.train(config.load(given, [f"model.subwords={subwords}"]), tmp_path)
    run = begun(
        source, f"model.subwords={subwords}", "model.objective=softmax", "model.negatives=5", given=WORD_VECTORS
    )
    given, taken = weights_of(experiment.load(source).model), weights_of(experiment.load(run).model)
    for layer in ("embedding", "logits"):
        np.testing.assert_allclose(taken[layer]["table"], given[layer]["table"], atol=1e-5)
        assert given[layer]["table"].any()
    record = run.metadata()["init_from"]
    assert (record["layers"], record["random"]) == (["embedding", "logits"], {})
    for option, value in [["dimensions", 8], ["subwords", "{min: 1, max: 3, buckets: 50}"], ["name", "cbow"]]:
        with pytest.raises(RequestError, match=rf"model.{option}\b|has the model 'skip_gram'"):
            begun(source, f"model.subwords={subwords}", f"model.{option}={value}", given=WORD_VECTORS)


@pytest.mark.slow
def test_layers_are_unfrozen_one_epoch_after_the_other(language_model):
    """Which epoch moves which layer, by the weights that runs of so many epochs end with."""
    fine_tuning = ["training.learning_rate=0.1", "training.unfreeze_epochs=1", "training.layer_decay=2.6"]
    heard, ends = Heard(), [weights_of(experiment.load(language_model).model)]
    ends += [
        newest(begun(language_model, *fine_tuning, f"training.epochs={epochs}", progress=heard)) for epochs in (1, 2)
    ]
    first, second = ends[1:]
    np.testing.assert_array_equal(first["embedding"]["table"][1:], ends[0]["embedding"]["table"])
    np.testing.assert_array_equal(first["embedding"]["table"], second["embedding"]["table"])
    for name, values in ends[0]["gru_1"].items():
        np.testing.assert_array_equal(first["gru_1"][name], values)
        assert (second["gru_1"][name] != values).any()
    assert (first["logits"]["kernel"] != second["logits"]["kernel"]).any()
    assert "gru_1: 0.3846 of the learning rate, from epoch 2" in heard.lines


ROWS = {
    "task": "regression",
    "data": {"name": "synthetic", "size": 300},
    "model": {"name": "tabular", "hidden": 4},
    "training": {"epochs": 1, "optimizer": "sgd", "learning_rate": 1e-9},
}


def test_a_regression_takes_the_hidden_layer_and_keeps_the_linear_model_of_its_own_data(tmp_path):
    source = trained(tmp_path, "training.learning_rate=0.1", given=ROWS)
    heard = Heard()
    run = begun(source, "data.size=400", given=ROWS, progress=heard)
    alone = trained(tmp_path / "alone", "data.size=400", given=ROWS)
    there, taken, own = (weights_of(experiment.load(each).model) for each in (source, run, alone))
    for name, values in there["hidden"].items():
        np.testing.assert_allclose(taken["hidden"][name], values, atol=1e-6)
    for name, values in own["linear"].items():
        np.testing.assert_array_equal(taken["linear"][name], values)
        assert np.abs(there["linear"][name] - values).max() > 1e-3
    record = run.metadata()["init_from"]
    assert (record["layers"], record["random"].keys()) == (["hidden"], {"category_embedding", "logits"})
    assert f"begins with run {source.id}: hidden" in heard.lines
    assert not [line for line in heard.lines if "linear" in line]


def newest(run):
    """The weights at the end of training, which need not be those of the best epoch."""
    loaded = experiment.load(run)
    arrays = load_file(saved(run.checkpoints_directory)[-1] / "arrays.safetensors")
    for place, weight in enumerate(loaded.model.variables):
        weight.assign(arrays[f"model/{place:03d}.{weight.name}"])
    return weights_of(loaded.model)


def test_the_forward_direction_of_a_bidirectional_classifier_begins_with_the_language_model(language_model):
    heard = Heard()
    run = begun(language_model, "model.bidirectional=true", progress=heard)
    given = weights_of(experiment.load(language_model).model)["gru_1"]
    taken = weights_of(experiment.load(run).model)["gru_1"]
    for weight in ("kernel", "recurrent_kernel", "bias"):
        np.testing.assert_allclose(taken[f"forward_{weight}"], given[f"forward_{weight}"], atol=1e-7)
        assert np.abs(taken[f"backward_{weight}"] - given[f"forward_{weight}"]).max() > 1e-3
    assert run.metadata()["init_from"]["partly"] == {
        "gru_1": ["backward_kernel", "backward_recurrent_kernel", "backward_bias"]
    }
    assert any(
        "gru_1 without backward_kernel, backward_recurrent_kernel, backward_bias" in line for line in heard.lines
    )


@pytest.mark.slow
def test_a_language_model_and_a_classifier_continue_whole(language_model):
    """Of the same task, the last layer too if it speaks of the same tokens; a classifier's begins random."""
    again = begun(language_model, "training.learning_rate=1e-9", "training.optimizer=sgd", given=LANGUAGE_MODEL)
    assert again.metadata()["init_from"]["random"] == {}
    given, taken = (weights_of(experiment.load(run).model) for run in (language_model, again))
    for layer in given:
        for name, values in given[layer].items():
            np.testing.assert_allclose(taken[layer][name], values, atol=1e-7)
    classifier = begun(language_model)
    other = begun(classifier, "vectorizer.max_length=5", "model.pooling=mean")
    assert other.metadata()["init_from"]["layers"] == ["embedding", "gru_1"]
    assert other.metadata()["init_from"]["random"] == {"logits": "answers something else"}


def test_what_is_not_there_or_not_finished_is_refused_before_there_is_a_run(language_model, tmp_path):
    with pytest.raises(RequestError, match="no run 'nowhere' in"):
        trained(tmp_path / "runs", given={**CLASSIFIER, "init_from": "run:nowhere"})
    assert not (tmp_path / "runs").exists()
    stopped = copy_of(language_model, tmp_path / "runs", status="stopped")
    with pytest.raises(RequestError, match=f"run {stopped.id} is stopped and has no trained model: finish it first"):
        begun(stopped)
    stopped = copy_of(language_model, tmp_path / "others", status="diverged")
    with pytest.raises(RequestError, match="is diverged and has no trained model: train it again"):
        begun(stopped)
    assert [path.name for path in (tmp_path / "others").iterdir()] == [stopped.id]


def copy_of(run, folder, **changes):
    shutil.copytree(run.directory, folder / run.id)
    copy = Run(folder / run.id)
    files.write_json(copy.metadata_file, {**files.read_json(copy.metadata_file), **changes})
    return copy


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"init_from": "latest"}, "expected a run, run:ID, and not 'latest'"),
        ({"init_from": "run:latest"}, "another run another day"),
        ({"init_from": "run:"}, "another run another day"),
        ({"training": {"layer_decay": 2.6}}, "no layer was trained before"),
        ({"training": {"unfreeze_epochs": 1}}, "no layer was trained before"),
        ({"training": {"layer_decay": 0.5}, "init_from": "run:a"}, "layer_decay"),
        ({"training": {"layer_decay": 2.0, "optimizer": "ftrl"}, "init_from": "run:a"}, "'ftrl' cannot have"),
        (
            {"model": {**RECURRENT, "embedding": {"pretrained": "run:b"}}, "init_from": "run:a"},
            r"leave\s+pretrained out",
        ),
    ],
)
def test_configs_that_mean_nothing_are_refused(changes, message):
    with pytest.raises(RequestError, match=message):
        config.load({**CLASSIFIER, **changes})
