"""`init_from`: layers and vocabulary of another run."""

import numpy as np
import pytest
from quick import Heard, trained

from seqlab import config, experiment, files
from seqlab.errors import RequestError
from seqlab.models.shared_layers import weights_of

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
