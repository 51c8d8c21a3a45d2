"""Everything that a config can choose from: components and keys, with their defaults, help and source."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seqlab.config.experiment import Experiment
from seqlab.config.messages import expected
from seqlab.config.schema import options_schema, registry_schema
from seqlab.data.datasets import Dataset
from seqlab.decoding.logits_processors import LOGITS_PROCESSORS
from seqlab.decoding.sampling_options import processor_options
from seqlab.encoders.packages import PACKAGES
from seqlab.registry import Component, Options, Registry
from seqlab.sinks import SINKS
from seqlab.tasks import TASKS, tasks_able_to
from seqlab.training.options import TrainingOptions
from seqlab.vectors.published import PUBLISHED

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

KINDS = {"data": "datasets", "vectorizer": "vectorizers", "model": "models", "metrics": "metrics"}
"""Section of a config → the registry of a task."""


@dataclass(frozen=True)
class Option:
    """One key of a config. `default` is JSON, or `required`."""

    name: str
    allowed: str
    default: str
    help: str


@dataclass(frozen=True)
class Description:
    """A component or a section of a config. `kind`: `dataset`, `vectorizer`, `model`, `metric`,
    `logits_processor`, `sink` or `section`."""

    kind: str
    task: str
    name: str
    help: str
    options: tuple[Option, ...]
    source: str


def describe(component: type[Component], schema: Mapping[str, Any], kind: str, task: str) -> Description:
    """The description of a component class; `schema` is its part of the JSON Schema."""
    options = tuple(_options(component, schema, exclude=("name",)))
    return Description(kind, task, component.component_name(), component.component_help(), options, _source(component))


def sections() -> dict[str, type[Options]]:
    """Section of a config → the options that its keys are: of `data` and `training` those that all tasks share.

    The sections that only name components are not among them.
    """
    fields = Experiment.model_fields.items()
    plain = {name: type(field.default) for name, field in fields if isinstance(field.default, Options)}
    return {"data": Dataset, "training": TrainingOptions, **plain}


def describe_section(name: str) -> Iterator[Description]:
    """The keys of a section: first those of all tasks, then those of each task.

    Keys of nested sections have dotted names.
    """
    common = sections()[name]
    yield _section(name, "all tasks", common, exclude=("name",))
    if name == "training":
        for task in TASKS.values():
            same = [key for key in common.model_fields if _same(key, common, task.training)]
            description = _section(name, task.name, task.training, exclude=tuple(same))
            if description.options:
                yield description


def _same(key: str, common: type[Options], of_task: type[Options]) -> bool:
    """Whether an option that all tasks share means the same for a task. Nested sections are not compared."""
    field, own = common.model_fields[key], of_task.model_fields[key]
    if field.annotation is not own.annotation:
        return True
    return (field.default, common.help_of(key)) == (own.default, of_task.help_of(key))


def _section(name: str, task: str, options: type[Options], exclude: tuple[str, ...]) -> Description:
    schema = options_schema(options)
    keys = tuple(_options(options, schema, exclude=exclude))
    about = inspect.cleandoc(options.__doc__ or "").partition("\n\n")[0]
    return Description("section", task, name, about, keys, _source(options))


def _options(
    options: type[Options], schema: Mapping[str, Any], prefix: str = "", exclude: tuple[str, ...] = ()
) -> Iterator[Option]:
    """One `Option` per key; nested sections are expanded."""
    for name, field in options.model_fields.items():
        nested = field.annotation
        if name in exclude:
            continue
        if isinstance(nested, type) and issubclass(nested, Options) and not issubclass(nested, Component):
            yield from _options(nested, schema["properties"][name], f"{prefix}{name}.")
            continue
        allowed = expected(schema["properties"][name])
        yield Option(prefix + name, allowed, _default(field), _one_line(options.help_of(name)))


def all_components() -> Iterator[Description]:
    """Every component once, even if several tasks use it."""
    registries: dict[tuple[int, ...], tuple[str, Registry[Any], list[str]]] = {}
    for task in TASKS.values():
        for attribute in KINDS.values():
            registry = getattr(task.registries, attribute)
            key = tuple(map(id, registry))
            registries.setdefault(key, (attribute.removesuffix("s"), registry, []))[2].append(task.name)
    ordered = sorted(registries.values(), key=lambda each: list(KINDS.values()).index(f"{each[0]}s"))
    others: list[tuple[str, Registry[Any], list[str]]] = [
        ("logits_processor", LOGITS_PROCESSORS, tasks_able_to("generate")),
        ("sink", SINKS, ["all tasks"]),
    ]
    for kind, registry, tasks in [*ordered, *others]:
        schemas = _component_schemas(registry)
        for component in registry:
            yield describe(component, schemas[component.component_name()], kind, ", ".join(tasks))


def _component_schemas(registry: Registry[Any]) -> dict[str, Mapping[str, Any]]:
    """Component → its schema."""
    return {
        each["properties"]["name"]["const"]: each
        for each in registry_schema(registry)["anyOf"]
        if "name" in each.get("properties", ())
    }


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    plain = default.model_dump(exclude_defaults=True) if hasattr(default, "model_dump") else default
    return json.dumps(plain, ensure_ascii=False, default=str)


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _source(component: type) -> str:
    """`file:line` of the class, or of the function from which the class was made."""
    # The class made from a function has the name and the module of the function.
    defined = getattr(sys.modules[component.__module__], component.__name__, component)
    try:
        return f"{inspect.getsourcefile(defined)}:{inspect.getsourcelines(defined)[1]}"
    except (OSError, TypeError):
        return component.__module__


def completion_names() -> dict[str, Any]:
    """The names of all registered components and config keys with the values that can be listed, for the completion."""
    return {
        "tasks": {
            name: {
                section: {
                    each: {key: _choices(of_key) for key, of_key in schema["properties"].items() if key != "name"}
                    for each, schema in _component_schemas(getattr(task.registries, attribute)).items()
                }
                for section, attribute in KINDS.items()
            }
            for name, task in TASKS.items()
        },
        "groups": {
            name: [key for group in task.registries.vectorizers.groups for key in group.model_fields]
            for name, task in TASKS.items()
        },
        "keys": {name: _plain_keys(task.training) for name, task in TASKS.items()},
        "sections": list(sections()),
        "vectors": list(PUBLISHED),
        "encoders": list(PACKAGES),
    }


def processor_option_names() -> list[str]:
    """The options of all logits processors."""
    return list(processor_options())


def _plain_keys(training: type[TrainingOptions]) -> dict[str, list[str]]:
    """Dotted key → the values that can be listed, for the sections that are no components."""
    keys: dict[str, list[str]] = {}
    for section, options in (sections() | {"training": training}).items():
        if issubclass(options, Component):
            continue
        schema = options_schema(training if section == "training" else options)
        for key, of_key in schema["properties"].items():
            nested = of_key.get("properties") if of_key.get("type") == "object" else None
            if nested:
                keys |= {f"{section}.{key}.{each}": _choices(of_each) for each, of_each in nested.items()}
            else:
                keys[f"{section}.{key}"] = _choices(of_key)
    return keys


def _choices(schema: Mapping[str, Any]) -> list[str]:
    """The values that a schema lists; empty if there are others."""
    found: list[str] = []
    for option in schema.get("anyOf", [schema]):
        if option.get("type") == "boolean":
            found += ["true", "false"]
        elif "const" in option.get("properties", {}).get("name", {}):
            found.append(option["properties"]["name"]["const"])
        else:
            found += map(str, option.get("enum", [option["const"]] if "const" in option else []))
    return list(dict.fromkeys(found))
