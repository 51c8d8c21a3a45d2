"""A run as a sentence encoder: document vectors, the mean of word vectors, or the state of a language model."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from seqlab import files, runtime
from seqlab.data.sources.locations import unreadable
from seqlab.encoders import FoundEncoder, TextEncoder
from seqlab.errors import DataError, RequestError
from seqlab.runs import Run
from seqlab.runs.run import FORMAT
from seqlab.tasks.task import TASKS, Choices, Task
from seqlab.tasks.trained import trained
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.training.options import TrainingOptions

ENCODING = ("word_vectors", "language_model")
"""The tasks whose models learn from texts alone, and whose predictors give features of any text."""
OF_NETWORK = ("vectorizer", "model")
SECTIONS = ("data", *OF_NETWORK, "training")
"""Of the config: what a fitted task is restored from. Copies that older versions made have no `training`, and their
models no option that depends on it."""


@dataclass(frozen=True)
class RunEncoder(FoundEncoder):
    """The files of a run that its vectors depend on, in the run or in a folder with a copy of them: its `directory`."""

    @property
    def run(self) -> Run:
        assert self.directory is not None
        return Run(self.directory)

    @property
    def record(self) -> dict[str, str]:
        """Id of the run, and sha256 of its weights."""
        return {"run": str(self.run.metadata().get("id")), "sha256": files.sha256_of_file(self.run.weights_file)}

    def copy_to(self, new: Path) -> None:
        given = self.run.section("config")
        config = {"task": _task_of(self.run).name, **{name: given[name] for name in SECTIONS if name in given}}
        copy = Run(new)
        files.write_json(copy.metadata_file, {"format": FORMAT, "id": self.record["run"], "config": config})
        copy.model_directory.mkdir()
        shutil.copyfile(self.run.weights_file, copy.weights_file)
        for name in _fitted_files(self.run):
            shutil.copyfile(self.run.directory / name, new / name)

    def load(self) -> TextEncoder:
        runtime.tensorflow()
        fitted, model = trained(_task_of(self.run), choices_in(self.run), self.run)
        predictor: Any = fitted.predictor(model)
        return LoadedRunEncoder(predictor)


class GivesTextFeatures(Protocol):
    """What the predictors of these tasks do besides what every predictor does."""

    vectorizer: FittedVectorizer

    def text_features(self, texts: Sequence[str]) -> np.ndarray:
        """(texts, width) float32; zeros for a text of which nothing is known."""


@dataclass(frozen=True)
class LoadedRunEncoder:
    """The vectors of texts by a trained model."""

    predictor: GivesTextFeatures

    @property
    def width(self) -> int:
        return int(self.predictor.text_features([""]).shape[1])

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        return self.predictor.text_features(texts)


def of_run(source: str, run: Run) -> RunEncoder:
    """A finished run, or the copy of one, as an encoder. Raises RequestError unless its task is one of `ENCODING`."""
    choices_in(run)
    digest = hashlib.sha256(json.dumps([run.section("config", name) for name in OF_NETWORK]).encode())
    for path in (run.weights_file, *(run.directory / name for name in _fitted_files(run))):
        try:
            digest.update(files.sha256_of_file(path).encode())
        except OSError as error:
            raise unreadable(path, error) from error
    return RunEncoder(source, digest.hexdigest(), run.directory)


def _task_of(run: Run) -> Task:
    task = run.section("config").get("task")
    if not isinstance(task, str) or task not in ENCODING:
        raise RequestError(
            f"model.source: run {run.id} is a {task} run, which gives no vectors to learn from: name a run of "
            f"{' or '.join(ENCODING)}"
        )
    return TASKS[task]


def _fitted_files(run: Run) -> list[str]:
    from seqlab.tasks.word_vectors.class_ratios import RATIOS  # here: it registers a task, after those before it

    ratios = [RATIOS] if run.section("config", "model").get("keep_ratio") is not None else []
    return [run.vocabulary_file.name, *ratios]


def choices_in(run: Run) -> Choices:
    """What the run chose. Raises RequestError if it encodes no texts or needs plug-ins, DataError if it is damaged."""
    task, config = _task_of(run), run.section("config")
    damaged = f"{run.metadata_file} is damaged: restore it from a copy, or train again"
    if not isinstance(plugins := config.get("plugins", []), list):
        raise DataError(damaged)
    if plugins:
        raise RequestError(
            f"model.source: run {run.id} needs the plug-ins {', '.join(map(str, plugins))}, of which a run keeps no "
            "copy: name a run without plug-ins"
        )
    context = {"plugins": ()}  # a copy in a stranger's run may name any function
    try:
        return Choices(
            task.registries.datasets.read(config["data"], context),
            task.registries.vectorizers.read(config["vectorizer"], context),
            task.registries.models.read(config["model"], context).for_training(_training_of(task, run)),
        )
    except (KeyError, ValueError) as error:
        raise DataError(damaged) from error


def _training_of(task: Task, run: Run) -> TrainingOptions:
    """The options of the section `training` that are the task's own, among which are those that decide of a model."""
    own = task.training.model_fields.keys() - TrainingOptions.model_fields.keys()
    given = run.section("config").get("training", {})
    if not isinstance(given, dict):
        raise ValueError("training options are a mapping")
    return task.training.model_validate({name: given[name] for name in own & given.keys()})
