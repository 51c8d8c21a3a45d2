"""Shell completion of commands, options, runs, recipes, datasets, components, config keys and their values.

A completion must answer while the user types, so nothing here imports Typer, rich, pydantic, NumPy or TensorFlow. The
commands, and the names of components and config keys, come from `completion.json`, which
`python -m seqlab.cli.completion` writes; a test compares it with the commands and the registries. The annotations of
the commands name the functions of this module (`autocompletion=complete_run`); `shells.py` has the scripts of the
shells and what they call.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

INDEX_FILE = Path(__file__).with_suffix(".json")

Index = dict[str, Any]
"""`commands`: name → its help, arguments, options and subcommands; `tasks`: task → section → component → option → its
values, if they can be listed; `groups`: task → keys that take one vectorizer each; `keys`: task → dotted key of another
section → its values; `sections`: the sections with keys that `seqlab parts` describes."""

KINDS = {"dataset": "data", "vectorizer": "vectorizer", "model": "model", "metric": "metrics"}
"""Kind of component, as in `seqlab parts KIND` → section of a config."""
RUN_ID = re.compile(r"\d{8}-\d{6}-(.*)", re.DOTALL)
"""The time and the name in the id of a run; reading `seqlab.runs` would import pydantic."""
MOST_STATUSES = 100
"""Runs whose status is read."""


@dataclass
class Typed:
    """What is typed before the word to complete: parameter → value."""

    params: dict[str, Any] = field(default_factory=dict)


def completions(words: Sequence[str]) -> list[str]:
    """What the last word may become."""
    *typed, incomplete = words or [""]
    command: dict[str, Any] = {"commands": index()["commands"], "options": {"--help": {}, "--version": {}}}
    while "commands" in command:
        names = [word for word in typed if not word.startswith("-")]
        if not names:
            return _starting_with(incomplete, _names(command, incomplete))
        if names[0] not in command["commands"]:
            return []
        typed = typed[typed.index(names[0]) + 1 :]
        command = command["commands"][names[0]]
    return _of_command(command, typed, incomplete)


def _names(command: dict[str, Any], incomplete: str) -> Iterable[str]:
    return command["options"] if incomplete.startswith("-") else command["commands"]


def _of_command(command: dict[str, Any], typed: list[str], incomplete: str) -> list[str]:
    """The values of an option or an argument, or the names of the options."""
    options, context = command["options"], Typed()
    waiting: str | None = None
    values: list[str] = []
    for position, word in enumerate(typed):
        if waiting:
            context.params[options[waiting]["name"]], waiting = word, None
        elif word == "--":
            values += typed[position + 1 :]
            break
        elif word.startswith("--") and "=" in word:
            option, _, value = word.partition("=")
            context.params[options.get(option, {}).get("name", "")] = value
        elif word in options:
            waiting = word if options[word]["value"] else None
        elif not word.startswith("-") or word == "-":
            values.append(word)
    for argument, value in zip(command["arguments"], values, strict=False):
        context.params[argument["name"]] = value
    if waiting:
        return _values(options[waiting], context, incomplete)
    option, equals, value = incomplete.partition("=")
    if equals and option in options:
        return [f"{option}={each}" for each in _values(options[option], context, value)]
    if incomplete.startswith("-") and "--" not in typed:
        return _starting_with(incomplete, options)
    arguments = command["arguments"]
    if not arguments or (len(values) >= len(arguments) and not arguments[-1]["many"]):
        return []
    return _values(arguments[min(len(values), len(arguments) - 1)], context, incomplete)


def _values(parameter: dict[str, Any], context: Typed, incomplete: str) -> list[str]:
    if "choices" in parameter:
        return _starting_with(incomplete, parameter["choices"])
    complete = globals().get(parameter.get("complete", ""))
    return complete(context, incomplete) if complete else []


@cache
def index() -> Index:
    """The content of `completion.json`; empty if it cannot be read."""
    try:
        content: Index = json.loads(INDEX_FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"commands": {}, "tasks": {}, "groups": {}, "keys": {}, "sections": [], "vectors": []}
    return content


def complete_run(ctx: Typed, incomplete: str) -> list[str]:
    """Run ids from the newest to the oldest, names that only one run or group has, and `latest`."""
    ids = _run_ids(ctx)
    return _starting_with(incomplete, [*ids, *_unique_names(ids), "latest"])


def complete_first_run(ctx: Typed, incomplete: str) -> list[str]:
    """Runs, for the first argument only: the others are sentences."""
    return [] if ctx.params.get("arguments") else complete_run(ctx, incomplete)


def complete_resume(ctx: Typed, incomplete: str) -> list[str]:
    """Like `complete_run` with unfinished runs first, and `auto`."""
    found = _run_ids(ctx)
    ids = sorted(found, key=lambda each: found.index(each) >= MOST_STATUSES or _is_finished(ctx, each))
    return _starting_with(incomplete, [*ids, *_unique_names(ids), "latest", "auto"])


def complete_config(ctx: Typed, incomplete: str) -> list[str]:
    """Recipe names. Paths are completed by the shell."""
    from seqlab.config.recipes import recipe_names

    return _starting_with(incomplete, recipe_names())


def complete_run_or_config(ctx: Typed, incomplete: str) -> list[str]:
    """Runs and recipes."""
    return complete_run(ctx, incomplete) + complete_config(ctx, incomplete)


def complete_dataset(ctx: Typed, incomplete: str) -> list[str]:
    """Names of datasets."""
    return _starting_with(incomplete, _components("data"))


def complete_dataset_or_config(ctx: Typed, incomplete: str) -> list[str]:
    """Names of datasets and of recipes."""
    return complete_dataset(ctx, incomplete) + complete_config(ctx, incomplete)


def complete_check(ctx: Typed, incomplete: str) -> list[str]:
    """Names of the checks of `seqlab data doctor`."""
    return _starting_with(incomplete, index()["checks"])


def complete_format(ctx: Typed, incomplete: str) -> list[str]:
    """Names of the formats of `seqlab export`."""
    return _starting_with(incomplete, index()["formats"])


def complete_vectors(ctx: Typed, incomplete: str) -> list[str]:
    """Names of published word vectors."""
    return _starting_with(incomplete, index()["vectors"])


def complete_encoder(ctx: Typed, incomplete: str) -> list[str]:
    """Names of sentence encoders, besides which there are folders."""
    return _starting_with(incomplete, index()["encoders"])


def complete_task(ctx: Typed, incomplete: str) -> list[str]:
    """Names of tasks."""
    return _starting_with(incomplete, index()["tasks"])


def complete_kind(ctx: Typed, incomplete: str) -> list[str]:
    """Kinds of components, and the sections of a config that have keys."""
    return _starting_with(incomplete, [*KINDS, "logits_processor", *index()["sections"]])


def complete_component(ctx: Typed, incomplete: str) -> list[str]:
    """Names of the components of the kind that is already typed, or the keys of the section."""
    kind = str(ctx.params.get("kind") or "").lower().removesuffix("s")
    if kind in KINDS:
        return _starting_with(incomplete, _components(KINDS[kind]))
    section = f"{ctx.params.get('kind')}."
    keys = [key.removeprefix(section) for each in index()["keys"].values() for key in each if key.startswith(section)]
    return _starting_with(incomplete, keys or (_components("data") if section == "data." else []))


def complete_override(ctx: Typed, incomplete: str) -> list[str]:
    """Keys of the config that is already typed (`training.epochs=`) or, after `KEY=`, the values that can be listed.

    Without a config, or with a run, the keys of every config.
    """
    keys = _keys(_config(ctx))
    key, equals, value = incomplete.partition("=")
    if equals:
        return [f"{key}={each}" for each in _starting_with(value, keys.get(key, []))]
    return _starting_with(incomplete, [f"{each}=" for each in keys])


def config_keys() -> list[str]:
    """The dotted keys of all configs."""
    return list(_keys({}))


def _keys(config: dict[str, Any]) -> dict[str, list[str]]:
    """The dotted keys that are valid in a config, those of its components or of all if it names none → their values."""
    found = index()
    task = config.get("task")
    tasks = [task] if task in found["tasks"] else list(found["tasks"])
    keys: dict[str, list[str]] = {}
    for each in tasks:
        keys |= found["keys"][each]
    for section in ("data", "vectorizer", "model"):
        value = config.get(section)
        components: dict[str, dict[str, list[str]]] = {}
        for each in tasks:
            components |= found["tasks"][each][section]
        groups = [key for each in tasks for key in found["groups"][each]] if section == "vectorizer" else []
        prefixes = [key for key in groups if isinstance(value, dict) and key in value] or [""]
        for prefix in prefixes:
            name = _name(value[prefix] if prefix and isinstance(value, dict) else value)
            path = f"{section}.{prefix}." if prefix else f"{section}."
            keys |= {path.removesuffix("."): list(components), f"{path}name": list(components)}
            for options in [components[name]] if name in components else components.values():
                keys |= {path + option: values for option, values in options.items()}
    return keys | {"metrics": []}


def _name(section: object) -> str:
    name = section.get("name") if isinstance(section, dict) else section
    return name if isinstance(name, str) else ""


def _config(ctx: Typed) -> dict[str, Any]:
    """The content of a recipe or a config file, not validated; empty if it cannot be read."""
    reference = ctx.params.get("config") or ctx.params.get("name")
    if not isinstance(reference, str):
        return {}
    from seqlab.config.recipes import find_config, read_plain_yaml
    from seqlab.errors import RequestError

    try:
        return read_plain_yaml(find_config(reference).read_text(encoding="utf-8", errors="replace"))
    except (OSError, RequestError):
        return {}


def _components(section: str) -> list[str]:
    """The names of the components of a section, over all tasks."""
    return sorted({name for task in index()["tasks"].values() for name in task[section]})


def _runs_folder(ctx: Typed) -> Path:
    from seqlab import runs_directory

    return runs_directory(ctx.params.get("runs_dir"))


def _run_ids(ctx: Typed) -> list[str]:
    """The runs of the folder that is already typed or the default, from the newest to the oldest."""
    try:
        with os.scandir(_runs_folder(ctx)) as entries:
            names = [each.name for each in entries if not each.name.startswith(".") and each.is_dir()]
    except (OSError, ValueError):
        return []
    return sorted(names, reverse=True)


def _is_finished(ctx: Typed, run_id: str) -> bool:
    path = _runs_folder(ctx) / run_id / "run.json"
    try:
        return path.is_file() and json.loads(path.read_bytes()).get("status") == "finished"
    except (OSError, ValueError, AttributeError, RecursionError):
        return False


def _unique_names(ids: Iterable[str]) -> list[str]:
    """Names of one run, and those of groups."""
    names = [found[1] for each in ids if (found := RUN_ID.match(each))]
    groups = [group for name in names if (group := re.sub(r"-seed\d+$", "", name)) != name]
    unique = [name for name in dict.fromkeys(names) if names.count(name) == 1]
    return unique + [name for name in dict.fromkeys(groups) if groups.count(name) > 1]


def _starting_with(incomplete: str, candidates: Iterable[str]) -> list[str]:
    return [each for each in dict.fromkeys(candidates) if each.startswith(incomplete)]


if __name__ == "__main__":
    from seqlab.cli.completion_index import completion_index

    INDEX_FILE.write_text(json.dumps(completion_index(), indent=1) + "\n", encoding="utf-8")
