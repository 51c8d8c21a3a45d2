"""What a run directory may contain. Runs are copied, unpacked and received from others: nothing in one is trusted."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

from seqlab import files
from seqlab.errors import RequestError

FOLDERS = frozenset({"model", "predictions", "plots", "checkpoints", "tensorboard"})
FILES = frozenset(
    {"run.json", "config.yaml", "metrics.jsonl", "result.json", "samples.txt", "run.log", "run.lock", "vocabulary.json"}
    | {"annotations.json"}
    | {"log_count_ratios.npy"}
)
"""Entries of a run directory whose kind is known. Others (a user's notes) are left alone."""
IN_FOLDERS = re.compile(
    r"predictions/(train|validation|test)\.jsonl|plots/curves\.png|model/weights\.safetensors"
    r"|checkpoints/\d{9}-\d{5}/((arrays|best)\.safetensors|(state|manifest)\.json)"
    r"|tensorboard/(train|validation|test)/events\.out\.tfevents\.\d{10}\.seqlab"
    r"|tensorboard/train/(projector_config\.pbtxt|(text|source|target)(\.metadata)?\.tsv)"
)
"""What seqlab writes into the folders of a run, whatever its task."""
PLOTS = re.compile(r"plots/[^/]+\.png")
"""Further plots are the task's."""
OF_OLD_RUNS = frozenset({"plots/confusion.png", "plots/predicted.png"})
"""Those of runs that did not record them."""
ENCODER, ENCODER_RECORD = "model/encoder", "encoder.json"
"""The copy of a sentence encoder, in a run that has this record of it."""
IN_ENCODER = re.compile(
    r"(run|vocabulary)\.json|log_count_ratios\.npy|model/weights\.safetensors"
    r"|(saved_model|fingerprint|keras_metadata|tfhub_module)\.pb|variables/variables\.(index|data-\d+-of-\d+)|assets/.+"
)
"""What such a copy of a run or of a SavedModel consists of."""
LEARNED = re.compile(r"[^/]+\.json|model/[^/]+")
"""What a task may write beside them, if the run records it."""
OF_TASKS = re.compile(
    r"(labels|features|target|encoder|length_limit)\.json|(vocabulary|spacing)_(shared|source|target)\.json"
)
"""Of these, what the tasks of seqlab write: in an unfinished run, which has no record of them yet."""

RESTORE = "restore it from a copy, or train again"
"""What to do about a damaged file."""
MOST_ENTRIES = 100_000
DEEPEST = 20


def refuse_unsafe(directory: Path) -> None:
    """Raises RequestError unless a run directory consists of regular files and folders.

    A link leads writes and deletions out of the run, and a FIFO or device can make a read wait for ever; so this is
    called before anything is read or written. Names of seqlab must be of the right kind, and nothing may be nested or
    repeated without bound.
    """
    entries = 0
    pending = [(directory, 0)]
    while pending:
        folder, depth = pending.pop()
        for entry in _entries(folder):
            entries += 1
            if entries > MOST_ENTRIES or depth > DEEPEST:
                raise RequestError(f"{directory} contains too many files or folders to be a run")
            status = entry.stat(follow_symlinks=False)
            kind = files.why_not_regular(status)
            if kind == "a folder":
                pending.append((Path(entry.path), depth + 1))
            elif kind:
                raise RequestError(
                    f"{entry.path} is {kind}; a run contains only files and folders of its own. Nothing was changed; "
                    "replace it by a copy of what it stands for, or remove it"
                )
            if depth == 0:
                _refuse_wrong_kind(entry, kind)


def is_own(name: str, recorded: Collection[str] | None) -> bool:
    """Whether a file is one that seqlab writes; `name`: its path in the run directory, with slashes.

    `recorded`: the files that `run.json` names; None: the run is not finished, and names none.
    """
    if name in FILES or IN_FOLDERS.fullmatch(name) or files.is_temporary(Path(name.partition("/")[0])):
        return True
    if PLOTS.fullmatch(name):
        return name in OF_OLD_RUNS or (recorded is not None and name in recorded)
    if name.startswith(f"{ENCODER}/") and (recorded is None or ENCODER_RECORD in recorded):
        return bool(IN_ENCODER.fullmatch(name.removeprefix(f"{ENCODER}/")))
    if recorded is None:
        return bool(OF_TASKS.fullmatch(name))
    return bool(LEARNED.fullmatch(name)) and name in recorded


def foreign_files(directory: Path, recorded: Collection[str] | None) -> list[str]:
    """The files of a run directory that seqlab did not write: paths in it, sorted."""
    names = (path.relative_to(directory).as_posix() for path in directory.rglob("*") if not path.is_dir())
    return sorted(name for name in names if not is_own(name, recorded))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda each: each.name)
    except OSError as error:
        raise RequestError(f"{folder} cannot be read: {error.strerror or error}") from error


def _refuse_wrong_kind(entry: os.DirEntry[str], kind: str) -> None:
    if (entry.name in FILES and kind) or (entry.name in FOLDERS and not kind):
        expected = "file" if kind else "folder"
        raise RequestError(f"{entry.path} is {kind or 'a file'}, not a {expected}: restore it from a copy")
