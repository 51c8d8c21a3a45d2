"""`seqlab plan`: what a training will cost, before it is started."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from seqlab.cli.arguments import AsJson, ConfigArgument, Overrides, Plugins, RunsDirectory
from seqlab.cli.console import (
    WIDEST_TEXT,
    format_duration,
    format_value,
    print_json,
    print_line,
    print_note,
    print_sentence,
    print_table,
    print_text,
    result_console,
)
from seqlab.cli.progress import terminal_progress
from seqlab.cli.repeats import seeds_of
from seqlab.text_format import counted

if TYPE_CHECKING:
    from seqlab.experiment.training_cost import TrainingCost

LABEL = 12
"""Columns of the first column."""
MOST_LAYERS = 8
"""A model with more layers is shown with the largest of them."""
PARTS = {
    "start": "import, data from the cache, the model",
    "compile": "first steps and first evaluation",
    "training": "",
    "validation": "",
    "saving": "weights and checkpoints",
    "refit": "trained again on train + validation",
    "evaluation": "at the end: metrics, predictions, plots",
}
"""Part of a training → what it is."""

commands = typer.Typer()


@commands.command()
def plan(
    config: ConfigArgument,
    overrides: Overrides,
    runs_dir: RunsDirectory,
    plugins: Plugins,
    steps: Annotated[
        int | None,
        typer.Option(
            min=1, help="Steps of each of the five rounds that are timed.  \\[default: as many as take half a second]"
        ),
    ] = None,
    seeds: Annotated[
        str | None, typer.Option("--seeds", metavar="SEEDS", help="Also the time of a training with each of these.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what a training will cost: parameters, memory, steps, and time from a few real steps.

    Nothing is kept but the prepared data.
    """
    from seqlab import experiment
    from seqlab.config import load

    loaded = load(config, overrides, plugins=tuple(plugins))
    runs = 1 if seeds is None else len(seeds_of(loaded, seeds))
    cost = experiment.plan(loaded, runs_dir, steps=steps, runs=runs, progress=terminal_progress())
    if as_json:
        print_json(cost.as_json())
        return
    print_note("")
    for label, text in _sizes(cost):
        _print_labelled(label, text)
    print_line()
    print_table(("", "time", "share", ""), _parts(cost))
    print_line()
    for sentence in _sentences(cost):
        print_sentence(sentence)


def _sizes(cost: TrainingCost) -> Iterator[tuple[str, str]]:
    """Label and text of each line about the model, the data and the machine."""
    model, amounts, steps = cost.model, cost.amounts, cost.costs.steps
    fixed = "" if model.trained == model.parameters else f", {model.trained:,} of them trained"
    largest = sorted(model.layers.items(), key=lambda each: -each[1])[:MOST_LAYERS]
    others = ", …" if len(model.layers) > MOST_LAYERS else ""
    shown = ", ".join(f"{name} {size:,}" for name, size in largest)
    yield "parameters", f"{model.parameters:,}{fixed}" + (f" ({shown}{others})" if len(model.layers) > 1 else "")
    yield "optimizer", f"{cost.experiment.training.optimizer.name}, with a state of {model.optimizer:,} values"
    examples = ", ".join(f"{split} {size:,}" for split, size in cost.data.examples.items())
    spent = format_duration(cost.data.seconds)
    prepared = f"prepared in {spent}, now in the cache" if cost.data.now else f"opened in {spent}, from the cache"
    yield "examples", f"{examples}; {prepared}"
    every = f"{amounts.steps_per_epoch:,} an epoch, {amounts.steps:,} in {counted(amounts.epochs, 'epoch')}"
    again = f", {amounts.refit_steps:,} more in the refit" if amounts.refit_steps else ""
    option, size = cost.batch_size
    yield "steps", f"{every}{again}; {option} {format_value(size)}"
    spans = f"{_step(min(steps.rounds))} to {_step(max(steps.rounds))}"
    yield "step time", f"{_step(steps.seconds)}, the median of {len(steps.rounds)} rounds of {steps.steps} ({spans})"
    tokens = f", {cost.tokens_per_second:,.0f} tokens/s" if amounts.tokens and cost.speed_unit != "tokens" else ""
    yield "speed", f"{cost.examples_per_second:,.0f} {cost.speed_unit}/s{tokens}"
    yield "memory", _memory(cost)
    disk = cost.disk
    yield "disk", f"weights {_mb(disk.weights)}, a checkpoint {_mb(disk.checkpoint)}, the run at most {_mb(disk.run)}"


def _memory(cost: TrainingCost) -> str:
    memory = cost.memory
    peak = "not known on this platform" if memory.peak is None else f"{memory.peak:,.0f} MB at the peak"
    machine = "" if memory.machine is None else f", of {memory.machine:,.0f} MB"
    return peak + machine + ("" if memory.gpu_peak is None else f"; GPU {memory.gpu_peak:,.0f} MB")


def _parts(cost: TrainingCost) -> Iterator[tuple[str, str, str, str]]:
    """The rows of the table of a run."""
    seconds, total = cost.seconds, cost.seconds["total"]
    epochs = counted(cost.amounts.epochs, "epoch")
    for part, what in PARTS.items():
        if seconds[part]:
            after = {"training": epochs, "validation": f"after {epochs if cost.amounts.epochs > 1 else 'the epoch'}"}
            yield part, format_duration(seconds[part]), f"{seconds[part] / total:.0%}", after.get(part, what)
    yield "in all", format_duration(total), "100%", "with all epochs" if cost.is_upper_bound else ""


def _sentences(cost: TrainingCost) -> Iterator[str]:
    """What is to be said of the table."""
    epoch = format_duration(cost.seconds["epoch"])
    early = f"; patience {cost.experiment.training.patience} may end it after fewer" if cost.is_upper_bound else ""
    yield f"an epoch takes {epoch} with its validation and saves{early}"
    if cost.runs > 1:
        yield f"{counted(cost.runs, 'run')}, one after another: {format_duration(cost.seconds['all_runs'])}"
    yield from cost.notes
    yield from cost.verdicts


def _print_labelled(label: str, text: str) -> None:
    width = min(result_console().width, WIDEST_TEXT)
    lines = textwrap.fill(text, width - 1, initial_indent=label.ljust(LABEL), subsequent_indent=" " * LABEL)
    print_text(lines)


def _step(seconds: float) -> str:
    """`1.52 ms`, `0.41 s`."""
    return f"{seconds * 1000:.3g} ms" if seconds < 0.1 else f"{seconds:.2f} s"


def _mb(megabytes: float) -> str:
    """`12 MB`, `1.3 MB`, `2.5 kB`."""
    if megabytes < 0.1:
        return f"{megabytes * 1024:.1f} kB"
    return f"{megabytes:,.0f} MB" if megabytes >= 10 else f"{megabytes:.1f} MB"
