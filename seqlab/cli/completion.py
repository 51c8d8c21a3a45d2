"""Shell completion of runs, recipes, datasets, components and config keys.

A completion must answer while the user types, so nothing here imports NumPy, pydantic or TensorFlow. The names of
components and config keys come from `completion.json`, which `python -m seqlab.cli.completion` writes; a test compares
it with the registries.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import typer

INDEX_FILE = Path(__file__).with_suffix(".json")

Index = dict[str, Any]
"""`tasks`: task → section → component → its options; `groups`: task → keys that take one vectorizer each; `keys`: task
→ the dotted keys of the sections `training` and `runtime`."""

KINDS = {"dataset": "data", "vectorizer": "vectorizer", "model": "model", "metric": "metrics"}
"""Kind of component, as in `seqlab parts KIND` → section of a config."""
KEY_SECTIONS = ("training", "runtime")


@cache
def index() -> Index:
    """The content of `completion.json`; empty if it cannot be read."""
    try:
        content: Index = json.loads(INDEX_FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"tasks": {}, "groups": {}, "keys": {}}
    return content


def complete_run(context: typer.Context, incomplete: str) -> list[str]:
    """Run ids from the newest to the oldest, names that only one run has, and `latest`."""
    ids = [summary.run.id for summary in _summaries(context)]
    return _starting_with(incomplete, [*ids, *_unique_names(ids), "latest"])


def complete_resume(context: typer.Context, incomplete: str) -> list[str]:
    """Like `complete_run` with unfinished runs first, and `auto`."""
    summaries = sorted(_summaries(context), key=lambda summary: summary.status == "finished")
    ids = [summary.run.id for summary in summaries]
    return _starting_with(incomplete, [*ids, *_unique_names(ids), "latest", "auto"])


def complete_config(incomplete: str) -> list[str]:
    """Recipe names. Paths are completed by the shell."""
    from seqlab.config.recipes import recipe_names

    return _starting_with(incomplete, recipe_names())


def complete_run_or_config(context: typer.Context, incomplete: str) -> list[str]:
    """Runs and recipes."""
    return complete_run(context, incomplete) + complete_config(incomplete)


def complete_dataset(incomplete: str) -> list[str]:
    """Names of datasets."""
    return _starting_with(incomplete, _components("data"))


def complete_dataset_or_config(incomplete: str) -> list[str]:
    """Names of datasets and of recipes."""
    return complete_dataset(incomplete) + complete_config(incomplete)


def complete_task(incomplete: str) -> list[str]:
    """Names of tasks."""
    return _starting_with(incomplete, index()["tasks"])


def complete_kind(incomplete: str) -> list[str]:
    """Kinds of components, and the sections of a config that have keys only."""
    return _starting_with(incomplete, [*KINDS, *KEY_SECTIONS])


def complete_component(context: typer.Context, incomplete: str) -> list[str]:
    """Names of the components of the kind that is already typed."""
    kind = str(context.params.get("kind") or "").lower().removesuffix("s")
    return _starting_with(incomplete, _components(KINDS[kind])) if kind in KINDS else []


def complete_override(context: typer.Context, incomplete: str) -> list[str]:
    """Keys of the config that is already typed (`training.epochs=`); without one, the keys of every config."""
    reference = context.params.get("config") or context.params.get("name")
    return _starting_with(incomplete, [f"{key}=" for key in _keys(_config(reference))])


def _keys(config: dict[str, Any]) -> Iterator[str]:
    """The dotted keys that are valid in a config: those of its components, or of all components if it names none."""
    found = index()
    task = config.get("task")
    tasks = [task] if task in found["tasks"] else list(found["tasks"])
    yield from dict.fromkeys(key for each in tasks for key in found["keys"][each])
    for section in ("data", "vectorizer", "model"):
        value = config.get(section)
        components: dict[str, list[str]] = {}
        for each in tasks:
            components |= found["tasks"][each][section]
        groups = [key for each in tasks for key in found["groups"][each]] if section == "vectorizer" else []
        prefixes = [key for key in groups if isinstance(value, dict) and key in value] or [""]
        for prefix in prefixes:
            name = _name(value[prefix] if prefix and isinstance(value, dict) else value)
            options = components[name] if name in components else [key for keys in components.values() for key in keys]
            path = f"{section}.{prefix}." if prefix else f"{section}."
            yield from (path + option for option in dict.fromkeys(["name", *options]))
    yield "metrics"


def _name(section: object) -> str:
    name = section.get("name") if isinstance(section, dict) else section
    return name if isinstance(name, str) else ""


def _config(reference: object) -> dict[str, Any]:
    """The content of a recipe or a config file, not validated; empty if it cannot be read."""
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


def _summaries(context: typer.Context) -> list[Any]:
    """The runs of the folder that is already typed or the default, from the newest to the oldest."""
    from seqlab import runs, runs_directory
    from seqlab.errors import SeqlabError

    try:
        return runs.list_runs(runs_directory(context.params.get("runs_dir")))[::-1]
    except SeqlabError:
        return []


def _unique_names(ids: Iterable[str]) -> list[str]:
    from seqlab.runs.runs_directory import name_of

    names = [name_of(each) for each in ids]
    return [name for name in dict.fromkeys(names) if names.count(name) == 1]


def _starting_with(incomplete: str, candidates: Iterable[str]) -> list[str]:
    return [each for each in dict.fromkeys(candidates) if each.startswith(incomplete)]


if __name__ == "__main__":
    from seqlab.experiment.catalogue import completion_index

    INDEX_FILE.write_text(json.dumps(completion_index(), indent=1) + "\n", encoding="utf-8")
