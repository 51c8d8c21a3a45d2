"""`seqlab train`: one experiment, from a config to a saved and evaluated run."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from seqlab.cli.arguments import AsJson, Overrides, Plugins, RunsDirectory, note_which
from seqlab.cli.completion import complete_config, complete_resume
from seqlab.cli.console import print_json, print_line, print_note
from seqlab.cli.metrics import print_metrics, print_verdicts
from seqlab.cli.progress import terminal_progress
from seqlab.cli.repeats import Seeds, note_unfinished, print_group, resume_group, train_seeds
from seqlab.errors import RequestError
from seqlab.runs import Run, RunSummary
from seqlab.text_format import quoted

OptionalConfig = Annotated[
    str | None,
    typer.Argument(
        metavar="CONFIG",
        default_factory=lambda: None,
        show_default=False,
        help="The path of a config, or the name of a recipe such as quickstart (`seqlab recipes` lists them).",
        autocompletion=complete_config,
    ),
]
Resume = Annotated[
    str | None,
    typer.Option(
        "--resume",
        metavar="RUN|auto",
        help="Resume this run or group of runs, without CONFIG; auto: resume the newest unfinished run of CONFIG, or "
        "start a new run.",
        autocompletion=complete_resume,
    ),
]

commands = typer.Typer()


@commands.command()
def train(
    config: OptionalConfig,
    overrides: Overrides,
    runs_dir: RunsDirectory,
    plugins: Plugins,
    name: Annotated[str | None, typer.Option(help="The name of the run, which follows the time in its id.")] = None,
    seeds: Seeds = None,
    resume: Resume = None,
    force: Annotated[bool, typer.Option("--force", help="Resume even if the config or the data changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train a model, keep the best checkpoint by validation, and evaluate it on the test split."""
    if resume is not None and config is not None and "=" in config:
        overrides = [config, *overrides]  # with --resume RUN there is no CONFIG before KEY=VALUE
        config = None
    if name is not None and resume in {None, "auto"}:
        _note_on_name(name)
    group = _train_group(config, overrides, runs_dir, plugins, name, seeds, resume, force)
    if group is None:
        _report(_train_or_resume(config, overrides, runs_dir, plugins, name, resume, force), as_json)
        return
    print_group(group, as_json=as_json)
    if note_unfinished(group):
        raise typer.Exit(1)


def _report(run: Run, as_json: bool) -> None:
    """Print the result of a run, verdicts on it, and what to do with it."""
    from seqlab.experiment import RunElsewhere
    from seqlab.reports.verdict import verdicts

    if isinstance(run, RunElsewhere):
        print_note(f"host 0 has written run {run.id}")
        return
    config_of_run = run.metadata()["config"]
    result, expected = run.result(), config_of_run["expected"]
    found = verdicts(result, {metric: band for metric, band in expected.items() if metric != "source"})
    if as_json:
        print_json(
            {
                "run": run.id,
                "directory": str(run.directory),
                "status": run.status(),
                "result": result,
                "verdicts": [asdict(verdict) for verdict in found],
            }
        )
        return
    print_note("")
    print_metrics(result, run.speed_unit)
    print_verdicts(found, expected["source"], is_subset=config_of_run["data"].get("take") is not None)
    _print_next_steps(run, config_of_run.get("plugins") or [])


def _note_on_name(name: str) -> None:
    """Say it if a run does not get the name that the user gave."""
    from seqlab.runs.runs_directory import MAX_NAME_LENGTH, sanitized

    if (safe := sanitized(name)) == name:
        return
    why = f"of a name, the first {MAX_NAME_LENGTH} ASCII letters, digits, '.', '_' and '-' are kept"
    if safe == f"run-{name}":
        why = f"'{name}' means whichever run is the newest"
    print_note(f"--name {quoted(name)}: the run is called {safe}, because {why}")


def _train_group(
    config: str | None,
    overrides: list[str],
    runs_dir: Path,
    plugins: list[str],
    name: str | None,
    seeds: str | None,
    resume: str | None,
    force: bool,
) -> list[RunSummary] | None:
    """Train or continue a group of runs. None if the options ask for a single run."""
    if resume not in {None, "auto", "latest"} and config is None:
        found = resume_group(str(resume), seeds, overrides, runs_dir, plugins, force=force)
        if found is not None and name is not None:
            print_note(f"--name {name} has no effect: a resumed group keeps its own")
        return found
    if seeds is None:
        return None
    if config is None:
        raise RequestError("CONFIG is missing: --seeds needs one, or --resume GROUP")
    if resume not in {None, "auto"}:
        raise RequestError(f"--resume {resume} uses the config of that group: remove {config}")
    return train_seeds(config, overrides, seeds, runs_dir, plugins, name, auto=resume == "auto")


def _train_or_resume(
    config: str | None,
    overrides: list[str],
    runs_dir: Path,
    plugins: list[str],
    name: str | None,
    resume: str | None,
    force: bool,
) -> Run:
    """Start a new run or resume one, as the options say."""
    from seqlab import experiment
    from seqlab.config import load

    progress = terminal_progress()
    if resume is not None and resume != "auto":
        if config is not None:
            raise RequestError(f"--resume {resume} uses the config of that run: remove {config}")
        run = note_which(_run_to_resume(resume, runs_dir), resume, runs_dir)
        if name is not None:
            print_note(f"--name {name} has no effect: a resumed run keeps its own")
        return experiment.resume(run, overrides, force=force, plugins=tuple(plugins), progress=progress)
    if config is None:
        raise RequestError("CONFIG is missing: give a file or a recipe such as quickstart, or use --resume RUN")
    loaded = load(config, overrides, plugins=tuple(plugins))
    start = experiment.resume_or_train if resume == "auto" else experiment.train
    return start(loaded, runs_dir, name=name, progress=progress)


def _run_to_resume(reference: str, runs_dir: Path) -> Run:
    """`latest` is the latest unfinished run; where there is none, the latest finished one, which is trained further."""
    from seqlab import runs
    from seqlab.runs.references import FINISHED

    unfinished = any(each.status in runs.UNFINISHED for each in runs.list_runs(runs_dir))
    status = runs.UNFINISHED if unfinished else FINISHED
    return runs.find(reference, runs_dir, status=status, prefer=runs.UNFINISHED)


def _print_next_steps(run: Run, plugins: list[str]) -> None:
    from seqlab.experiment import example_command, reference

    named = reference(run) + "".join(f" --plugin {shlex.quote(module)}" for module in plugins)
    print_line()
    print_line(f"run {run.id}")
    print_note(f"  {example_command(run, named)}")
    print_note(f"  seqlab evaluate {named} --split validation")
