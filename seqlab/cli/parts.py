"""`seqlab parts`: the components and keys that a config can choose from, with defaults, help and source."""

from __future__ import annotations

import difflib
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from seqlab.cli.arguments import AsJson, Plugins
from seqlab.cli.completion import KEY_SECTIONS, complete_component, complete_kind
from seqlab.cli.console import print_json, print_line, print_table, print_text
from seqlab.cli.plugins import import_plugin
from seqlab.errors import RequestError

if TYPE_CHECKING:
    from seqlab.experiment.catalogue import Description

commands = typer.Typer()

INDENT, WIDTH = "    ", 79


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
    from seqlab.experiment.catalogue import all_components, describe_section

    section = kind if kind in KEY_SECTIONS and name is None else None
    found = list(describe_section(section) if section else all_components())
    if kind is not None and not section:
        found = _of_kind(found, kind)
    if name is not None:
        found = _named(found, name)
    if as_json:
        print_json([asdict(each) for each in found])
    elif section or name is not None:
        for number, each in enumerate(found):
            if number:
                print_line()
            _print_description(each)
    else:
        print_table(
            ("kind", "task", "name", "description"),
            [(each.kind, each.task, each.name, each.help.partition("\n")[0]) for each in found],
        )


def _of_kind(found: list[Description], kind: str) -> list[Description]:
    singular = kind.lower().removesuffix("s")
    kinds = list(dict.fromkeys(each.kind for each in found))
    if kind in KEY_SECTIONS:
        raise RequestError(f"the section {kind} has no components: remove the name")
    if singular not in kinds:
        raise RequestError(f"unknown kind '{kind}'; available: {', '.join([*kinds, *KEY_SECTIONS])}")
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
