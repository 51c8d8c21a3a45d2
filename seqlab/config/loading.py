"""Loads a config from a file, a recipe or a dict, applies overrides, and validates it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from pydantic import ValidationError

from seqlab import files
from seqlab.config.choices import choices_of
from seqlab.config.experiment import (
    Experiment,
    combination_problems,
    dump,
    unused_option_problems,
)
from seqlab.config.messages import add_problems, format_value, needs_vectorizer
from seqlab.config.overrides import apply_override, make_typed_paths_absolute
from seqlab.config.plugins import import_plugins, is_inside_run, name_plugins
from seqlab.config.problems import ConfigError, Problem
from seqlab.config.recipes import find_config, slug, slug_of
from seqlab.config.schema import tasks_with_training_option
from seqlab.config.source_map import Document, KeyPath, Source, SourceLocation, paths_of
from seqlab.config.yaml_reader import DEEPEST, read_file, read_yaml
from seqlab.data.inspect_file import is_data_file
from seqlab.encoders.trust import name_source
from seqlab.errors import RequestError
from seqlab.registry import Options, close_match
from seqlab.runs.selection import flattened
from seqlab.tasks import TASKS
from seqlab.tasks.task import unknown_task

KEY_OF_CONFIG = re.compile(r"""(?m)^[\s{]*["']?(version|task|data|model)["']?\s*:""")
"""A line with a key that a config has."""
DEFAULT = "default"
"""The origin of a value that nobody chose."""


@dataclass(frozen=True)
class Loaded:
    """A validated config.

    `origins`: key path → origin of each value of `dump(experiment)`: `file:line`, `command line`, `config` (a dict) or
    `default`. `file` is None for a dict. `slug` names the runs (`imdb-bigram`).
    """

    experiment: Experiment
    origins: Mapping[KeyPath, str]
    file: Path | None
    slug: str

    @property
    def chosen(self) -> dict[str, str]:
        """Dotted key → origin (`file:line`, without folders, `command line` or `config`) of what is no default."""
        named = {".".join(map(str, path)): PurePath(origin).name for path, origin in self.origins.items()}
        return {key: named[key] for key, _ in flattened(dump(self.experiment)) if named.get(key, DEFAULT) != DEFAULT}


def load(
    source: str | Path | Mapping[str, Any],
    overrides: Sequence[str] = (),
    *,
    plugins: Sequence[str] = (),
    trusted: bool = True,
) -> Loaded:
    """Read a config (a file, the name of a recipe, or a dict), apply `KEY=VALUE` overrides, and validate it.

    `plugins` are imported in addition to those that the config names. If the config is not trusted or lies in a run
    directory, only `plugins` are imported. Raises RequestError if the file does not exist and ConfigError with all
    problems if the config is invalid.
    """
    document, file = _read(source)
    base = file.absolute().parent if file else Path.cwd()
    in_run_directory = file is not None and is_inside_run(base)
    if in_run_directory or not trusted:
        _take_of_training(document)
    for argument in overrides:
        apply_override(document, argument)
    name_plugins(document, plugins)
    found = len(document.problems)
    skipped = import_plugins(document, [base, Path.cwd()], plugins, import_all=trusted and not in_run_directory)
    if len(document.problems) > found:  # what the plug-in would have registered is not misspelled
        raise _all_problems(document)
    make_typed_paths_absolute(document)
    stored = in_run_directory or not trusted
    if stored:
        _remove_options_of_other_tasks(document)
        _add_options_of_before(document)
    experiment = _validated(document, base, skipped, stored=stored)
    _note_source(document, experiment, stored=stored)
    origins = {path: _origin(document, path) for path in paths_of(dump(experiment))}
    name = slug_of(file) if file else slug(f"{experiment.data.name}-{experiment.model.name}")
    return Loaded(experiment, origins, file, name)


def _note_source(document: Document, experiment: Experiment, *, stored: bool) -> None:
    """The user named the encoder in a config of theirs, or on the command line; a run does not."""
    source = choices_of(experiment).model.encoder_source
    if source is not None and (not stored or document.location(("model", "source")).on_command_line):
        name_source(source)


def _read(source: str | Path | Mapping[str, Any]) -> tuple[Document, Path | None]:
    if isinstance(source, Mapping):
        value = _plain(source)
        return Document(value, dict.fromkeys(paths_of(value), SourceLocation(Source("config")))), None
    if not isinstance(source, str | Path):
        raise RequestError(f"a config is a path, the name of a recipe or a mapping, not {source!r:.60}")
    file = find_config(source)
    in_run = is_inside_run(file.absolute().parent) and os.path.lexists(file)
    if in_run and (reason := files.why_not_regular(file.lstat())):
        raise RequestError(f"{file} is {reason}, not a regular file")
    document = _document(file)
    if document.value is None:
        document.add_problem((), "the file is empty; run `seqlab init classification` for a config to start from")
    elif not isinstance(document.value, dict):
        document.add_problem((), f"expected a mapping of keys, got {format_value(document.value)}")
    if not isinstance(document.value, dict):
        raise ConfigError(document.problems)
    return document, file


def _document(file: Path) -> Document:
    """The values of a config. Raises RequestError for a file of data, ConfigError for what is not YAML."""
    if is_data_file(file):
        raise _data_instead_of_config(file)
    source = None
    try:
        source = read_file(file)
        document = read_yaml(source)
    except ConfigError as error:
        if _has_no_key(file, source):
            raise _data_instead_of_config(file) from error
        raise
    if not isinstance(document.value, dict | None) and _has_no_key(file, source):
        raise _data_instead_of_config(file)
    return document


def _has_no_key(file: Path, source: Source | None) -> bool:
    """Whether a file is no config with an error in it: neither its name nor a line says so. None: it is not UTF-8."""
    if file.suffix.lower() in (".yaml", ".yml"):
        return False
    return source is None or not KEY_OF_CONFIG.search(source.text or "")


def _data_instead_of_config(file: Path) -> RequestError:
    return RequestError(
        f"{file} is data, not a config. For a config that reads it: "
        f"`seqlab init TASK --data {shlex.quote(str(file))}`, where TASK is one of {', '.join(TASKS)}"
    )


def _plain(value: Any, depth: int = 0) -> Any:
    """A copy of a Python value that uses only the types of YAML."""
    if isinstance(value, Options):
        value = value.model_dump(mode="json")
    if depth > DEEPEST:
        raise RequestError("the config is nested too deeply")
    if isinstance(value, Mapping):
        if invalid := [key for key in value if not isinstance(key, str)]:
            raise RequestError(f"the keys of a config must be strings, got {invalid[0]!r}")
        return {key: _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    return str(value) if isinstance(value, PurePath) else value


def _plugin_hint(skipped: Sequence[str]) -> str:
    if not skipped:
        return ""
    options = " ".join(f"--plugin {shlex.quote(name)}" for name in skipped)
    return f"; plug-ins of a run are imported only on request: {options}"


def _validated(document: Document, base: Path, skipped: Sequence[str], *, stored: bool) -> Experiment:
    _correct_task(document)
    named = document.at(("plugins",))
    context = {
        "base": base,
        "plugins": named if isinstance(named, list) else (),
        "skipped_plugins": skipped,
        "needs_vectorizer": needs_vectorizer(document),
    }
    try:
        experiment = Experiment.model_validate(document.value, context=context)
    except ValidationError as error:
        add_problems(document, error, _plugin_hint(skipped))
    else:
        for path, message in combination_problems(experiment):
            document.add_problem(path, message)
        # Runs of older versions may hold such options; only an override can still be corrected.
        for path, message in unused_option_problems(experiment):
            if not stored or document.location(path).on_command_line:
                document.add_problem(path, message)
        if not document.problems:
            return experiment
    raise _all_problems(document)


def _correct_task(document: Document) -> None:
    """Report a misspelled task, and go on with the one that was meant: it decides what the other sections may hold."""
    task, known = document.at(("task",)), list(TASKS)
    if isinstance(task, str) and task not in TASKS and (meant := close_match(task, known)):
        document.add_problem(("task",), unknown_task(task))
        document.value["task"] = meant


def _all_problems(document: Document) -> ConfigError:
    return ConfigError(sorted(document.problems, key=_reading_order))


def _remove_options_of_other_tasks(document: Document) -> None:
    """Runs of older versions may hold training options that never meant anything for their task."""
    task, training = document.value.get("task"), document.value.get("training")
    if not isinstance(task, str) or task not in TASKS or not isinstance(training, dict):
        return
    for name in [key for key in training if key not in TASKS[task].training.model_fields]:
        if tasks_with_training_option(name) and not document.location(("training", name)).on_command_line:
            del training[name]


def _add_options_of_before(document: Document) -> None:
    """Runs of older versions lack options of their model that are younger; its network is that of another value than
    the default."""
    task, model = document.value.get("task"), document.value.get("model")
    if not isinstance(task, str) or task not in TASKS or not isinstance(model, dict):
        return
    name, known = model.get("name"), TASKS[task].registries.models
    if isinstance(name, str) and name in known:
        for option, value in known[name].absent_before.items():
            model.setdefault(option, value)


def _take_of_training(document: Document) -> None:
    """A number in the config of a run is of an older version, to which it meant the training split alone."""
    path = ("data", "take")
    if type(number := document.at(path)) is int:
        location = document.location(path)
        document.replace(path, {"train": number}, {path: location, (*path, "train"): location})


def _reading_order(problem: Problem) -> tuple[bool, int, int]:
    """Sort key: problems of the file from top to bottom, then those of the command line in order."""
    if problem.line is None or problem.column is None:
        return True, 0, 0
    return False, problem.line, problem.column


def _origin(document: Document, path: KeyPath) -> str:
    if path in document.locations:
        return document.locations[path].origin
    # Short forms, such as `model: bag` and `take: 100`.
    parent = document.at(path[:-1])
    if (path[-1:] == ("name",) and isinstance(parent, str)) or isinstance(parent, int):
        return document.location(path).origin
    return DEFAULT
