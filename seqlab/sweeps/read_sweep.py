"""Reads a sweep file, and refuses with all problems at once what no trial could be trained with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from seqlab.config import ConfigError, Loaded, dump, load
from seqlab.config.experiment import combination_problems, unused_option_problems
from seqlab.config.messages import add_problems, format_value
from seqlab.config.recipes import find_config, slug, slug_of
from seqlab.config.schema import Schema, options_schema
from seqlab.config.source_map import COMMAND_LINE, Document
from seqlab.config.yaml_reader import read_file, read_yaml
from seqlab.config.yaml_writer import flow
from seqlab.errors import RequestError
from seqlab.metrics.metric_names import is_computed_after_training, lower_is_better
from seqlab.sweeps.check_space import check_space
from seqlab.sweeps.options import LARGEST_GRID, Choices, Range, Search, SweepFile, parsed_domain
from seqlab.sweeps.space import Parameter, Space, as_overrides
from seqlab.tasks import TASKS

FREE = ("search.trials", "search.minutes")
"""What may change while a sweep goes on: its budget."""


@dataclass(frozen=True)
class Sweep:
    """A sweep file that was read and checked."""

    file: Path
    name: str
    """Of the file; `sweep.yaml` is named like its base."""
    base: Path
    loaded: Loaded
    """The base config."""
    space: Space
    search: Search
    goal: str
    plugins: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What the user should know before it begins."""

    @property
    def maximize(self) -> bool:
        return not lower_is_better(self.goal)

    @cached_property
    def grid(self) -> list[dict[str, Any]] | None:
        """All points of a grid search; None for others."""
        return self.space.grid() if self.search.name == "grid" else None

    @property
    def most_trials(self) -> int | None:
        """The number of trials after which it ends; None: only the minutes count."""
        limits = [each for each in (self.search.trials, None if self.grid is None else len(self.grid)) if each]
        return min(limits) if limits else None

    def trial_config(self, values: Mapping[str, Any], threads: int | None = None) -> Loaded:
        """The config of a trial. Raises RequestError, such as ConfigError, if these values do not go together."""
        overrides = list(as_overrides(values))
        if threads is not None and self.loaded.experiment.runtime.threads is None:
            overrides.append(f"runtime.threads={threads}")
        loaded = load(self.base, overrides, plugins=self.plugins)
        named = {path: self.file.name if origin == COMMAND_LINE else origin for path, origin in loaded.origins.items()}
        return replace(loaded, origins=named)

    def base_values(self) -> dict[str, Any] | None:
        """The point of the space that the base config is; None if it lies outside."""
        flat = dump(self.loaded.experiment)

        def of_base(parameter: Parameter) -> Any:
            value: Any = flat
            for step in parameter.key.split("."):
                value = value.get(step) if isinstance(value, Mapping) else None
            if isinstance(value, Mapping) and "name" in value and parameter.contains(value["name"]):
                value = value["name"]  # `model: [bag, recurrent]`
            return value

        values = self.space.point(of_base)
        inside = all(each.contains(values[each.key]) for each in self.space.parameters if each.key in values)
        same = inside and dump(self.trial_config(values).experiment) == flat
        return values if same else None

    def record(self) -> dict[str, Any]:
        """All that must stay the same while it goes on, and the budget."""
        return {
            "base": dump(self.loaded.experiment),
            "space": {each.key: each.domain.model_dump(mode="json") for each in self.space.parameters},
            "search": self.search.model_dump(mode="json"),
            "goal": self.goal,
        }


def read_sweep(file: Path, plugins: Sequence[str] = ()) -> Sweep:
    """Read and check a sweep file. Raises ConfigError with all problems, each with its location."""
    if not file.is_file() and not file.exists():
        raise RequestError(f"no file {str(file)!r}: `seqlab sweep` takes the path of a sweep file; see docs/sweeps.md")
    document = read_yaml(read_file(file))
    if not isinstance(document.value, dict):
        got = "an empty file" if document.value is None else format_value(document.value)
        message = f"expected a mapping with base and space, got {got}"
        document.add_problem((), message)
        raise ConfigError(document.problems)
    given = _structure(document)
    parameters = _parameters(document)
    loaded, base = _base(document, file, plugins)
    notes: list[str] = []
    if loaded is not None:
        if loaded.experiment.runtime.hosts is not None:
            document.add_problem(("base",), "its runtime.hosts is for one training: set it to null")
        overrides_of = lambda values: load(base, as_overrides(values), plugins=tuple(plugins))  # noqa: E731
        notes += check_space(document, parameters, overrides_of)
        goal = _goal(document, loaded, None if given is None else given.search)
    if given is None or loaded is None or document.problems:
        raise _all_problems(document)
    space = Space(tuple(parameters))
    notes += _check_search(document, space, given.search)
    if document.problems:
        raise _all_problems(document)
    name = slug(file.stem.removesuffix("sweep").rstrip("-_.")) if file.stem != "sweep" else slug_of(base)
    return Sweep(file, name, base, loaded, space, given.search, goal, tuple(plugins), tuple(notes))


def sweep_schema() -> Schema:
    """The JSON Schema of a sweep file; error messages use it too."""
    schema = options_schema(SweepFile)
    values: Schema = {"anyOf": [{"type": "array", "items": {}}, options_schema(Range), options_schema(Choices)]}
    schema["properties"]["space"]["additionalProperties"] = values
    return schema


