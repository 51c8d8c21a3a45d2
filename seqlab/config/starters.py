"""The commented starter config of each task: the file `starter.yaml` beside the module that defines the task."""

from __future__ import annotations

import inspect
from pathlib import Path

from seqlab.errors import RequestError
from seqlab.registry import did_you_mean
from seqlab.tasks import TASKS


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
