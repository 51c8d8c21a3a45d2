"""`seqlab parts`: the components and keys that a config can choose from, with defaults, help and source."""

from __future__ import annotations

import difflib
import inspect
import json
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqlab.cli.arguments import AsJson, Plugins
from seqlab.cli.completion import complete_component, complete_kind
from seqlab.cli.console import print_json, print_line, print_table, print_text
from seqlab.cli.plugins import import_plugin
from seqlab.errors import RequestError

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from seqlab.registry import Component, Options, Registry

commands = typer.Typer()

KINDS = ("datasets", "vectorizers", "models", "metrics")
"""The registries of a task."""
SECTIONS = ("training", "runtime")
"""Sections of a config that have keys but no components."""

INDENT, WIDTH = "    ", 79


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
    `logits_processor` or `section`."""

    kind: str
    task: str
    name: str
    help: str
    options: tuple[Option, ...]
    source: str


@commands.command()
def parts(
    plugins: Plugins,
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="KIND",
            help="dataset, vectorizer, model, metric or logits_processor; training or runtime for the keys of these "
            "sections.",
            autocompletion=complete_kind,
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A component: show all of its options.", autocompletion=complete_component),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the components that a config can use, or describe one component or section."""
    for module in plugins:
        import_plugin(module)
    if kind in SECTIONS and name is None:
        found, in_detail = list(_describe_section(kind)), True
    else:
        found, in_detail = list(_all_components()), name is not None
        if kind is not None:
            found = _of_kind(found, kind)
        if name is not None:
            found = _named(found, name)
    if as_json:
        print_json([asdict(each) for each in found])
    elif in_detail:
        for number, each in enumerate(found):
            if number:
                print_line()
            _print_description(each)
    else:
        print_table(
            ("kind", "task", "name", "description"),
            [(each.kind, each.task, each.name, each.help.partition("\n")[0]) for each in found],
        )


def describe(component: type[Component], schema: Mapping[str, Any], kind: str, task: str) -> Description:
    """The description of a component class; `schema` is its part of the JSON Schema."""
    options = tuple(_options(component, schema, exclude=("name",)))
    return Description(kind, task, component.component_name(), component.component_help(), options, _source(component))


def _describe_section(name: str) -> Iterator[Description]:
    """The keys of the section `training` or `runtime`: first those of all tasks, then those of each task.

    Keys of nested sections have dotted names.
    """
    from seqlab.config.experiment import Runtime
    from seqlab.config.schema import json_schema, schema_of
    from seqlab.tasks import TASKS
    from seqlab.training.options import TrainingOptions

    common: type[Options] = TrainingOptions if name == "training" else Runtime
    schema = json_schema()["properties"][name]
    yield _section(name, "all tasks", common, schema)
    if name == "training":
        for task in TASKS.values():
            schema = schema_of(task.name)["properties"][name]
            description = _section(name, task.name, task.training, schema, exclude=tuple(common.model_fields))
            if description.options:
                yield description


def _section(
    name: str, task: str, options: type[Options], schema: Mapping[str, Any], exclude: tuple[str, ...] = ()
) -> Description:
    about = (options.__doc__ or "").strip()
    return Description(
        "section", task, name, about, tuple(_options(options, schema, exclude=exclude)), _source(options)
    )


def _options(
    options: type[Options], schema: Mapping[str, Any], prefix: str = "", exclude: tuple[str, ...] = ()
) -> Iterator[Option]:
    """One `Option` per key; nested sections are expanded."""
    from seqlab.config.messages import expected
    from seqlab.registry import Component, Options

    for name, field in options.model_fields.items():
        nested = field.annotation
        if name in exclude:
            continue
        if isinstance(nested, type) and issubclass(nested, Options) and not issubclass(nested, Component):
            yield from _options(nested, schema["properties"][name], f"{prefix}{name}.")
            continue
        allowed = expected(schema["properties"][name])
        yield Option(prefix + name, allowed, _default(field), _one_line(field.description))


def _all_components() -> Iterator[Description]:
    """Every component once, even if several tasks use it."""
    from seqlab.config.schema import registry_schema
    from seqlab.decoding.logits_processors import LOGITS_PROCESSORS
    from seqlab.tasks import TASKS, tasks_able_to

    registries: dict[tuple[int, ...], tuple[str, Registry[Any], list[str]]] = {}
    for task in TASKS.values():
        for attribute in KINDS:
            registry = getattr(task.registries, attribute)
            key = tuple(map(id, registry))
            registries.setdefault(key, (attribute.removesuffix("s"), registry, []))[2].append(task.name)
    ordered = sorted(registries.values(), key=lambda each: KINDS.index(f"{each[0]}s"))
    for kind, registry, tasks in [*ordered, ("logits_processor", LOGITS_PROCESSORS, tasks_able_to("generate"))]:
        schemas = {
            each["properties"]["name"]["const"]: each
            for each in registry_schema(registry)["anyOf"]
            if "name" in each.get("properties", ())
        }
        for component in registry:
            yield describe(component, schemas[component.component_name()], kind, ", ".join(tasks))


def _of_kind(found: list[Description], kind: str) -> list[Description]:
    singular = kind.lower().removesuffix("s")
    kinds = list(dict.fromkeys(each.kind for each in found))
    if singular not in kinds:
        raise RequestError(f"unknown kind '{kind}'; available: {', '.join([*kinds, *SECTIONS])}")
    return [each for each in found if each.kind == singular]


def _named(found: list[Description], name: str) -> list[Description]:
    names = list(dict.fromkeys(each.name for each in found))
    if name not in names:
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean '{close[0]}'? " if close else ""
        raise RequestError(f"unknown {found[0].kind} '{name}'; {hint}available: {', '.join(names)}")
    return [each for each in found if each.name == name]


def _print_description(description: Description) -> None:
    """Print a component and its options in the notation of a config."""
    print_line(f"{description.kind} {description.name} ({description.task})")
    print_text(description.help)
    print_line()
    for option in description.options:
        print_line(f"{option.name}: {option.default}")
        about = f"{option.help} ({option.allowed})" if option.allowed else option.help
        print_text(textwrap.fill(about.strip(), WIDTH, initial_indent=INDENT, subsequent_indent=INDENT))
    if not description.options:
        print_line("no options")
    print_line()
    print_line(f"source: {description.source}")


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
