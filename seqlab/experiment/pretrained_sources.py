"""Where pretrained vectors come from: published files, files of one's own, and other runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqlab import files
from seqlab.config import Experiment
from seqlab.data.sources.locations import file_source, missing
from seqlab.errors import RequestError
from seqlab.experiment.load import find, load, on_machine_of
from seqlab.progress import Progress
from seqlab.runs import Run
from seqlab.runs.references import IN_CONFIGS
from seqlab.vectors import WordVectors
from seqlab.vectors.published import PUBLISHED, find_vectors, load_vectors


@dataclass(frozen=True)
class Source:
    """Vectors that can be read."""

    name: str
    """What messages call them."""
    sha256: str
    """Of the file, or of the weights of the run."""
    record: Mapping[str, Any]
    """What a run records of where they are from."""
    read: Callable[[Collection[str] | None, Progress], WordVectors]
    """The vectors of these words, or of all; others may be among them."""


def source_of(name: str, side: str, experiment: Experiment, runs_dir: Path, progress: Progress) -> Source:
    """The vectors that a config names for a side. Raises RequestError if they are not there."""
    if name.startswith(IN_CONFIGS):
        return _run_source(name, side, experiment, runs_dir)
    path = find_vectors(name, progress)
    found = file_source(_file_of(path))

    def read(only: Collection[str] | None, progress: Progress) -> WordVectors:
        return load_vectors(name, only=only, progress=progress)

    return Source(name if name in PUBLISHED else path.name, found.sha256, {"file": found.to_json()}, read)


def refuse_missing(name: str, runs_dir: Path) -> None:
    """Raises RequestError for a run or a file that is not there. Published vectors may still be downloaded."""
    if name.startswith(IN_CONFIGS):
        _found(name, runs_dir)
    elif name not in PUBLISHED and not (path := _file_of(find_vectors(name))).exists():
        raise RequestError(missing(path))


def _file_of(path: Path) -> Path:
    """The file with the vectors; a member of an archive is named by the archive's path and its own."""
    if path.is_dir():
        raise RequestError(f"{path} is a directory: give the path of a file of word vectors")
    return next((each for each in (path, *path.parents) if each.is_file()), path)


def _found(name: str, runs_dir: Path) -> tuple[Run, str]:
    """The run of `run:ID` or `run:ID:SIDE`, and the side."""
    reference, _, side = name.removeprefix(IN_CONFIGS).partition(":")
    run = find(reference, runs_dir, able_to="word_vectors")
    if not run.weights_file.exists():
        raise RequestError(f"{name}: run {run.id} is {run.status()} and has no trained model")
    return run, side


def _run_source(name: str, side: str, experiment: Experiment, runs_dir: Path) -> Source:
    """`run:ID`, or `run:ID:SIDE` of a run with two sides. Its model is loaded when the vectors are read."""
    run, of_side = _found(name, runs_dir)

    def read(only: Collection[str] | None, progress: Progress) -> WordVectors:
        return _vectors_of(run, of_side, side, experiment, progress)

    return Source(f"run {run.id}", files.sha256_of_file(run.weights_file), {"run": run.id}, read)


def _vectors_of(run: Run, of_side: str, side: str, experiment: Experiment, progress: Progress) -> WordVectors:
    """The input vectors of a run: of the side that is named, of the one called like that of the new model, or of its
    only one."""
    loaded = load(run, plugins=experiment.plugins, overrides=on_machine_of(experiment), progress=progress)
    sides = list(loaded.task.vectorizers)
    if not sides:
        raise RequestError(f"run {run.id} reads no text and has no word vectors: name another run, or a file")
    chosen = of_side or (side if side in sides else sides[0] if len(sides) == 1 else "")
    if chosen not in sides:
        given = f"has no side '{of_side}'" if of_side else "has two sides"
        named = " or ".join(f"run:{run.id}:{each}" for each in sides) if len(sides) > 1 else f"run:{run.id}"
        raise RequestError(f"run {run.id} {given}: take the vectors of {named}")
    return loaded.word_vectors(chosen)
