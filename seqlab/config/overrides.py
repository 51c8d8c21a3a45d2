"""Overrides: `training.epochs=3` on the command line changes the config before validation."""

from __future__ import annotations

import json
import numbers
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import Any

from seqlab.config.messages import format_value
from seqlab.config.problems import ConfigError
from seqlab.config.schema import REGISTRY_SECTIONS, below, section_schema
from seqlab.config.source_map import COMMAND_LINE, Document, KeyPath, Source, SourceLocation, dotted
from seqlab.config.yaml_reader import DEEPEST, read_yaml
from seqlab.errors import RequestError
from seqlab.registry import NAME_OR_PATH, absolute_below, is_path
from seqlab.tasks import TASKS
from seqlab.text_format import quoted


def as_arguments(overrides: Iterable[str | Mapping[str, Any]]) -> tuple[str, ...]:
    """Overrides from Python as `KEY=VALUE`; a mapping holds a value per dotted key.

    Values are written as JSON, which is YAML too: a string stays a string.

    Raises RequestError if a key is no dotted name or a value cannot be written.
    """
    found: list[str] = []
    for override in overrides:
        if isinstance(override, str):
            found.append(override)
            continue
        if not isinstance(override, Mapping):
            raise RequestError(f"an override is a string or a mapping, got {override!r}")
        for key, value in override.items():
            if not isinstance(key, str) or "=" in key:
                raise RequestError(f"the keys of overrides are dotted names such as 'training.epochs', got {key!r}")
            found.append(f"{key}={_as_json(key, value)}")
    return tuple(found)


def _as_json(key: str, value: Any) -> str:
    def plain(other: Any) -> Any:
        """What `json` does not write itself: NumPy's numbers, paths, mappings that are no dicts."""
        if isinstance(other, numbers.Integral):
            return int(other)
        if isinstance(other, numbers.Real):
            return float(other)
        if isinstance(other, PurePath):
            return str(other)
        if isinstance(other, Mapping):
            return dict(other)
        raise TypeError

    try:
        return json.dumps(value, default=plain, ensure_ascii=False)
    except (TypeError, ValueError):
        kind = type(value).__name__
        raise RequestError(f"{key}: a config cannot hold {quoted(value)}, which is of the type {kind}") from None


# Keys below these are names chosen by the user (a metric, a label) and may contain dots.
_USER_NAMED = (("expected",), ("training", "class_weights"))

LONGEST_SHOWN = 60
"""Characters of a key that is too deep."""


def apply_override(document: Document, argument: str) -> None:
    """Write the value of `KEY=VALUE` into the document, or add a problem.

    A short form on the way (`model: bag`) is expanded to a mapping with that name. Missing sections are created.
    """
    source = Source(COMMAND_LINE, argument)
    key, equals, _ = argument.partition("=")
    steps = _steps(key)
    if not equals or not all(step for step, _ in steps):
        message = "expected KEY=VALUE, such as training.epochs=3" if not equals else "empty key before or after a dot"
        document.problems.append(source.problem(0, (), message))
        return
    if len(steps) > DEEPEST:  # each level would cost a copy of all locations
        message = f"a key of {len(steps):,} levels; no key of a config has more than {DEEPEST}"
        document.problems.append(Source(COMMAND_LINE, f"{argument[:LONGEST_SHOWN]}…").problem(0, (), message))
        return
    path: KeyPath = ()
    for step, index in steps:
        problem = _open(document, path, SourceLocation(source, index, index))
        value = document.at(path)
        if not problem and isinstance(value, list):
            problem = _index_problem(value, step, path)
        if problem:
            document.problems.append(source.problem(index, (*path, step), problem))
            return
        path = (*path, int(step) if isinstance(value, list) else step)
    _write(document, path, SourceLocation(source, key=steps[-1][1], value=len(key) + 1))


def _steps(key: str) -> list[tuple[str, int]]:
    """The steps of a dotted path and the offset at which each begins."""
    steps = [(found.group(1), found.start(1)) for found in re.finditer(r"(?:^|\.)([^.]*)", key)]
    for prefix in _USER_NAMED:
        if tuple(step for step, _ in steps[: len(prefix)]) == prefix and len(steps) > len(prefix):
            index = steps[len(prefix)][1]
            return [*steps[: len(prefix)], (key[index:], index)]
    return steps


def _open(document: Document, path: KeyPath, place: SourceLocation) -> str | None:
    """Make the value at `path` a mapping or a list. Returns a message if that is impossible."""
    value = document.at(path)
    if value is None:
        document.replace(path, {}, {path: place})
    elif isinstance(value, str):
        short = document.location(path)
        named = {path: short, (*path, "name"): SourceLocation(short.source, short.value, short.value)}
        document.replace(path, {"name": value}, named)
    elif not isinstance(value, dict | list):
        return f"'{dotted(path)}' is {format_value(value)} and has no keys"
    return None


def _index_problem(items: list[object], step: str, path: KeyPath) -> str | None:
    if re.fullmatch("[0-9]{1,9}", step) and int(step) < len(items):
        return None
    valid = f"valid indices are 0 to {len(items) - 1}" if items else "the list is empty"
    return f"'{dotted(path)}' is a list and has no item '{step}'; {valid}"


def _write(document: Document, path: KeyPath, place: SourceLocation) -> None:
    try:
        given = read_yaml(place.source, place.value, path)
    except ConfigError as error:
        document.problems += error.problems
        return
    whole = SourceLocation(place.source, place.key, given.locations[path].value)
    document.replace(path, given.value, given.locations | {path: whole})
    document.problems += given.problems


def make_typed_paths_absolute(document: Document) -> None:
    """Make paths given on the command line absolute. They are relative to the current folder, not to the config."""
    task = document.at(("task",))
    if not isinstance(task, str) or task not in TASKS:
        return
    for path, place in document.locations.items():
        value = document.at(path)
        if not place.on_command_line or not isinstance(value, str) or path[0] not in REGISTRY_SECTIONS:
            continue
        section = {"properties": {path[0]: section_schema(TASKS[task], str(path[0]))}}
        allowed = below(section, document.value, path)
        formats = {option.get("format") for option in allowed.get("anyOf", [allowed])}
        if "path" in formats or (NAME_OR_PATH in formats and is_path(value)):
            document.at(path[:-1])[path[-1]] = absolute_below(Path.cwd(), value)
