"""`seqlab runs list`: which runs, in which order and format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from seqlab import runs
from seqlab.cli.arguments import AsJson, RunsDirectory
from seqlab.cli.completion import complete_override
from seqlab.cli.console import print_json, print_note, print_text
from seqlab.cli.run_rows import print_runs
from seqlab.errors import RequestError
from seqlab.registry import did_you_mean
from seqlab.runs import RunSummary
from seqlab.text_format import counted, format_number

if TYPE_CHECKING:
    from seqlab.reports.run_table import RunTable

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
        autocompletion=complete_override,
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

    def of(self, summaries: Sequence[RunSummary]) -> list[RunSummary]:
        """Raises RequestError for a condition that is none, for a key that no run has, and for an unknown task."""
        from seqlab.runs.selection import in_order, parse_condition, selected

        _refuse_unknown_task(self.task, summaries)

        chosen = selected(summaries, [parse_condition(each) for each in self.where])
        chosen = [each for each in chosen if self.status in {None, each.status} and self.task in {None, each.task}]
        if self.sort == "started":
            return chosen[::-1]
        if self.sort == "size":
            sizes = _sizes(chosen)
            return sorted(chosen, key=lambda each: sizes[each.run.id], reverse=True)
        if self.sort is None:
            return chosen
        return in_order(chosen, self.sort, descending=best_is_highest(self.sort, chosen))


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
    chosen = Selection(where, status, task, sort).of(everything)
    sizes = _sizes(chosen) if size or sort == "size" else {}
    names = column_names(columns, chosen)
    if as_json:
        print_json([_as_json(each, sizes) for each in chosen])
    elif as_csv or as_markdown:
        table = table_of(chosen, names, sizes)
        print_text((table.csv() if as_csv else table.markdown(format_number)).rstrip("\n"))
    elif chosen:
        print_runs(chosen, names, sizes, sort)
    else:
        _note_nothing(runs_dir, everything, trash=trash)


def _refuse_unknown_task(task: str | None, summaries: Sequence[RunSummary]) -> None:
    """Raises RequestError for a task that there is not, unless a run has it, as one of a plug-in."""
    if task is None or any(each.task == task for each in summaries):
        return
    from seqlab.cli.completion import index

    known = index()["tasks"]
    if task not in known:
        raise RequestError(f"unknown task '{task:.40}'; {did_you_mean(task, known)}available: {', '.join(known)}")


def _in_trash(runs_dir: Path) -> list[RunSummary]:
    from seqlab.runs.summaries import summary_of
    from seqlab.runs.trash import trashed

    return [summary_of(each.run) for each in trashed(runs_dir)]


def _sizes(summaries: Sequence[RunSummary]) -> dict[str, int]:
    from seqlab.runs.trash import size_of

    return {each.run.id: size_of(each.run.directory) for each in summaries}


def column_names(columns: str | None, summaries: Sequence[RunSummary]) -> list[str] | None:
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


def best_is_highest(key: str, summaries: Sequence[RunSummary]) -> bool:
    """Whether the best value of a key is the highest: of metrics, unless lower is better; no other key has a best."""
    if not any(key in each.result for each in summaries):
        return False
    from seqlab.reports.run_table import less_is_better

    return not less_is_better(key)


def table_of(summaries: Sequence[RunSummary], names: Sequence[str] | None, sizes: Mapping[str, int]) -> RunTable:
    from seqlab.reports.run_table import RunTable, run_table

    table = run_table(summaries, names)
    if not sizes:
        return table
    rows = tuple((*row, sizes[each.run.id]) for row, each in zip(table.rows, summaries, strict=True))
    return RunTable((*table.columns, "bytes"), rows)


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
