"""The type of a reference of another run in a config: `run:ID`, a unique prefix of an id, a name, or a path."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from seqlab.runs.references import IN_CONFIGS


def refuse_vague(value: str) -> str:
    """The same reference. Raises PydanticCustomError for one that is empty or means another run another day."""
    if value.removeprefix(IN_CONFIGS) in {"", "latest"}:
        message = "'{given}' would be another run another day: name one by its id, or by its name if only it has it"
        raise PydanticCustomError("run_reference", message, {"given": value})
    return value


def _of_a_run(value: str) -> str:
    if not value.startswith(IN_CONFIGS):
        message = "expected a run, run:ID, and not '{given}'; `seqlab runs list` shows the ids"
        raise PydanticCustomError("run_reference", message, {"given": value})
    return refuse_vague(value)


RunReference = Annotated[str, Field(min_length=1), AfterValidator(_of_a_run)]
