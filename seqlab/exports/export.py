"""Writes a run as a folder that other programs use: the model, a README, checksums.

The folder appears when it is whole and when its answers are those of the run: before that it has another name.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from seqlab import files
from seqlab.errors import RequestError, SeqlabError
from seqlab.experiment.load import config_of, load
from seqlab.exports.agreement import Agreement
from seqlab.exports.check_texts import check_texts
from seqlab.exports.format_names import refuse_unknown, refuse_without_packages
from seqlab.exports.formats import WRITERS
from seqlab.exports.readme import readme
from seqlab.exports.refusals import refuse_by_config
from seqlab.progress import SILENT, Progress
from seqlab.reports.output_file import cannot_write, refuse_unwritable
from seqlab.runs import Run

MODEL, README, CHECKSUMS = "model", "README.md", "sha256.txt"


@dataclass(frozen=True)
class Exported:
    """What was written."""

    run: Run
    format: str
    directory: Path
    files: int
    bytes: int
    agreement: Agreement
    compared: str
    """What the agreement was found on."""


def export(
    run: Run, name: str, directory: Path, *, plugins: Iterable[str] = (), progress: Progress = SILENT
) -> Exported:
    """Write a finished run in a format into a new folder, or one that is empty.

    Nothing is written unless the export answers as the run does. Raises RequestError for an unknown format or one
    without its packages, a run that is not finished or that the format cannot hold, and a folder that holds something;
    SeqlabError for answers that differ, and if the disk is full.
    """
    refuse_unknown(name)
    refuse_without_packages(name)
    refuse_folder(directory)
    place = directory.resolve()  # a link to an empty folder: into that
    if place.parent == run.directory.resolve().parent:
        raise RequestError(f"{directory} would be among the runs, which it is not: choose a folder elsewhere")
    if (status := run.status()) != "finished":
        raise RequestError(
            f"run {run.id} is {status}: only a finished run is exported; `seqlab train --resume {run.id}` finishes it"
        )
    plugins = tuple(plugins)
    refuse_by_config(run.id, name, config_of(run, plugins))
    loaded = load(run, plugins=plugins, overrides=("runtime.device=cpu",), progress=progress)
    try:
        with files.temporary_directory(place) as temporary:
            model = temporary / MODEL
            model.mkdir()
            written = WRITERS[name](loaded, model)
            texts, compared = check_texts(loaded, written.texts) if written.texts else ([], "all that was written")
            with progress.step("comparing the export with the run"):
                agreement = written.compare(texts)
            agreement.refuse(compared)
            text = readme(run, written, f"{agreement} ({compared})", plugins)
            files.write_text(temporary / README, text)
            sizes = _write_checksums(temporary)
            _move(temporary, place)
    except OSError as error:
        raise cannot_write(directory, error, what="folder") from error
    return Exported(run, name, directory, len(sizes), sum(sizes), agreement, compared)


def refuse_folder(directory: Path) -> None:
    """Raises RequestError for a folder that holds something, for a file, and for a place that cannot be written."""
    try:
        _refuse_folder(directory)
    except OSError as error:  # what is there cannot be looked at
        raise cannot_write(directory, error, what="folder") from error


def _refuse_folder(directory: Path) -> None:
    if directory.is_symlink() and not directory.exists():
        raise RequestError(f"{directory} is a link to nothing: remove it, or choose a new folder")
    parent = next((each for each in directory.parents if os.path.lexists(each)), None)
    if parent is not None and not parent.is_dir():
        raise RequestError(f"{parent} is no folder, so nothing can be in it: choose another folder")
    if os.path.lexists(directory) and not directory.is_dir():
        raise RequestError(f"{directory} is no folder: choose a new one")
    if directory.resolve() == Path.cwd():
        # It appears by a rename, which would take the folder away from under whoever is in it.
        raise RequestError(
            "the export cannot take the place of the current folder: name a new folder in it (-o export)"
        )
    if not directory.is_dir():
        refuse_unwritable(directory, makes_folder=True, folder=True)
    elif any(directory.iterdir()):
        raise RequestError(f"{directory} is not empty: choose a new folder, or empty it first")
    else:
        refuse_unwritable(directory / README)


def _write_checksums(directory: Path) -> list[int]:
    """Write the checksums of all files, as `sha256sum --check` reads them; returns their sizes."""
    paths = [path for path in directory.rglob("*") if path.is_file()]
    lines = [f"{digest}  {name}\n" for name, digest in files.checksums(directory, paths).items()]
    files.write_text(directory / CHECKSUMS, "".join(lines))
    return [path.stat().st_size for path in [*paths, directory / CHECKSUMS]]


def _move(temporary: Path, directory: Path) -> None:
    """Make the folder appear, in place of an empty one."""
    files.sync_files(temporary)
    if directory.is_dir():
        directory.rmdir()  # Windows renames to no folder that exists
    elif os.path.lexists(directory):
        raise SeqlabError(f"{directory} appeared while the export was written: nothing was changed there")
    temporary.rename(directory)
    files.sync_directory(directory.parent)
