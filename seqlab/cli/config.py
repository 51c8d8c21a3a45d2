"""`seqlab check`, `seqlab config` and `seqlab init`: a config before anything is trained."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from seqlab.cli.arguments import AsJson, ConfigReference, Overrides, Plugins
from seqlab.cli.console import note, print_json, print_line, print_text
from seqlab.errors import RequestError

commands = typer.Typer()
config_commands = typer.Typer(no_args_is_help=True)
commands.add_typer(config_commands, name="config", help="Show a config with all its values, or the schema of configs.")

SCHEMA_FILE = "seqlab.schema.json"


@commands.command()
def check(config: ConfigReference, overrides: Overrides, plugins: Plugins, as_json: AsJson = False) -> None:
    """Check a config without training: all that is wrong with it, each with its line."""
    from seqlab.config import ConfigError, load

    try:
        experiment = load(config, overrides, plugins=tuple(plugins)).experiment
    except ConfigError as error:
        if not as_json:
            raise
        print_json({"right": False, "faults": [asdict(problem) for problem in error.problems]})
        raise typer.Exit(error.exit_code) from None
    if as_json:
        print_json({"right": True, "faults": []})
        return
    parts = (experiment.data, experiment.vectorizer, experiment.model)
    print_line(f"{config} is right: {experiment.task} with {', '.join(part.name for part in parts)}")


@config_commands.command("show")
def show_command(config: ConfigReference, overrides: Overrides, plugins: Plugins, as_json: AsJson = False) -> None:
    """Show a config with every default filled in, and where each value came from."""
    from seqlab.config import dump, load, show

    loaded = load(config, overrides, plugins=tuple(plugins))
    if as_json:
        print_json(dump(loaded.experiment))
    else:
        print_text(show(loaded).rstrip("\n"))


@config_commands.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of a config, for editors."""
    from seqlab.config import json_schema

    print_json(json_schema())


@commands.command()
def init(
    task: Annotated[str, typer.Argument(help="The kind of experiment: classification.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it here, and the schema beside it.")
    ] = None,
) -> None:
    """Write a commented config to start from."""
    from seqlab.config import starter

    if output is None:
        print_text(starter(task).rstrip("\n"))
        return
    content = starter(task, schema=SCHEMA_FILE)
    if output.exists():
        raise RequestError(f"{output} is there already and is not overwritten: name another file")
    _write(output, content)
    note(f"wrote {output}; now: seqlab check {output}")


def _write(path: Path, content: str) -> None:
    """The config and, for editors, the schema of configs in the same folder."""
    from seqlab import files
    from seqlab.config import json_schema

    try:
        files.write_text(path, content)
        files.write_json(path.with_name(SCHEMA_FILE), json_schema())
    except OSError as error:
        raise RequestError(f"{path} cannot be written: {error.strerror}") from error
