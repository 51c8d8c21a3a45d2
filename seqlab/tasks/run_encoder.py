"""A run of document vectors as a sentence encoder: of a text it gives the vector of a document with its words."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab import files, runtime
from seqlab.data.sources.locations import unreadable
from seqlab.encoders import FoundEncoder, TextEncoder
from seqlab.errors import DataError, RequestError
from seqlab.models.word_vectors import DocumentVectors
from seqlab.runs import Run
from seqlab.runs.run import FORMAT
from seqlab.tasks.task import Choices, Task

if TYPE_CHECKING:
    from seqlab.tasks.word_vectors.document_predictor import DocumentVectorPredictor

SECTIONS = ("data", "vectorizer", "model")
"""Of the config: what a fitted task is restored from."""


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
        config = {"task": _task().name, **{name: self.run.section("config", name) for name in SECTIONS}}
        copy = Run(new)
        files.write_json(copy.metadata_file, {"format": FORMAT, "id": self.record["run"], "config": config})
        copy.model_directory.mkdir()
        shutil.copyfile(self.run.weights_file, copy.weights_file)
        for name in _fitted_files(self.run):
            shutil.copyfile(self.run.directory / name, new / name)

    def load(self) -> TextEncoder:
        runtime.tensorflow()
        from seqlab.training.weights import load_weights

        choices = choices_in(self.run)
        fitted = _task().restore(choices, self.run.directory)
        model = fitted.build(None)
        load_weights(model, self.run.weights_file)
        predictor: Any = fitted.predictor(model)
        return DocumentEncoder(choices.model.dimensions, predictor)


@dataclass(frozen=True)
class DocumentEncoder:
    """The vectors of texts by a trained model of document vectors, loaded."""

    width: int
    predictor: DocumentVectorPredictor

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        return self.predictor.document_vectors(texts)


def of_run(source: str, run: Run) -> RunEncoder:
    """A finished run, or the copy of one, as an encoder. Raises RequestError unless it is of document vectors."""
    choices = choices_in(run)
    digest = hashlib.sha256(json.dumps([run.section("config", name) for name in SECTIONS[1:]]).encode())
    for path in (run.weights_file, *(run.directory / name for name in _fitted_files(run))):
        try:
            digest.update(files.sha256_of_file(path).encode())
        except OSError as error:
            raise unreadable(path, error) from error
    assert isinstance(choices.model, DocumentVectors)
    return RunEncoder(source, digest.hexdigest(), run.directory)


def _task() -> Task:
    """Imported here: that registers a task, and their order is the one of `seqlab.tasks`."""
    from seqlab.tasks.word_vectors import WORD_VECTORS

    return WORD_VECTORS


def _fitted_files(run: Run) -> list[str]:
    from seqlab.tasks.word_vectors.class_ratios import RATIOS

    ratios = [RATIOS] if choices_in(run).model.keep_ratio is not None else []
    return [run.vocabulary_file.name, *ratios]


def choices_in(run: Run) -> Choices:
    """What the run chose. Raises RequestError if it is not of document vectors, DataError if it is damaged."""
    config = run.section("config")
    model = config.get("model")
    name = model.get("name") if isinstance(model, dict) else None
    task = _task()
    if config.get("task") != task.name or name != DocumentVectors.component_name():
        raise RequestError(
            f"model.source: run {run.id} is a {config.get('task')} run of the model '{name}', and gives no vectors to "
            f"learn from: name a run of {DocumentVectors.component_name()}"
        )
    registries = task.registries
    try:
        return Choices(
            registries.datasets.read(config["data"]),
            registries.vectorizers.read(config["vectorizer"]),
            registries.models.read(model),
        )
    except (KeyError, ValueError) as error:
        raise DataError(f"{run.metadata_file} is damaged: restore it from a copy, or train again") from error
