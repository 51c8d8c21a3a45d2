"""Overrides: `training.epochs=3` on the command line changes the config before it is checked."""

from __future__ import annotations

import re
from pathlib import Path

from seqlab.config.messages import shown
from seqlab.config.problems import ConfigError
from seqlab.config.schema import REGISTRY_SECTIONS, below, section_schema
from seqlab.config.source_map import COMMAND_LINE, Document, KeyPath, Source, SourceLocation, dotted
from seqlab.config.yaml_reader import read_yaml
from seqlab.registry import absolute_below
from seqlab.tasks import TASKS

# Below these a key is a name that the user chose (a figure, a label): what follows is one key, dots and all.
_NAMED = (("expected",), ("training", "class_weights"))


def apply_override(document: Document, argument: str) -> None:
    """Write the value of `KEY=VALUE` into the document, or a problem that says why not.

    A short form on the way (`model: bag`) becomes a mapping with that name; a section that is not there is made.
    """
    source = Source(COMMAND_LINE, argument)
    key, equals, _ = argument.partition("=")
    steps = _steps(key)
    if not equals or not all(step for step, _ in steps):
        what = "expected KEY=VALUE, as in training.epochs=3" if not equals else "a key is missing before or after a dot"
        document.problems.append(source.problem(0, (), what))
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
    """The steps of a dotted path and where each begins."""
    steps = [(found.group(1), found.start(1)) for found in re.finditer(r"(?:^|\.)([^.]*)", key)]
    for prefix in _NAMED:
        if tuple(step for step, _ in steps[: len(prefix)]) == prefix and len(steps) > len(prefix):
            index = steps[len(prefix)][1]
            return [*steps[: len(prefix)], (key[index:], index)]
    return steps


def _open(document: Document, path: KeyPath, place: SourceLocation) -> str | None:
    """Make sure that the value at `path` has keys or items; the problem if it cannot have any."""
    value = document.at(path)
    if value is None:
        document.replace(path, {}, {path: place})
    elif isinstance(value, str):
        short = document.location(path)
        named = {path: short, (*path, "name"): SourceLocation(short.source, short.value, short.value)}
        document.replace(path, {"name": value}, named)
    elif not isinstance(value, dict | list):
        return f"'{dotted(path)}' is {shown(value)}: nothing stands below it"
    return None


def _index_problem(items: list[object], step: str, path: KeyPath) -> str | None:
    if re.fullmatch("[0-9]{1,9}", step) and int(step) < len(items):
        return None
    there_are = f"its items are 0 to {len(items) - 1}" if items else "it is empty"
    return f"'{dotted(path)}' is a list without an item '{step}'; {there_are}"


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
    """What was typed on the command line and is a path is relative to where it was typed, not to the config's file."""
    task = document.at(("task",))
    if not isinstance(task, str) or task not in TASKS:
        return
    for path, place in document.locations.items():
        value = document.at(path)
        if not place.on_command_line or not isinstance(value, str) or path[0] not in REGISTRY_SECTIONS:
            continue
        section = {"properties": {path[0]: section_schema(TASKS[task], str(path[0]))}}
        allowed = below(section, document.value, path)
        if any(option.get("format") == "path" for option in allowed.get("anyOf", [allowed])):
            document.at(path[:-1])[path[-1]] = absolute_below(Path.cwd(), value)
