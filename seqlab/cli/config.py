"""`seqlab check`, `seqlab config` and `seqlab init`: validate, show and create configs."""

from __future__ import annotations

import os
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from seqlab.cli.arguments import AsJson, ConfigArgument, Overrides, Plugins
from seqlab.cli.completion import complete_task, index
from seqlab.cli.console import print_json, print_line, print_note, print_text
from seqlab.errors import RequestError
from seqlab.reports.output_file import cannot_write, refuse_unwritable

commands = typer.Typer()

TASKS_HELP = f"The task: {', '.join(index()['tasks'])}."
config_commands = typer.Typer(no_args_is_help=True)
commands.add_typer(config_commands, name="config", help="Show a resolved config or the JSON Schema of configs.")

SCHEMA_FILE = "seqlab.schema.json"


@commands.command()
def check(config: ConfigArgument, overrides: Overrides, plugins: Plugins, as_json: AsJson = False) -> None:
    """Validate a config without reading data or training. Reports all problems with their lines."""
    from seqlab.config import ConfigError, load

    try:
        experiment = load(config, overrides, plugins=tuple(plugins)).experiment
    except ConfigError as error:
        if not as_json:
            raise
        print_json({"valid": False, "problems": [asdict(problem) for problem in error.problems]})
        raise typer.Exit(error.exit_code) from None
    if as_json:
        print_json({"valid": True, "problems": []})
        return
    chosen = (experiment.data, experiment.vectorizer, experiment.model)
    components = ", ".join(each.name for each in chosen if each is not None)
    print_line(f"{config} is valid (data were not read): {experiment.task} with {components}")


@config_commands.command("show")
def show_command(config: ConfigArgument, overrides: Overrides, plugins: Plugins, as_json: AsJson = False) -> None:
    """Show a config with all defaults and the origin of each value."""
    from seqlab.config import dump, load, show

    loaded = load(config, overrides, plugins=tuple(plugins))
    if as_json:
        print_json(dump(loaded.experiment))
    else:
        print_text(show(loaded).rstrip("\n"))


@config_commands.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of configs, for editors."""
    from seqlab.config import json_schema

    print_json(json_schema())


@commands.command()
def init(
    data: Annotated[
        list[Path],
        typer.Option(
            "--data",
            metavar="FILE",
            default_factory=list,
            show_default=False,
            help="Your own file, or folder of classes: its columns, labels, separator and encoding are found out, and "
            "the sizes suit the amount of data. Twice: the two files of a parallel text.",
        ),
    ],
    task: Annotated[
        str,
        typer.Argument(metavar="TASK", help=TASKS_HELP, autocompletion=complete_task),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write to FILE, and the JSON Schema beside it; - is stdout."
        ),
    ] = None,
) -> None:
    """Create a commented config to start from: for embedded data, or with --data for your own."""
    from seqlab import files

    target = None if output is None or str(output) == "-" else files.chosen_path(output, "--output")
    if target is not None and target.exists():
        raise RequestError(f"{target} already exists and is not overwritten: choose another file")
    content = _starter(task, [files.chosen_path(each, "--data") for each in data], target)
    if target is None:
        print_text(content.rstrip("\n"))
        return
    _write(target, content)
    print_note(f"wrote {target}; next: seqlab check {shlex.quote(str(target))}")


def _starter(task: str, data: list[Path], target: Path | None) -> str:
    from seqlab.config import starter, starter_for

    schema = None if target is None else SCHEMA_FILE
    if not data:
        return starter(task, schema)
    made = starter_for(task, data, Path.cwd() if target is None else target.absolute().parent, schema)
    print_note(f"{', '.join(map(str, data))}: {made.summary}")
    for note in made.notes:
        print_note(note)
    return made.config


def _write(path: Path, content: str) -> None:
    """Write the config and, for editors, the JSON Schema in the same folder."""
    from seqlab import files
    from seqlab.config import json_schema

    refuse_unwritable(path)
    schema = path.with_name(SCHEMA_FILE)
    replaced = _other_schema(schema, json_schema())
    try:
        files.write_text(path, content)
        files.write_json(schema, json_schema())
    except OSError as error:
        raise cannot_write(path, error) from error
    if replaced:
        print_note(f"replaced {schema}, the schema of another version")


def _other_schema(path: Path, schema: dict[str, Any]) -> bool:
    """Whether there is one of another version, which is replaced. Raises RequestError for a file that is no schema of
    seqlab: the user did not name it."""
    from seqlab import files

    if not os.path.lexists(path):
        return False
    try:
        content = files.read_json(path)
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict) or content.get("title") != schema["title"]:
        raise RequestError(f"{path} is there and is no schema of seqlab, which would replace it: choose another folder")
    return content != schema