def _structure(document: Document) -> SweepFile | None:
    try:
        return SweepFile.model_validate(document.value)
    except ValidationError as error:
        add_problems(document, error, schema=sweep_schema())
        return None


def _parameters(document: Document) -> list[Parameter]:
    """The parameters that could be read, each after those that its conditions name."""
    space = document.value.get("space")
    found: dict[str, Parameter] = {}
    for key, value in space.items() if isinstance(space, dict) else ():
        try:
            found[key] = Parameter(key, parsed_domain(value))
        except ValidationError as error:
            add_problems(document, error, schema=sweep_schema(), at=("space", key))
        except PydanticCustomError as error:
            document.add_problem(("space", key), error.message())
    return in_order(document, found)


def in_order(document: Document, found: Mapping[str, Parameter]) -> list[Parameter]:
    """Parameters after those that they depend on. Reports conditions on keys that are not varied, and circles."""
    ordered: dict[str, Parameter] = {}
    waiting = dict(found)
    while ready := [key for key, each in waiting.items() if not (each.conditions.keys() & waiting.keys())]:
        ordered |= {key: waiting.pop(key) for key in ready}
    for key in waiting:
        document.add_problem(("space", key, "when"), "the condition leads back to this key: remove it", at_key=True)
    for key, parameter in ordered.items():
        for other, values in parameter.conditions.items():
            path = ("space", key, "when", other)
            if other not in (document.value.get("space") or {}):
                document.add_problem(path, f"'{other}' is not varied in this space, so it decides nothing", at_key=True)
            elif other in found:
                for value in values:
                    if not found[other].contains(value):
                        document.add_problem(
                            path, f"{_cut(flow(value))} is none of the values of '{other}': {_listed(found[other])}"
                        )
    usable = {key: each for key, each in ordered.items() if each.conditions.keys() <= ordered.keys()}
    return list(usable.values())


def _listed(parameter: Parameter) -> str:
    """The values of a parameter in words."""
    if isinstance(parameter.domain, Range):
        return f"a number from {parameter.domain.low:g} to {parameter.domain.high:g}"
    return ", ".join(_cut(flow(value)) for value in parameter.domain.values)


def _cut(text: str, longest: int = 60) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def _base(document: Document, file: Path, plugins: Sequence[str]) -> tuple[Loaded | None, Path]:
    """The base config. Its own problems are raised as they are; a base that does not exist is one of this file."""
    base = document.at(("base",))
    if not isinstance(base, str) or not base:
        return None, file
    beside = file.absolute().parent / base
    try:
        path = find_config(beside if beside.is_file() else base)
        return load(path, plugins=tuple(plugins)), path.absolute()
    except ConfigError:
        raise
    except RequestError as error:
        document.add_problem(("base",), str(error))
        return None, file


def _goal(document: Document, loaded: Loaded, search: Search | None) -> str:
    """The goal. Reports one that is no metric of the validation split, or that pruning cannot see."""
    monitored = loaded.experiment.training.monitor or TASKS[loaded.experiment.task].monitor
    given = document.at(("goal",))
    goal, path = (given, ("goal",)) if isinstance(given, str) else (monitored, ("base",))
    if not goal.startswith("validation."):
        test = goal.startswith("test.")
        reason = (
            "choosing by test would make the test result look too good" if test else "trials are judged by validation"
        )
        meant = f"validation.{goal.removeprefix('test.').removeprefix('train.')}"
        use = "validation.loss" if _problem_of_goal(loaded, meant) else meant
        document.add_problem(path, f"{goal}: {reason}; use {use}")
        return goal
    if message := _problem_of_goal(loaded, goal):
        document.add_problem(path, message)
    unseen = goal != monitored and is_computed_after_training(goal.partition(".")[2])
    if unseen and search is not None and search.pruning != "none":
        document.add_problem(path, f"{goal} is computed after training, so that no epoch can be pruned by it")
    return goal


def _problem_of_goal(loaded: Loaded, goal: str) -> str:
    """What is wrong with a goal as the metric that a training monitors; empty if nothing is."""
    training = loaded.experiment.training.model_copy(update={"monitor": goal})
    experiment = loaded.experiment.model_copy(update={"training": training})
    found = [*combination_problems(experiment), *unused_option_problems(experiment)]
    return next((message for where, message in found if where == ("training", "monitor")), "")


def _check_search(document: Document, space: Space, search: Search) -> list[str]:
    """Report budgets that are none, and grids that are too large. Returns what is worth saying."""
    section = ("search",) if document.at(("search",)) is not None else ()
    if search.name != "grid":
        if search.trials is None and search.minutes is None:
            document.add_problem(
                section, f"a {search.name} search has no end: set search.trials, search.minutes or both"
            )
        return []
    endless = [each for each in space.parameters if each.all_values() is None]
    for each in endless:
        document.add_problem(("space", each.key), "a grid needs a list of values, or a range with step or integer")
    if endless:
        return []
    size = len(space.grid())
    if size > LARGEST_GRID:
        document.add_problem(section, f"the grid has more than {LARGEST_GRID:,} points; search at random, or with tpe")
    if search.trials is not None and search.trials < size:
        return [f"the grid has {size:,} points, of which search.trials = {search.trials:,} are trained, in order"]
    return []


def _all_problems(document: Document) -> ConfigError:
    return ConfigError(sorted(document.problems, key=lambda each: (each.line or 0, each.column or 0)))
