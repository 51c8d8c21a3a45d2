"""Overrides of a trained run: they change what its model is applied to, never the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seqlab.config import Experiment, dump
from seqlab.config import load as load_config
from seqlab.errors import RequestError
from seqlab.runs import Run
from seqlab.training.resume_compatibility import differences

MODEL_SECTIONS = ("task", "vectorizer", "model")
DECODING = "model.decoding."
"""Keys in a section of the model that change no weight: how a translator writes."""
TRAINING_KEYS = ("version", "plugins", "init_from", "training", "runtime.seed", "runtime.xla")
"""Keys, with all keys below them, that change nothing once a model is trained."""


def overridden(run: Run, trained: Experiment, overrides: Iterable[str], plugins: Iterable[str] = ()) -> Experiment:
    """The config of a run with `KEY=VALUE` overrides. Raises RequestError for those that belong to the model."""
    if not (overrides := tuple(overrides)):
        return trained
    experiment = load_config(run.config_file, overrides, plugins=tuple(plugins)).experiment
    changed = list(differences(dump(trained), dump(experiment)))
    _refuse_another_model(changed)
    _refuse_training_keys([*(override.partition("=")[0] for override in overrides), *changed])
    return experiment


def notes_on_decoding(trained: Experiment, experiment: Experiment) -> Iterator[str]:
    """Lines for the user: what the translations of an evaluation are written with, where the run has other values."""
    for key, (before, now) in differences(dump(trained), dump(experiment)).items():
        if key.startswith(DECODING):
            yield f"{key} is {now} here, and {before} in the run"


def _refuse_another_model(changed: Iterable[str]) -> None:
    for key in changed:
        if key.split(".")[0] in MODEL_SECTIONS and not key.startswith(DECODING):
            raise RequestError(
                f"{key} belongs to the trained model and cannot be changed; use `seqlab train` to train another"
            )


def _refuse_training_keys(keys: Iterable[str]) -> None:
    for key in keys:
        if any(key == each or key.startswith(f"{each}.") for each in TRAINING_KEYS):
            raise RequestError(
                f"{key} has no effect on a trained model; remove it, or use `seqlab train` to train another"
            )
