"""Loading a run: damaged files, changed models, a run that moved."""

import re

import pytest

from seqlab import experiment
from seqlab.errors import DataError, RequestError, SeqlabError
from seqlab.progress import Silent


@pytest.mark.parametrize("name", ["model/weights.safetensors", "vocabulary.json", "labels.json", "config.yaml"])
def test_a_changed_file_of_a_finished_run_is_refused(quick_run, name):
    file = quick_run.directory / name
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises((DataError, RequestError), match=re.escape(name)):
        experiment.load(quick_run)


def test_damaged_weights_and_vocabulary_of_an_unfinished_run_are_named(quick_run):
    with pytest.raises(SeqlabError), quick_run.writing():
        raise SeqlabError("stopped")
    weights = quick_run.weights_file
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-4])
    with pytest.raises(DataError, match=r"cannot read weights from .*weights\.safetensors"):
        experiment.load(quick_run)
    weights.write_bytes(whole)
    quick_run.vocabulary_file.write_text("[]", encoding="utf-8")
    with pytest.raises(DataError, match=r"vocabulary\.json is not a vocabulary"):
        experiment.load(quick_run)


def test_a_run_that_is_not_finished_is_named(quick_run):
    said = []

    class Saying(Silent):
        def say(self, text):
            said.append(text)

    experiment.load(quick_run, progress=Saying())
    assert not [line for line in said if "not finished" in line]
    with pytest.raises(SeqlabError), quick_run.writing():
        raise SeqlabError("stopped")
    experiment.load(quick_run, progress=Saying())
    assert f"run {quick_run.id} is failed, not finished: its model has the best weights so far" in said


@pytest.mark.parametrize("override", ["vectorizer.ngrams=1", "model.hidden=8"])
def test_sections_of_the_model_cannot_be_overridden(quick_run, override):
    with pytest.raises(RequestError, match="belongs to the trained model"):
        experiment.load(quick_run, overrides=[override])
    assert experiment.load(quick_run, overrides=["metrics=[accuracy]"]).evaluate().keys() == {
        "test.loss",
        "test.accuracy",
    }


@pytest.mark.parametrize(
    "override",
    ["training.epochs=7", "training.epochs=3", "training={epochs: 3}", "training.batch_size=8", "runtime.seed=5",
     "runtime={seed: 5}", "runtime.xla=false", "version=1"],
)  # fmt: skip
def test_keys_that_change_nothing_after_training_are_refused(quick_run, override):
    with pytest.raises(RequestError, match=r" has no effect on a trained model; remove it, or use `seqlab train`"):
        experiment.load(quick_run, overrides=[override])


def test_keys_of_the_data_and_the_machine_can_be_overridden(quick_run):
    overrides = ["data.split_seed=3", "runtime.device=cpu", "expected.test.accuracy=[0, 1]"]
    assert experiment.load(quick_run, overrides=overrides).experiment.data.split_seed == 3


def test_a_run_of_another_task_is_refused_before_it_is_loaded(quick_run, monkeypatch):
    monkeypatch.setattr(experiment, "load", lambda *_: pytest.fail("loaded"))
    for capability, what in (("generate", "generate text; language_model"), ("translate", "translate; translation")):
        with pytest.raises(RequestError, match=f"is a classification run and cannot {what} runs can"):
            experiment.find(quick_run.id, quick_run.directory.parent, able_to=capability)
