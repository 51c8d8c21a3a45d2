"""Runs that a config names by `run:`: one whose layers a model begins with, or one that is its sentence encoder."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from seqlab import runs
from seqlab.config import Experiment
from seqlab.config.choices import choices_of
from seqlab.errors import RequestError
from seqlab.experiment.load import lost_weights
from seqlab.runs import Run
from seqlab.runs.references import IN_CONFIGS
from seqlab.tasks.fitted_encoder import run_encoder_of, with_run_encoder


def find_finished(reference: str, key: str, runs_dir: Path) -> Run:
    """The run that a config names under a key. Raises RequestError unless it is there and finished."""
    run = runs.find(reference.removeprefix(IN_CONFIGS), runs_dir)
    status = run.status()
    if status != "finished":
        remedy = (
            f"finish it first with `seqlab train --resume {shlex.quote(run.id)}`"
            if status in {"stopped", "killed", "failed"}
            else "wait until it is finished" if status == "running" else "train it again"
        )  # fmt: skip
        raise RequestError(f"{key}: run {run.id} is {status} and has no trained model: {remedy}")
    if not run.weights_file.exists():
        raise RequestError(f"{key}: {lost_weights(run)}")
    run.refuse_changes()
    return run


def with_encoder(run: Run | None, experiment: Experiment, runs_dir: Path) -> Experiment:
    """An experiment whose model knows the run that is its sentence encoder, if that is a run. A run that continues has
    a copy. Raises RequestError for a run that is not there, not finished, or gives no vectors of texts."""
    model = choices_of(experiment).model
    began_in = None if run is None else run.directory
    found = with_run_encoder(model, began_in, lambda source: find_finished(source, "model.source", runs_dir))
    return experiment if found is model else experiment.model_copy(update={"model": found})


def encoder_record(experiment: Experiment) -> dict[str, Any]:
    """What a run records of the run that is its sentence encoder; empty without one."""
    found = run_encoder_of(choices_of(experiment).model)
    return {} if found is None else {"encoder": found.record}
