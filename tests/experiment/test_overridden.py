"""Overrides of a run change what its model is applied to, and nothing else."""

import pytest

from seqlab.config import ConfigError, load
from seqlab.decoding.beam_options import BeamOptions
from seqlab.errors import RequestError
from seqlab.experiment.overridden import notes_on_decoding, overridden


@pytest.fixture
def trained(quick_run):
    return load(quick_run.config_file).experiment


def test_without_overrides_the_config_is_that_of_the_run(quick_run, trained):
    assert overridden(quick_run, trained, []) is trained


def test_data_and_metrics_can_be_changed(quick_run, trained):
    changed = overridden(quick_run, trained, ["data.size=400", "metrics=[accuracy]"])
    assert (changed.data.size, [metric.name for metric in changed.metrics]) == (400, ["accuracy"])
    assert changed.model == trained.model


def test_how_a_translator_writes_can_be_changed(translator):
    trained = load(translator.config_file).experiment
    changed = overridden(translator, trained, ["model.decoding.unknown_penalty=3", "model.decoding.beam_width=2"])
    assert changed.model.decoding.beam == BeamOptions(width=2, unknown_penalty=3.0)
    assert changed.model.model_copy(update={"decoding": trained.model.decoding}) == trained.model
    assert list(notes_on_decoding(trained, changed)) == [
        "model.decoding.beam_width is 2 here, and 4 in the run",
        "model.decoding.unknown_penalty is 3.0 here, and 0.0 in the run",
    ]
    with pytest.raises(RequestError, match=r"model\.units belongs to the trained model"):
        overridden(translator, trained, ["model.decoding.beam_width=2", "model.units=4"])


@pytest.mark.parametrize(
    ("override", "error", "message"),
    [
        ("model.hidden=3", RequestError, "model.hidden belongs to the trained model"),
        ("training.epochs=3", RequestError, "training.epochs has no effect on a trained model"),
        ("data.tset=new.csv", ConfigError, "unknown key 'tset'"),
    ],
)
def test_other_overrides_are_refused(quick_run, trained, override, error, message):
    with pytest.raises(error, match=message):
        overridden(quick_run, trained, [override])
