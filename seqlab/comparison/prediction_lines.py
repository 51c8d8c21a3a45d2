"""Reads the lines of `predictions/<split>.jsonl` of a run: they come from anywhere, and each is checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeGuard, TypeVar

from seqlab import files
from seqlab.errors import RequestError
from seqlab.runs import Run
from seqlab.runs.contents import RESTORE

Parsed = TypeVar("Parsed")


def read_predictions(run: Run, split: str, parse: Callable[[dict[str, Any]], Parsed]) -> list[Parsed]:
    """What `parse` makes of each line. It raises ValueError, with the reason, for a line that it cannot use.

    Raises RequestError if the file is missing, empty or damaged.
    """
    path = run.predictions_file(split)
    lines = _lines(path)
    if not lines:
        raise RequestError(f"{path} is empty: {RESTORE}")
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(parse(_record(line)))
        except ValueError as error:
            raise RequestError(f"line {number:,} of {path} is damaged ({error}): {RESTORE}") from error
    return found


def is_count(value: Any, least: int = 0) -> TypeGuard[int]:
    """Whether a value of JSON is a whole number from `least` on."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < 2**53


def _lines(path: Path) -> list[str]:
    try:
        content = files.read_bytes(path).decode("utf-8")
    except FileNotFoundError as error:
        raise RequestError(f"{path} is missing: {RESTORE}") from error
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise RequestError(f"{path} is damaged (it is not UTF-8): {RESTORE}") from error
    return content.removesuffix("\n").split("\n") if content else []  # a label may hold other line breaks of Unicode


def _record(line: str) -> dict[str, Any]:
    record = files.parse_json(line)
    if not isinstance(record, dict):
        raise ValueError("it is not a mapping")
    return record
