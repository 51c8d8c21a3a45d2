"""`seqlab runs list` and `seqlab runs export`: tables of runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from seqlab import runs
from seqlab.cli.arguments import AsJson, RunsDirectory
from seqlab.cli.completion import complete_run
from seqlab.cli.console import (
    format_duration,
    format_number,
    format_value,
    print_json,
    print_note,
    print_rows,
    print_text,
    result_console,
)
from seqlab.errors import RequestError
from seqlab.runs import RunSummary
from seqlab.text_format import counted

if TYPE_CHECKING:
    from seqlab.reports.run_table import RunTable

WIDTH = 80
"""Columns of a table that goes to no terminal."""
LONGEST_LABEL = 24
"""Characters of a label in a terminal, and of the value of a key."""

Sort = Annotated[
    str | None,
    typer.Option(metavar="METRIC|started|size|KEY", help="Order by a metric, the best first; runs without it last."),
]
Where = Annotated[
    list[str],
    typer.Option(
        "--where",
        metavar="KEY=VALUE",
        default_factory=list,
        show_default=False,
        help="Only runs with this value of a key of the config, a metric, status, label, seed or group; also !=, > and "
        "<. Can be repeated.",
    ),
]
Status = Annotated[
    Literal["finished", "running", "stopped", "killed", "failed", "diverged", "damaged"] | None,
    typer.Option(help="Only runs of this status."),
]
Task = Annotated[str | None, typer.Option(metavar="TASK", help="Only runs of this task.")]
Columns = Annotated[
    str | None,
    typer.Option(metavar="KEY,KEY", help="These columns, instead of what differs between the runs."),
]
Size = Annotated[bool, typer.Option("--size", help="Add what each run takes on disk.")]
InTrash = Annotated[bool, typer.Option("--trash", help="List the deleted runs that are still in the trash.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print the table as CSV.")]
AsMarkdown = Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")]


@dataclass(frozen=True)
class Selection:
    """Which runs, in which order."""

    where: Sequence[str]
    status: str | None = None
    task: str | None = None
    sort: str | None = None

    def of(self, summaries: Sequence[RunSummary], sizes: Mapping[str, int]) -> list[RunSummary]:
        """Raises RequestError for a condition that is none, and for a key that no run has."""
        from seqlab.runs.selection import in_order, parse_condition, selected

        chosen = selected(summaries, [parse_condition(each) for each in self.where])
        chosen = [each for each in chosen if self.status in {None, each.status} and self.task in {None, each.task}]
        if self.sort == "started":
            return chosen[::-1]
        if self.sort == "size":
            return sorted(chosen, key=lambda each: sizes[each.run.id], reverse=True)
        if self.sort is None:
            return chosen
        return in_order(chosen, self.sort, descending=_best_is_highest(self.sort, chosen))


def list_command(
    runs_dir: RunsDirectory,
    where: Where,
    sort: Sort = None,
    status: Status = None,
    task: Task = None,
    columns: Columns = None,
    size: Size = False,
    trash: InTrash = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    as_markdown: AsMarkdown = False,
) -> None:
    """List the runs from the oldest to the newest, with what differs between their configs."""
    if as_json + as_csv + as_markdown > 1:
        raise RequestError("--json, --csv and --markdown are three formats of one table: choose one")
    everything = _in_trash(runs_dir) if trash else runs.list_runs(runs_dir)
    sizes = _sizes(everything) if size or sort == "size" else {}
    chosen = Selection(where, status, task, sort).of(everything, sizes)
    names = _names(columns, chosen)
    if as_json:
        print_json([_as_json(each, sizes) for each in chosen])
    elif as_csv or as_markdown:
        table = _table(chosen, names, sizes)
        print_text((table.csv() if as_csv else table.markdown(format_number)).rstrip("\n"))
    elif chosen:
        _print(chosen, names, sizes, sort)
    else:
        _note_nothing(runs_dir, everything, trash=trash)


def export_command(
    references: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN…",
            default_factory=list,
            show_default=False,
            help="Runs and groups of runs; without any, all that the options select.",
            autocompletion=complete_run,
        ),
    ],
    runs_dir: RunsDirectory,
    where: Where,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Write it: .csv, .tex or .md.")],
    sort: Sort = None,
    status: Status = None,
    task: Task = None,
    columns: Columns = None,
) -> None:
    """Write a table of runs: what differs between their configs, and their metrics."""
    from seqlab import files
    from seqlab.reports.output_file import cannot_write, refuse_unwritable

    suffix = output.suffix.lower()
    if suffix not in {".csv", ".tex", ".md"}:
        raise RequestError(f"{output} has no ending that names a format: .csv, .tex or .md")
    refuse_unwritable(output)
    chosen = Selection(where, status, task, sort).of(_named(references, runs_dir), {})
    if not chosen:
        raise RequestError(f"there are no such runs in {runs_dir}: `seqlab runs list` lists the runs")
    table = _table(chosen, _names(columns, chosen), {})
    content = {
        ".csv": table.csv,
        ".tex": lambda: table.latex(format_number),
        ".md": lambda: table.markdown(format_number),
    }
    try:
        with files.new_file(output) as file:
            file.write(content[suffix]().encode("utf-8", errors="backslashreplace"))
    except OSError as error:
        raise cannot_write(output, error) from error
    print_note(f"wrote {output}: {counted(len(table.rows), 'run')}, {counted(len(table.columns), 'column')}")


def _named(references: Sequence[str], runs_dir: Path) -> list[RunSummary]:
    """The runs that are named, of a group all finished ones; without names, all runs."""
    from seqlab.runs.summaries import summary_of

    if not references:
        return runs.list_runs(runs_dir)
    found: dict[Path, RunSummary] = {}
    for reference in references:
        group = runs.find_group(reference, runs_dir)
        for run in group or (runs.find(reference, runs_dir, status="finished"),):
            found[run.directory] = summary_of(run)
    return list(found.values())


def _in_trash(runs_dir: Path) -> list[RunSummary]:
    from seqlab.runs.summaries import summary_of
    from seqlab.runs.trash import trashed

    return [summary_of(each.run) for each in trashed(runs_dir)]


def _sizes(summaries: Sequence[RunSummary]) -> dict[str, int]:
    from seqlab.runs.trash import size_of

    return {each.run.id: size_of(each.run.directory) for each in summaries}


def _names(columns: str | None, summaries: Sequence[RunSummary]) -> list[str] | None:
    """The keys of `--columns`. Raises RequestError for one that no run has."""
    from seqlab.runs.selection import refuse_unknown_key

    if columns is None:
        return None
    names = [name.strip() for name in columns.split(",") if name.strip()]
    if not names:
        raise RequestError("--columns names no key: give some, such as model.name,test.accuracy")
    for name in names:
        refuse_unknown_key(name, summaries)
    return names


def _best_is_highest(key: str, summaries: Sequence[RunSummary]) -> bool:
    """Whether the best value of a key is the highest: of metrics, unless lower is better; no other key has a best."""
    if not any(key in each.result for each in summaries):
        return False
    from seqlab.reports.run_table import less_is_better

    return not less_is_better(key)


def _table(summaries: Sequence[RunSummary], names: Sequence[str] | None, sizes: Mapping[str, int]) -> RunTable:
    from seqlab.reports.run_table import RunTable, run_table

    table = run_table(summaries, names)
    if not sizes:
        return table
    rows = tuple((*row, sizes[each.run.id]) for row, each in zip(table.rows, summaries, strict=True))
    return RunTable((*table.columns, "bytes"), rows)


def _print(
    summaries: Sequence[RunSummary], names: Sequence[str] | None, sizes: Mapping[str, int], sort: str | None
) -> None:
    """Print a line per run: as many columns as fit, the result or what went wrong at the end."""
    from seqlab.runs.selection import value_of

    if names is not None:
        chosen = [name for name in names if name != "run"]
        rows = [(each.run.id, *(_cell(value_of(each, name)) for name in chosen)) for each in summaries]
        print_rows(("run", *chosen), [(*row, *_size(sizes, row[0])) for row in rows] if sizes else rows)
        return
    heading, results = _results(summaries, sort)
    columns = {"run": [each.run.id for each in summaries], "status": [each.status for each in summaries]}
    columns |= {"size": [format_size(sizes[each.run.id]) for each in summaries]} if sizes else {}
    columns |= (
        {"label": [_shortened(each.label) for each in summaries]} if any(each.label for each in summaries) else {}
    )
    left = _room_left([*columns.items(), (heading, [result for result, is_reason in results if not is_reason])])
    for name, cells in _further(summaries):
        needed = _width(name, cells) + 2
        if name not in columns and needed <= left:
            columns[name] = cells
            left -= needed
    table = zip(*columns.values(), [result for result, _ in results], strict=True)
    print_rows((*columns, heading), list(table))


def _further(summaries: Sequence[RunSummary]) -> list[tuple[str, list[str]]]:
    """Columns that are shown if there is room for them, the most important first."""
    from seqlab.reports.run_table import differing
    from seqlab.runs.selection import value_of

    keys = differing(summaries)
    columns = [
        (name, [_cell(value_of(each, key)) for each in summaries]) for key, name in zip(keys, _short(keys), strict=True)
    ]
    times = [_seconds(each.metadata) for each in summaries]
    time = ("total time", ["" if seconds is None else format_duration(seconds) for seconds in times])
    return [*columns[:2], time, *columns[2:]]


def _short(keys: Sequence[str]) -> list[str]:
    """The last words of dotted keys, as far as they tell them apart: `learning_rate`, and `model` for `model.name`."""
    endings = [key.removesuffix(".name").rpartition(".")[2] for key in keys]
    return [ending if endings.count(ending) == 1 else key for key, ending in zip(keys, endings, strict=True)]


def _results(summaries: Sequence[RunSummary], sort: str | None) -> tuple[str, list[tuple[str, bool]]]:
    """The heading of the last column; for each run its result or a reason, and whether it is a reason."""
    from seqlab.runs.selection import is_number, value_of

    sorted_by = sort if sort and any(sort in each.result for each in summaries) else None
    pairs = []
    for each in summaries:
        value = value_of(each, sorted_by) if sorted_by else None
        pairs.append((sorted_by, value) if sorted_by and is_number(value) else None if sorted_by else each.headline)
    names = {pair[0] for pair in pairs if pair}
    shared = len(names) == 1 and sum(pair is not None for pair in pairs) > 1
    cells = []
    for each, pair in zip(summaries, pairs, strict=True):
        reason = _reason(each)
        result = "" if pair is None else f"{pair[1]:.4f}" if shared else f"{pair[0]} {pair[1]:.4f}"
        cells.append((reason or result, bool(reason)))
    return (next(iter(names)) if shared else "result"), cells


def _reason(summary: RunSummary) -> str:
    """Why a run did not finish, in one line; `seqlab runs show` prints all of it."""
    reason = summary.damage or str(summary.metadata.get("reason") or "")
    return reason.replace(f"{summary.run.directory}{os.sep}", "").partition("\n")[0]


def _room_left(columns: Sequence[tuple[str, Sequence[str]]]) -> int:
    """How many columns of the terminal a table leaves free."""
    console = result_console()
    width = console.width if console.is_terminal else WIDTH
    widths = [_width(name, cells) for name, cells in columns]
    widths[0] = min(widths[0], width // 2)
    return width - sum(widths) - 2 * (len(widths) - 1)


def _width(name: str, cells: Sequence[str]) -> int:
    from rich.cells import cell_len

    return max(cell_len(each) for each in (name, *cells))


def _cell(value: object) -> str:
    """The value of a key in a terminal."""
    from seqlab.runs.selection import shown

    return format_value(value) if isinstance(value, float) and abs(value) < 1 else _shortened(shown(value))


def _shortened(text: str) -> str:
    line = format_value(" ".join(text.split()))
    return line if len(line) <= LONGEST_LABEL else f"{line[: LONGEST_LABEL - 1]}…"


def _size(sizes: Mapping[str, int], run_id: str) -> tuple[str, ...]:
    return (format_size(sizes[run_id]),)


def format_size(size: int) -> str:
    """Bytes for display: `12 kB`, `3.4 MB`."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}" if size < 10 * factor else f"{size / factor:,.0f} {unit}"
    return f"{size} B"


def _seconds(metadata: Mapping[str, Any]) -> float | None:
    """Seconds that all processes spent on a run, pauses between them excluded; None if it has not ended."""
    seconds: float | None = metadata.get("seconds") if metadata.get("ended") else None
    return seconds


def _note_nothing(runs_dir: Path, everything: Sequence[RunSummary], *, trash: bool) -> None:
    if everything:
        print_note(f"none of {counted(len(everything), 'run')} fits")
    elif trash:
        print_note(f"the trash of {runs_dir} is empty")
    else:
        print_note(f"no runs in {runs_dir}; train one with: seqlab train quickstart")


def _as_json(summary: RunSummary, sizes: Mapping[str, int]) -> dict[str, Any]:
    return {
        "id": summary.run.id,
        "directory": str(summary.run.directory),
        "status": summary.status,
        "reason": summary.damage or summary.metadata.get("reason"),
        "task": summary.task or None,
        "label": summary.label or None,
        "group": summary.group or None,
        "seed": summary.seed,
        "started": summary.metadata.get("started"),
        "ended": summary.metadata.get("ended"),
        "config": summary.metadata.get("config"),
        "result": summary.result,
        **({"bytes": sizes[summary.run.id]} if sizes else {}),
    }
