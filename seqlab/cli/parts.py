"""`seqlab parts`: the components and keys that a config can choose from, with defaults, help and source."""

from __future__ import annotations

import textwrap
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

import typer

from seqlab.cli.arguments import AsJson, Plugins
from seqlab.cli.completion import complete_component, complete_kind
from seqlab.cli.console import print_indented, print_json, print_line, print_table, print_text, result_console
from seqlab.cli.plugins import import_plugin
from seqlab.errors import RequestError
from seqlab.text_format import quoted

if TYPE_CHECKING:
    from seqlab.experiment.catalogue import Description

commands = typer.Typer()

INDENT, WIDTH = "    ", 79
TABLE_WIDTH = 120
"""Narrower terminals show a description below its component instead of beside it."""


@commands.command()
def parts(
    plugins: Plugins,
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="KIND",
            help="dataset, vectorizer, model, metric, logits_processor or sink; or data, training, runtime or "
            "expected: the keys of that section.",
            autocompletion=complete_kind,
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="A component: show all of its options. In a section, a key: show it alone.",
            autocompletion=complete_component,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the components that a config can use, or describe one component or section."""
    for module in plugins:
        import_plugin(module)
    found, in_full = _selected(kind, name)
    if as_json:
        print_json([asdict(each) for each in found])
    elif in_full:
        for number, each in enumerate(found):
            if number:
                print_line()
            _print_description(each)
    elif result_console().width < TABLE_WIDTH:
        _print_list(found)
    else:
        print_table(
            ("kind", "task", "name", "description"),
            [(each.kind, each.task, each.name, each.help.partition("\n")[0]) for each in found],
        )


def _print_list(found: list[Description]) -> None:
    """Kind, name and task on one line, the description indented below."""
    for each in found:
        print_line(f"{each.kind} {each.name} ({each.task})")
        print_indented(each.help.partition("\n")[0])


def _selected(kind: str | None, name: str | None) -> tuple[list[Description], bool]:
    """The descriptions of what is asked for, and whether they are shown in full."""
    from seqlab.experiment.catalogue import all_components, describe_section, sections

    if kind is None or kind not in sections():
        found = list(all_components())
        if kind is not None:
            found = _of_kind(found, kind, list(sections()))
        return (found, False) if name is None else (_named(found, name), True)
    section = list(describe_section(kind))
    if name is None:
        return section, True
    if name in _keys(section):
        return _with_key(section, name), True
    if kind == "data":
        return _named(_of_kind(list(all_components()), "dataset", []), name), True
    raise RequestError(_unknown(f"key of {kind}", name, _keys(section)))


def _keys(described: list[Description]) -> list[str]:
    """The keys of a section."""
    return list(dict.fromkeys(option.name for each in described for option in each.options))


def _with_key(described: list[Description], key: str) -> list[Description]:
    """A section with one of its keys."""
    parts = [
        replace(each, options=tuple(option for option in each.options if option.name == key)) for each in described
    ]
    return [each for each in parts if each.options]


def _of_kind(found: list[Description], kind: str, sections: list[str]) -> list[Description]:
    singular = kind.lower().removesuffix("s")
    kinds = list(dict.fromkeys(each.kind for each in found))
    if singular not in kinds:
        raise RequestError(_unknown("kind", kind, [*kinds, *sections]))
    return [each for each in found if each.kind == singular]


def _named(found: list[Description], name: str) -> list[Description]:
    names = list(dict.fromkeys(each.name for each in found))
    if name not in names:
        raise RequestError(_unknown(found[0].kind, name, names))
    return [each for each in found if each.name == name]


def _unknown(what: str, given: str, known: list[str]) -> str:
    from seqlab.registry import did_you_mean

    return f"unknown {what} {quoted(given)}; {did_you_mean(given, known)}available: {', '.join(known)}"


def _print_description(description: Description) -> None:
    """Print a component and its options in the notation of a config."""
    print_line(f"{description.kind} {description.name} ({description.task})")
    print_text(_wrapped(description.help))
    print_line()
    for option in description.options:
        print_line(f"{option.name}: {option.default}")
        about = f"{option.help} ({option.allowed})" if option.allowed else option.help
        print_text(textwrap.fill(about.strip(), WIDTH, initial_indent=INDENT, subsequent_indent=INDENT))
    if not description.options:
        print_line("no options")
    print_line()
    print_line(f"source: {description.source}")


def _wrapped(text: str) -> str:
    """Paragraphs whose lines are too long, wrapped. What is laid out by lines, such as a list, stays as it is."""
    paragraphs = []
    for paragraph in text.split("\n\n"):
        laid_out = any(line.startswith((" ", "-", "*", "|", ">")) for line in paragraph.split("\n"))
        paragraphs.append(paragraph if laid_out else textwrap.fill(paragraph, WIDTH, break_long_words=False))
    return "\n\n".join(paragraphs)
