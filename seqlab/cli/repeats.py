"""`seqlab train --seeds`: one experiment with several seeds, and the table of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqlab.cli.console import format_duration, print_json, print_line, print_note, print_table
from seqlab.cli.progress import terminal_progress
from seqlab.errors import RequestError
from seqlab.runs.groups import group_of
from seqlab.text_format import format_number, quoted

if TYPE_CHECKING:
    from seqlab.config import Loaded
    from seqlab.reports.group_report import GroupReport
    from seqlab.runs import RunSummary
    from seqlab.runs.groups import Spread

MOST_SEEDS = 1000
LARGEST_SEED = 2**32 - 1
MOST_COLUMNS = 3
"""Metrics in the table of a group."""

Seeds = Annotated[
    str | None,
    typer.Option(
        "--seeds",
        metavar="SEEDS",
        help="Train once with each of these seeds, such as 1-5 or 1,2,7: a group of runs, with a table at the end.",
    ),
]


def parse_seeds(text: str) -> list[int]:
    """The seeds of `1-5`, `1,2,7` or `1-3,7`, each once, in this order. Raises RequestError for anything else."""
    seeds: list[int] = []
    for piece in text.split(","):
        found = re.fullmatch(r"\s*(\d{1,10})\s*(?:-\s*(\d{1,10})\s*)?", piece, re.ASCII)
        if found is None:
            raise RequestError(f"--seeds {quoted(text)}: expected whole numbers and ranges, such as 1-5 or 1,2,7")
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first:
            raise RequestError(f"--seeds {quoted(text)}: the range {piece.strip()} is empty; write {last}-{first}")
        if last > LARGEST_SEED:
            raise RequestError(f"--seeds {quoted(text)}: {last} is too large; the largest seed is {LARGEST_SEED}")
        if last - first >= MOST_SEEDS or len(seeds) + last - first >= MOST_SEEDS:
            raise RequestError(f"--seeds {quoted(text)}: more than {MOST_SEEDS:,} seeds")
        seeds += range(first, last + 1)
    return list(dict.fromkeys(seeds))


def seeds_of(loaded: Loaded, text: str) -> list[int]:
    """The seeds to train a config with. Raises RequestError for wrong ones, or if the command line sets one too."""
    seeds = parse_seeds(text)
    if loaded.origins.get(("runtime", "seed")) == "command line":
        raise RequestError("--seeds sets runtime.seed: leave runtime.seed=… out")
    return seeds


def train_seeds(
    config: str, overrides: list[str], seeds: str, runs_dir: Path, plugins: list[str], name: str | None, *, auto: bool
) -> list[RunSummary]:
    """Train a config with each of the seeds; `auto`: in the newest group of this config, if there is one."""
    from seqlab.config import load
    from seqlab.experiment.repeats import group_of_config, new_group, train_group

    loaded = load(config, overrides, plugins=tuple(plugins))
    chosen = seeds_of(loaded, seeds)
    progress = terminal_progress()
    group = group_of_config(loaded, chosen, runs_dir) if auto else None
    if group is None:
        group = new_group(loaded, chosen, runs_dir, name)
    else:
        progress.say(f"continuing group {group.group}")
    return train_group(loaded, group, runs_dir, overrides=overrides, plugins=plugins, progress=progress)


def resume_group(
    reference: str, seeds: str | None, overrides: list[str], runs_dir: Path, plugins: list[str], *, force: bool
) -> list[RunSummary] | None:
    """Continue a group; None if the reference means no group. Raises RequestError for --seeds without one."""
    found = group_of(reference, runs_dir)
    if not found:
        if seeds is not None:
            raise RequestError(f"--seeds needs a group of runs, and {quoted(reference)} is none: leave --seeds out")
        return None
    from seqlab.experiment.repeats import group_to_resume, train_group

    chosen = None if seeds is None else parse_seeds(seeds)
    loaded, membership = group_to_resume(found, chosen, overrides, plugins)
    progress = terminal_progress()
    progress.say(f"continuing group {membership.group}")
    return train_group(
        loaded, membership, runs_dir, overrides=overrides, plugins=plugins, force=force, progress=progress
    )


def print_group(group: Sequence[RunSummary], *, as_json: bool, first: Sequence[str] = ()) -> None:
    """Print the runs of a group, the spread of their metrics and the best. `group`: in the order of their seeds;
    `first`: metrics to show before the usual ones."""
    from seqlab.reports.group_report import group_report
    from seqlab.reports.run_table import mean_text
    from seqlab.runs.groups import missing_seeds

    report = group_report(group[0].group, group)
    if as_json:
        print_json(group_as_json(report))
        return
    names = dict.fromkeys([*(name for name in first if name in report.metrics), *report.headline])
    columns = list(names)[:MOST_COLUMNS]
    rows = [
        (str(each.seed), *(_number(each.result.get(name)) for name in columns), _time_or_status(each))
        for each in report.runs
    ]
    if len(report.finished) > 1:
        shown = [report.metrics[name] for name in columns]
        rows.append(("mean ± sd", *(mean_text(each, format_number) for each in shown), ""))
        rows.append(("range", *map(_range, shown), ""))
    print_table(("seed", *(name.replace(".", " ", 1) for name in columns), "time"), rows)
    print_line()
    if report.best is not None:
        best = report.best
        print_line(f"best by {best.metric}: seed {best.seed}, {format_number(best.value)}, run {best.run}")
        print_note("the best is chosen by validation: a choice by test would make its test result look too good")
    print_line(f"group {report.group}")
    if missing := missing_seeds(group):
        print_note(
            f"without a run: seed {', '.join(map(str, missing))}; means and ranges are of the others. To train what is "
            f"missing:\n  seqlab train --resume {report.group}"
        )


def note_unfinished(group: Sequence[RunSummary]) -> bool:
    """Say which runs are not finished, or have lost their result. Whether there are such."""
    left = [each for each in group if each.status != "finished" or not each.result]
    if left:
        shown = ", ".join(f"seed {each.seed} ({_time_or_status(each)})" for each in left)
        print_note(f"without a result: {shown}; means and ranges are of the other runs")
    return bool(left)


def _number(value: object) -> str:
    return format_number(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _range(spread: Spread) -> str:
    return f"{format_number(spread.minimum)} to {format_number(spread.maximum)}"


def _time_or_status(summary: RunSummary) -> str:
    """How long a finished run took; else its status."""
    seconds = summary.result.get("seconds")
    if summary.status != "finished" or not summary.result:
        return summary.status if summary.status != "finished" else "result.json is missing"
    return format_duration(seconds) if isinstance(seconds, int | float) else ""


def group_as_json(report: GroupReport) -> dict[str, Any]:
    """A group for programs: its runs, the spread of their metrics and the best."""
    return {
        "group": report.group,
        "runs": [
            {
                "run": each.run.id,
                "seed": each.seed,
                "status": each.status,
                "reason": each.metadata.get("reason"),
                "directory": str(each.run.directory),
                "result": each.result,
            }
            for each in report.runs
        ],
        "metrics": {name: asdict(spread) for name, spread in report.metrics.items()},
        "best": None if report.best is None else asdict(report.best),
    }
