"""`seqlab parts`: every dataset, vectorizer, model, metric and logits processor, with its options and its source."""

from __future__ import annotations

import difflib
import inspect
import json
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from seqlab.cli.arguments import AsJson, Plugins
from seqlab.cli.console import print_json, print_line, print_table, print_text
from seqlab.cli.plugins import import_plugin
from seqlab.errors import RequestError

commands = typer.Typer()

KINDS = ("datasets", "vectorizers", "models", "metrics")
"""The registries of a task, by the names of its attributes."""

INDENT, WIDTH = "    ", 79


@dataclass(frozen=True)
class Option:
    """One key of a config. `default` is its JSON, or `required`."""

    name: str
    allowed: str
    default: str
    help: str


@dataclass(frozen=True)
class Described:
    """A part as a person chooses it. `kind` is `dataset`, `vectorizer`, `model`, `metric` or `logits_processor`."""

    kind: str
    task: str
    name: str
    help: str
    options: tuple[Option, ...]
    source: str


@commands.command()
def parts(
    plugins: Plugins,
    kind: Annotated[str | None, typer.Argument(help="dataset, vectorizer, model, metric or logits_processor.")] = None,
    name: Annotated[str | None, typer.Argument(help="One part: all of its options.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what a config can choose from, or describe one part."""
    for module in plugins:
        import_plugin(module)
    found = list(_all_parts())
    if kind is not None:
        found = _of_kind(found, kind)
    if name is not None:
        found = _named(found, name)
    if as_json:
        print_json([asdict(part) for part in found])
    elif name is not None:
        for part in found:
            _print_described(part)
    else:
        print_table(
            ("kind", "task", "name", ""),
            [(part.kind, part.task, part.name, part.help.partition("\n")[0]) for part in found],
        )


def describe(part: Any, schema: Mapping[str, Any], kind: str, task: str) -> Described:
    """Everything there is to know of a part class; `schema` is what a config's schema says of it."""
    from seqlab.config.messages import expected

    options = tuple(
        Option(name, expected(schema["properties"][name]), _default(field), _one_line(field.description))
        for name, field in part.model_fields.items()
        if name != "name"
    )
    return Described(kind, task, part.component_name(), part.component_help(), options, _source(part))


def _all_parts() -> Iterator[Described]:
    """Every part once, even if several tasks offer it."""
    from seqlab.config.schema import registry_schema
    from seqlab.decoding.logits_processors import LOGITS_PROCESSORS
    from seqlab.tasks import TASKS

    registries: dict[tuple[int, ...], tuple[str, Any, list[str]]] = {}
    for task in TASKS.values():
        for kind in KINDS:
            registry = getattr(task.registries, kind)
            registries.setdefault(tuple(map(id, registry)), (kind.removesuffix("s"), registry, []))[2].append(task.name)
    ordered = sorted(registries.values(), key=lambda each: KINDS.index(f"{each[0]}s"))
    for kind, registry, tasks in [*ordered, ("logits_processor", LOGITS_PROCESSORS, ["language_model"])]:
        schemas = {
            each["properties"]["name"]["const"]: each
            for each in registry_schema(registry)["anyOf"]
            if "name" in each.get("properties", ())
        }
        for part in registry:
            yield describe(part, schemas[part.component_name()], kind, ", ".join(tasks))


def _of_kind(found: list[Described], kind: str) -> list[Described]:
    wanted = kind.lower().removesuffix("s")
    kinds = list(dict.fromkeys(part.kind for part in found))
    if wanted not in kinds:
        raise RequestError(f"there is no kind of part called '{kind}'; there are {', '.join(kinds)}")
    return [part for part in found if part.kind == wanted]


def _named(found: list[Described], name: str) -> list[Described]:
    names = list(dict.fromkeys(part.name for part in found))
    if name not in names:
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean '{close[0]}'? " if close else ""
        raise RequestError(f"there is no {found[0].kind} called '{name}'; {hint}there are {', '.join(names)}")
    return [part for part in found if part.name == name]


def _print_described(part: Described) -> None:
    """The part and its options as a config would spell them."""
    print_line(f"{part.kind} {part.name} ({part.task})")
    print_text(part.help)
    print_line()
    for option in part.options:
        print_line(f"{option.name}: {option.default}")
        about = f"{option.help} ({option.allowed})" if option.allowed else option.help
        print_text(textwrap.fill(about.strip(), WIDTH, initial_indent=INDENT, subsequent_indent=INDENT))
    if not part.options:
        print_line("no options")
    print_line()
    print_line(f"source: {part.source}")


def _default(field: Any) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    plain = default.model_dump(exclude_defaults=True) if hasattr(default, "model_dump") else default
    return json.dumps(plain, ensure_ascii=False, default=str)


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _source(part: Any) -> str:
    """`file:line` of the class or function. The class made of a function has its name and its module only."""
    written = getattr(sys.modules[part.__module__], part.__name__, part)
    try:
        return f"{inspect.getsourcefile(written)}:{inspect.getsourcelines(written)[1]}"
    except (OSError, TypeError):
        return part.__module__
