"""The JSON Schema of a config (draft 7, which editors support), built from the registered components.

Error messages use the same schema to say which values and keys are valid.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from seqlab.config.experiment import Experiment
from seqlab.config.source_map import KeyPath
from seqlab.keras_names import REGISTRIES
from seqlab.registry import Component, Options, Registry
from seqlab.sinks import SINKS
from seqlab.tasks import TASKS, Task
from seqlab.training.options import TrainingOptions

Schema = dict[str, Any]

REGISTRY_SECTIONS = ("data", "vectorizer", "model", "metrics")
_SCHEMAS = ("additionalProperties", "items", "not")
_LISTS_OF_SCHEMAS = ("anyOf", "allOf", "oneOf", "items")
_OMITTED = ("title", "$defs", "discriminator")


def json_schema() -> Schema:
    """The schema of all configs. The valid components depend on the task."""
    schema = _of_experiment()
    del schema["properties"]["training"]["additionalProperties"]  # each task has options of its own
    tasks = [
        {
            "if": {"properties": {"task": {"const": name}}, "required": ["task"]},
            "then": _sections_of_task(task),
        }
        for name, task in TASKS.items()
    ]
    draft = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "seqlab experiment"}
    return {**draft, **schema, "allOf": tasks}


def _sections_of_task(task: Task) -> Schema:
    """The sections of a task. A vectorizer is required, unless the model needs none."""
    properties = _of_task(task)
    without_text = {"enum": [model.component_name() for model in task.registries.models if not model.needs_vectorizer]}
    if not without_text["enum"]:
        return {"properties": properties, "required": ["vectorizer"]}
    properties["vectorizer"] = {**properties["vectorizer"]}
    properties["vectorizer"]["anyOf"] = [*properties["vectorizer"]["anyOf"], {"type": "null"}]
    named = {"type": "object", "properties": {"name": without_text}, "required": ["name"]}
    return {
        "properties": properties,
        "if": {"properties": {"model": {"anyOf": [without_text, named]}}},
        "else": {"required": ["vectorizer"]},
    }


def schema_of(task: Any) -> Schema:
    """The schema of the configs of a task; if `task` is not a task, the part common to all configs."""
    schema = _of_experiment()
    if isinstance(task, str) and task in TASKS:
        schema["properties"] |= _of_task(TASKS[task])
    return schema


def tasks_with_training_option(name: str) -> list[str]:
    """The tasks whose section `training` has an option of this name."""
    return [task.name for task in TASKS.values() if name in task.training.model_fields]


def section_schema(task: Task, section: str) -> Schema:
    """The schema of a section whose components come from the registries of the task."""
    if section == "metrics":
        return {"anyOf": [{"type": "array", "items": registry_schema(task.registries.metrics)}, {"type": "null"}]}
    of_section: dict[str, Registry[Any]] = {
        "data": task.registries.datasets,
        "vectorizer": task.registries.vectorizers,
        "model": task.registries.models,
    }
    return registry_schema(of_section[section])


def registry_schema(registry: Registry[Any]) -> Schema:
    """The name of a component, if it has no required options, or a mapping of its name and options."""
    components = [_of_component(component) for component in registry]
    short = [each["properties"]["name"]["const"] for each in components if each["required"] == ["name"]]
    single: list[Schema] = [{"enum": short}, *components]
    return {"anyOf": [*single, *(_of_group(group, {"anyOf": single}) for group in registry.groups)]}


def _of_group(group: type[Options], component: Schema) -> Schema:
    """A mapping with a component under each key of the group."""
    properties = {name: {"description": group.help_of(name), **component} for name in group.model_fields}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def below(schema: Schema, value: Any, path: KeyPath) -> Schema:
    """The schema of the value at `path` in a config with the content `value`; empty if unknown."""
    for step in path:
        schema = chosen(schema, value)
        items = schema.get("items", {})
        if isinstance(step, int):
            schema = (items[step] if step < len(items) else {}) if isinstance(items, list) else items
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            others = schema.get("additionalProperties") or {}
            schema = schema.get("properties", {}).get(step, others)
            value = value.get(step) if isinstance(value, dict) else None
    return schema


def chosen(schema: Schema, value: Any) -> Schema:
    """The alternative with keys or items: that of the component named by the value, or the only one."""
    if "anyOf" not in schema:
        return schema
    options = [option for option in schema["anyOf"] if option.get("type") in ("object", "array")]
    name = value.get("name") if isinstance(value, dict) else value
    fitting = [option for option in options if _name(option) in (name, None)]
    if isinstance(value, dict):
        fitting.sort(key=lambda option: not option.get("properties", {}).keys() & value.keys())
    return fitting[0] if fitting else {}


def _name(schema: Schema) -> str | None:
    return schema.get("properties", {}).get("name", {}).get("const")


def _of_experiment() -> Schema:
    schema = options_schema(Experiment)
    schema["properties"]["task"]["enum"] = list(TASKS)
    training = schema["properties"]["training"]
    schema["properties"]["training"] = _described(training, **options_schema(TrainingOptions))
    return schema


def _of_task(task: Task) -> Schema:
    common = options_schema(Experiment)["properties"]
    sections = {name: section_schema(task, name) for name in REGISTRY_SECTIONS}
    sections["training"] = options_schema(task.training)
    return {name: _described(common[name], **schema) for name, schema in sections.items()}


def _described(schema: Schema, **other: Any) -> Schema:
    """`other` with the description and the default of `schema`."""
    return {key: schema[key] for key in ("description", "default") if key in schema} | other


def _of_component(component: type[Component]) -> Schema:
    schema = options_schema(component)
    schema["properties"]["name"] = {"const": component.component_name()}
    schema["required"] = ["name", *(name for name in schema.get("required", ()) if name != "name")]
    return schema


def options_schema(options: type[Options]) -> Schema:
    """The schema of a mapping of options, in draft 7."""
    schema = _of_pydantic(options)
    plain: Schema = _plain(schema, schema.get("$defs", {}))
    return plain


@cache
def _of_pydantic(options: type[Options]) -> Schema:
    """Cached, because each takes a few milliseconds."""
    return options.model_json_schema()


def _plain(schema: Any, definitions: Schema) -> Any:
    """The schema in draft 7 with references inlined, because draft 7 ignores keywords beside a `$ref`."""
    if not isinstance(schema, dict):
        return schema
    if reference := schema.get("$ref"):
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return _plain({**definitions[reference.rpartition("/")[2]], **rest}, definitions)
    if kind := schema.get("registry"):
        return _described(schema, **(registry_schema(SINKS) if kind == SINKS.kind else _of_keras(kind)))
    plain: Schema = {}
    for key, value in schema.items():
        if key == "properties":
            plain[key] = {name: _plain(of_property, definitions) for name, of_property in value.items()}
        elif key == "prefixItems":
            plain |= {"items": [_plain(item, definitions) for item in value], "additionalItems": False}
        elif key in _LISTS_OF_SCHEMAS and isinstance(value, list):
            items = [_plain(item, definitions) for item in value]
            plain[key] = [each for item in items for each in _alternatives(item)] if key == "anyOf" else items
        elif key in _SCHEMAS:
            plain[key] = _plain(value, definitions)
        elif key not in _OMITTED:
            plain[key] = value
    return plain


def _alternatives(schema: Schema) -> list[Schema]:
    """A choice among choices is one choice."""
    inner: list[Schema] = schema["anyOf"] if schema.keys() == {"anyOf"} else [schema]
    return inner


@cache
def _of_keras(kind: str) -> Schema:
    return registry_schema(REGISTRIES[kind])
