"""The schemas of the JSON files of a run: every field is checked when it is read, because runs come from anywhere."""

from __future__ import annotations

import math
from datetime import datetime
from typing import (
    Annotated,
    Any,
    Literal,
    Required,  # pydantic cannot read those of `typing` before Python 3.12
    TypeVar,
)

from pydantic import AfterValidator, ConfigDict, Field, FiniteFloat, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

Status = Literal["running", "finished", "stopped", "failed", "diverged"]
Record = TypeVar("Record")

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


def _has_epoch(metrics: dict[str, Any]) -> dict[str, Any]:
    epoch = metrics.get("epoch")
    if type(epoch) is not int or epoch < 1:
        raise ValueError("must have the number of an epoch, from 1")
    return metrics


RECORD = ConfigDict(strict=True, extra="allow")
"""Values are not converted; keys of later versions are kept."""
Scalar = Annotated[Any, AfterValidator(_is_scalar)]
Time = Annotated[str, AfterValidator(_is_time)]
Metrics = Annotated[dict[str, Scalar], Field(strict=True)]


@with_config(RECORD)
class DataRecord(TypedDict, total=False):
    """What a run records about its data, among it the fingerprint of each split."""

    splits: dict[str, str]


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
    config: dict[str, Any]
    data: DataRecord | None
    files: dict[str, str] | None
    parameters: int
    vocabulary_size: int
    parent: str


RUN = TypeAdapter(RunRecord)
RESULT = TypeAdapter(Metrics)
EPOCH = TypeAdapter(Annotated[Metrics, AfterValidator(_has_epoch)])
"""A line of `metrics.jsonl`."""


def validated(schema: TypeAdapter[Record], content: object) -> Record:
    """The content if it fits the schema. Raises ValueError that names the first field that does not, and its value."""
    try:
        return schema.validate_python(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        message = first["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
        name = f"'{'.'.join(map(str, first['loc']))}'" if first["loc"] else "it"
        raise ValueError(f"{name} {MESSAGES.get(first['type'], message)}") from error
