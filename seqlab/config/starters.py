"""The commented starter config of each task: the file `starter.yaml` beside the module that defines the task.

For the user's own files the section `data` is written anew, and the sizes are changed to suit the amount of data.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from seqlab.config.yaml_writer import yaml_lines
from seqlab.data.inspect_file import Found
from seqlab.data.inspect_file import inspect as inspect_files
from seqlab.errors import RequestError
from seqlab.registry import did_you_mean
from seqlab.tasks import TASKS
from seqlab.text_format import visible

COMMENT_COLUMN = 25
SIZES: dict[str, tuple[tuple[int, dict[str, object]], ...]] = {
    "label": (
        (500, {"max_tokens": 5000, "hidden": 8, "epochs": 30, "batch_size": 8, "patience": 3}),
        (3_000, {"max_tokens": 10000, "epochs": 20, "batch_size": 16, "patience": 3}),
        (100_000, {}),
        (0, {"max_tokens": 50000, "batch_size": 256}),
    ),
    "target": (
        (3_000, {"units": 64, "embedding": 32, "epochs": 20, "batch_size": 16}),
        (30_000, {"epochs": 10}),
        (0, {"units": 256, "embedding": 128, "epochs": 6, "batch_size": 64, "learning_rate": "2e-3"}),
    ),
    "text": (
        (100_000, {"units": 48, "epochs": 20, "batch_size": 8, "window": 50}),
        (500_000, {"epochs": 10, "batch_size": 16}),
        (0, {"units": 128, "epochs": 8, "batch_size": 64}),
    ),
}
"""What is learned → the sizes of models and trainings below so many rows (characters of a text); 0: without limit."""
FEW_ROWS = 500
"""Below, larger shares are cut off for validation and test: of 100 rows a tenth would be ten."""


def starter(task: str, schema: str | None = None) -> str:
    """A config that can be trained as it is. `schema`: path or address of the JSON Schema, for editors.

    Raises RequestError if there is no such task, or if it comes without a starter, as tasks of plug-ins may.
    """
    if task not in TASKS:
        known = list(TASKS)
        raise RequestError(f"unknown task '{task}'; {did_you_mean(task, known)}available: {', '.join(known)}")
    path = Path(inspect.getfile(TASKS[task].fit)).with_name("starter.yaml")
    if not path.is_file():
        raise RequestError(f"the task '{task}' has no starter config: {path} does not exist")
    return (f"# yaml-language-server: $schema={schema}\n" if schema else "") + path.read_text(encoding="utf-8")


def starter_for(task: str, paths: Sequence[Path], folder: Path, schema: str | None = None) -> tuple[str, str]:
    """A config for the user's own files, with paths relative to `folder`, and what was found in them.

    Raises RequestError or DataError if the task cannot read the files.
    """
    template = starter(task, schema)
    found = inspect_files([path.absolute() for path in paths], TASKS[task].registries.datasets)
    head, rest = re.split(r"(?m)(?:^#.*\n)*^data:\n(?:  .*\n)*", template, maxsplit=1)
    content = f"{head}# {_shortened(found.summary)}\ndata:\n" + "".join(_data_lines(found, folder)) + rest
    for key, value in _sizes(found).items():
        content = re.sub(rf"(?m)^  {key}: \S+ *(?=#)", _aligned(f"  {key}: {value}"), content)
    return content, found.summary


def _data_lines(found: Found, folder: Path) -> Iterator[str]:
    """The lines of the section `data`, each with a comment."""
    options: dict[str, Any] = {
        key: os.path.relpath(value, folder) if isinstance(value, Path) else value
        for key, value in found.options.items()
    }
    comments = {"name": "others: seqlab parts dataset", "path": "relative to this file", **found.comments}
    if "text_file" not in options.values() and found.size < FEW_ROWS:
        options |= {"validation": 0.2, "test": 0.2}
        comments |= {"validation": "the share that chooses the best epoch", "test": "the share for the final score"}
    for line, path in yaml_lines({"data": options}):
        if path is not None:
            yield f"{_aligned(line)}# {comments[str(path[1])]}\n"


def _sizes(found: Found) -> dict[str, object]:
    kind = "label" if found.options.keys() & {"label"} or found.options["name"] == "text_folder" else "text"
    kind = "target" if "target" in found.options else kind
    return next(sizes for limit, sizes in SIZES[kind] if found.size < limit or not limit)


def _aligned(text: str) -> str:
    return text.ljust(COMMENT_COLUMN) if len(text) < COMMENT_COLUMN else f"{text} "


def _shortened(text: str, longest: int = 76) -> str:
    line = visible(" ".join(text.split()))
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
