"""The schemas of the JSON files of a run: every field is checked when it is read, because runs come from anywhere."""

from __future__ import annotations

import contextlib
import math
from datetime import datetime
from pathlib import Path
from typing import (
    Annotated,
    Any,
    Literal,
    Required,  # pydantic cannot read those of `typing` before Python 3.12
    TypeVar,
)

from pydantic import AfterValidator, ConfigDict, Field, FiniteFloat, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from seqlab import files
from seqlab.errors import RequestError
from seqlab.runs.contents import RESTORE

Status = Literal["running", "finished", "stopped", "failed", "diverged"]
Record = TypeVar("Record")

LAST_EPOCH = 10**9

MESSAGES = {
    "missing": "is missing",
    "dict_type": "must be a mapping",
    "list_type": "must be a list",
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
}
"""Type of a pydantic error → what to say. Other types have messages that can be read as they are."""


def _is_scalar(value: object) -> object:
    if not isinstance(value, bool | int | float | str | None) or (
        isinstance(value, float) and not math.isfinite(value)
    ):
        raise ValueError("must be a finite number, a text or null")
    return value


def _is_time(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a time in ISO format") from None
    return text


def _of_an_epoch(metrics: dict[str, Any]) -> dict[str, Any]:
    epoch = metrics.get("epoch")
    if type(epoch) is not int or not 1 <= epoch <= LAST_EPOCH:
        raise ValueError("must have the number of an epoch, from 1")
    for name, value in metrics.items():
        # Metrics may say more than a number, such as the signature of BLEU; what training computes is one.
        if name.startswith("train.") and isinstance(value, bool | str):
            raise ValueError(f"{name} must be a number or null")
    return metrics


RECORD = ConfigDict(strict=True, extra="allow")
"""Values are not converted; keys of later versions are kept."""
Scalar = Annotated[Any, AfterValidator(_is_scalar)]
Time = Annotated[str, AfterValidator(_is_time)]
Metrics = Annotated[dict[str, Scalar], Field(strict=True)]


@with_config(RECORD)
class SourceRecord(TypedDict, total=False):
    """A file that a run read."""

    path: str
    sha256: str


@with_config(RECORD)
class DataRecord(TypedDict, total=False):
    """What a run records about its data, among it the fingerprint of each split."""

    splits: dict[str, str]
    sources: list[SourceRecord]


@with_config(RECORD)
class RunRecord(TypedDict, total=False):
    """`run.json`."""

    format: Required[int]
    id: str
    status: Status
    started: Time
    ended: Time | None
    reason: str | None
    seconds: Annotated[FiniteFloat, Field(ge=0)] | None
    command: list[str]
    host: dict[str, Scalar]
    versions: dict[str, str]
    git: dict[str, Scalar] | None
    machine: dict[str, Any]
    hosts: list[str]
    config: dict[str, Any]
    origins: dict[str, str]
    data: DataRecord | None
    files: dict[str, str] | None
    plots: list[str]
    parameters: int
    trained_parameters: int
    pretrained: dict[str, dict[str, Any]]
    init_from: dict[str, Any]
    encoder: dict[str, str]
    plugins: dict[str, str]
    vocabulary_size: int
    speed_unit: str
    warning: str | None
    sinks: dict[str, str]
    accumulate: Annotated[int, Field(gt=0)]
    parent: str
    group: str
    group_seeds: list[Annotated[int, Field(ge=0, lt=2**32)]]
    sweep: str
    trial: Annotated[int, Field(ge=0)]


@with_config(RECORD)
class NoteRecord(TypedDict):
    """A note of the user."""

    time: Time
    text: str


@with_config(RECORD)
class NotesRecord(TypedDict, total=False):
    """`annotations.json`."""

    format: int
    label: str
    notes: list[NoteRecord]


RUN = TypeAdapter(RunRecord)
RESULT = TypeAdapter(Metrics)
NOTES = TypeAdapter(NotesRecord)
EPOCH = TypeAdapter(Annotated[Metrics, AfterValidator(_of_an_epoch)])
"""A line of `metrics.jsonl`. Null is a number that was not finite."""


def read_run(path: Path, newest: int) -> RunRecord:
    """Read `run.json`, of a format up to `newest`. Raises RequestError if it is missing, damaged, or of a newer one."""
    if not path.parent.is_dir():
        raise RequestError(f"the run directory {path.parent} does not exist")
    content = read_record(path)
    if content is None:
        raise RequestError(f"{path.parent} is not a run directory: it has no {path.name}")
    files.refuse_newer(path.parent, content, newest)
    return validated(RUN, content, path)


def read_result(path: Path, newest: int) -> dict[str, Any]:
    """Read `result.json`; empty if it does not exist. Raises RequestError as `read_run`."""
    content = read_record(path)
    files.refuse_newer(path, content, newest)
    return {} if content is None else validated(RESULT, content, path)


REPAIR = "repair the file, or delete it with what it says of the run"


def read_notes_record(path: Path, newest: int) -> NotesRecord:
    """Read `annotations.json`; empty if it does not exist. Raises RequestError as `read_run`."""
    content = read_record(path, REPAIR)
    files.refuse_newer(path, content, newest)
    return {} if content is None else validated(NOTES, content, path, REPAIR)


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Read the lines of `metrics.jsonl` that are those of epochs. Raises RequestError if it is no file."""
    try:
        lines = files.read_bytes(path).decode("utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(path, error) from error
    found = []
    for line in lines:
        with contextlib.suppress(ValueError, RecursionError):
            found.append(EPOCH.validate_python(files.parse_json(line)))
    return found


def read_record(path: Path, remedy: str = RESTORE) -> object:
    """Read a JSON file of a run. None if it does not exist. Raises RequestError if it is damaged, with `remedy`."""
    try:
        return files.read_json(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from error
    except ValueError as error:
        raise RequestError(f"{path} is damaged ({error}): {remedy}") from error


def validated(schema: TypeAdapter[Record], content: object, path: Path, remedy: str = RESTORE) -> Record:
    """The content if it fits the schema. Raises RequestError that names the first field that does not."""
    try:
        return schema.validate_python(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        message = first["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
        name = f"'{'.'.join(map(str, first['loc']))}'" if first["loc"] else "it"
        reason = f"{name} {MESSAGES.get(first['type'], message)}"
        raise RequestError(f"{path} is damaged ({reason}): {remedy}") from error


def _unreadable(path: Path, error: OSError) -> RequestError:
    return RequestError(f"{path} cannot be read: {error.strerror or error}")
