"""Reference pages of the commands, made of the same help that `seqlab COMMAND --help` prints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from markdown_text import code, escaped, fenced, table
from typer.main import get_command

from seqlab.cli.application import COMMANDS, app

COMMON = {"-h, --help", "--json", "--runs-dir PATH", "--plugin MODULE"}
"""Options that mean the same in every command: they are last in a table."""


def pages() -> dict[str, tuple[str, str]]:
    """Path in the site → title and Markdown: a page for each command with its subcommands."""
    root = get_command(app)
    top = root.make_context("seqlab", [], resilient_parsing=True)
    found = {}
    for name in COMMANDS:
        parts = [f"# seqlab {name}"]
        for context in _commands(root.get_command(top, name), name, top):
            parts += _description(context, alone=context.command_path == f"seqlab {name}")
        found[f"reference/commands/{name}.md"] = name, "\n\n".join(filter(None, parts)) + "\n"
    return found


def _commands(command: Any, name: str, parent: Any) -> Iterator[Any]:
    """The context of a command, and of each of its subcommands."""
    if not hasattr(command, "commands"):
        yield command.make_context(name, [], parent=parent, resilient_parsing=True)
        return
    context = command.context_class(command, info_name=name, parent=parent)
    yield context
    for each in command.list_commands(context):
        yield from _commands(command.get_command(context, each), each, context)


def _description(context: Any, alone: bool) -> Iterator[str]:
    command = context.command
    if not alone:
        yield f"## {context.command_path}"
    yield _prose(command.help or "")
    if hasattr(command, "commands"):
        return
    yield fenced(f"{context.command_path} {' '.join(command.collect_usage_pieces(context))}", "text")
    parameters = [parameter for parameter in command.get_params(context) if parameter.get_help_record(context)]
    arguments = [each for each in parameters if each.param_type_name == "argument"]
    options = [each for each in parameters if each.param_type_name == "option"]
    yield _parameters("argument", arguments, context)
    yield _parameters("option", options, context)


def _prose(text: str) -> str:
    """Paragraphs of a docstring; what is indented or laid out by lines keeps its lines."""
    paragraphs = []
    for paragraph in text.split("\n\n"):
        laid_out = any(line.startswith("  ") for line in paragraph.split("\n"))
        paragraphs.append(fenced(paragraph, "text") if laid_out else escaped(" ".join(paragraph.split())))
    return "\n\n".join(paragraphs)


def _parameters(kind: str, parameters: list[Any], context: Any) -> str:
    records = [parameter.get_help_record(context) for parameter in parameters]
    records.sort(key=lambda record: record[0] in COMMON)
    rows = [(_names(names), escaped(_plain(about))) for names, about in records]
    return table((kind, "is"), rows) if rows else ""


def _names(text: str) -> str:
    """`-f, --file FILE`; a choice such as `P|tuned` must not split the row of a table."""
    bar = escaped("|")
    return (
        code(text) if "|" not in text else f'<code class="choices">{escaped(text).replace(bar, f"{bar}<wbr>")}</code>'
    )


def _plain(text: str) -> str:
    """Without the escapes that rich needs, on one line."""
    return " ".join(re.sub(r"\\(\[)", r"\1", text).split())
