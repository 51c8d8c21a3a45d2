"""`seqlab runs delete` and `seqlab runs prune`: runs go to the trash, from which they can be restored."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqlab import runs
from seqlab.cli.arguments import AsJson, RunArgument, RunOption, RunsDirectory, chosen_run
from seqlab.cli.console import print_json, print_line, print_note
from seqlab.cli.run_rows import format_size
from seqlab.cli.runs_list import Where
from seqlab.errors import RequestError, SeqlabError
from seqlab.runs import Run, RunSummary
from seqlab.text_format import counted, format_number, quoted

if TYPE_CHECKING:
    from seqlab.runs.groups import Unit

MOST_SHOWN = 5
"""Files of others that are named before a run is deleted."""

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]


def delete_command(
    run: RunArgument,
    runs_dir: RunsDirectory,
    run_option: RunOption = None,
    restore: Annotated[bool, typer.Option("--restore", help="Bring RUN back from the trash.")] = False,
    permanent: Annotated[bool, typer.Option("--permanent", help="Delete RUN for good, at once.")] = False,
    empty_trash: Annotated[bool, typer.Option("--empty-trash", help="Delete what is in the trash for good.")] = False,
    older_than: Annotated[
        float | None, typer.Option(metavar="DAYS", min=0, help="With --empty-trash: only what was deleted before.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Move a run to the trash of the runs folder; --restore brings it back."""
    if restore + permanent + empty_trash > 1:
        raise RequestError("--restore, --permanent and --empty-trash do different things: give one of them")
    if older_than is not None and not empty_trash:
        raise RequestError("--older-than is of --empty-trash: add it")
    if empty_trash:
        if run is not None or run_option is not None:
            raise RequestError("--empty-trash takes no RUN; --permanent deletes a run at once")
        _empty_trash(runs_dir, older_than, yes=yes)
    elif restore:
        _restore(run, run_option, runs_dir)
    else:
        _delete(chosen_run(run, run_option), runs_dir, permanent=permanent, yes=yes)


def _delete(reference: str, runs_dir: Path, *, permanent: bool, yes: bool) -> None:
    from seqlab.runs.trash import move_to_trash

    if reference == "latest":
        raise RequestError("'latest' cannot be deleted: name the run (`seqlab runs list` lists the runs)")
    found = runs.locate(reference, runs_dir)
    if yes and not runs.is_exact(reference, found):
        raise RequestError(f"with --yes, give the full id of the run to delete: {found.id}")
    foreign = runs.foreign_files(found)
    if yes and foreign:
        raise RequestError(
            f"{found.directory} holds {counted(len(foreign), 'file')} that seqlab did not write: {_shown(foreign)}. "
            "Nothing was deleted: move what you want to keep, or confirm without --yes"
        )
    also = f", with what seqlab did not write: {_shown(foreign)}" if foreign else ""
    is_link = found.directory.is_symlink()
    if is_link:
        question = f"delete the link {found.directory}?"
    elif permanent:
        question = f"delete {found.directory} and all its files for good{also}?"
    else:
        question = f"move {found.directory} and all its files to the trash{also}?"
    if not yes and not typer.confirm(question, err=True):
        raise typer.Exit(1)
    (runs.delete if permanent or is_link else move_to_trash)(found)
    if permanent or is_link:
        print_note(f"deleted {'the link ' if is_link else ''}{found.id}" + (" for good" if permanent else ""))
    else:
        print_note(f"moved {found.id} to the trash; to bring it back:")
        print_note(f"  seqlab runs delete --restore {_with_folder(found)}")
        _note_trash(found.directory.parent)


def _restore(run: str | None, run_option: str | None, runs_dir: Path) -> None:
    from seqlab.runs.trash import restore

    print_note(f"restored {restore(chosen_run(run, run_option), runs_dir).id}")


def _empty_trash(runs_dir: Path, older_than_days: float | None, *, yes: bool) -> None:
    from seqlab.runs.trash import empty, older_than, trashed

    found = trashed(runs_dir)
    if older_than_days is not None:
        found = older_than(found, older_than_days)
    if not found:
        print_note("there is nothing to delete in the trash")
        return
    size = format_size(sum(each.size for each in found))
    if not yes and not typer.confirm(f"delete {counted(len(found), 'run')} for good ({size})?", err=True):
        raise typer.Exit(1)
    empty(found)
    print_note(f"deleted {counted(len(found), 'run')} for good: {size} are free")


def prune_command(
    runs_dir: RunsDirectory,
    where: Where,
    keep_best: Annotated[int | None, typer.Option(metavar="N", min=0, help="Keep the N best runs by --by.")] = None,
    by: Annotated[str | None, typer.Option(metavar="METRIC", help="The metric of --keep-best.")] = None,
    keep_last: Annotated[int | None, typer.Option(metavar="N", min=0, help="Keep the N newest runs.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Remove runs that failed or diverged.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be removed.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Move runs to the trash: all but the best, all but the newest, or those that failed.

    A group of repeats counts as one run, with the mean of its metric. What is
    running, what another run needs and what holds files of others stays.
    """
    from seqlab.runs.pruning import pruning

    everything = runs.list_runs(runs_dir)
    chosen = _chosen(everything, where, keep_best, by, keep_last, failed=failed)
    found = pruning(chosen, everything, _objection)
    leaving = [each for unit in found.removed for each in unit.runs]
    if as_json and not dry_run and not yes:
        raise RequestError("--json cannot ask: add --dry-run or --yes")
    for name, reason in found.stays.items():
        print_note(f"{name} stays: {reason}")
    if not as_json:
        _print_units(found.removed, by)
    if not leaving:
        print_note("there is nothing to remove")
    elif not dry_run:
        if not yes and not typer.confirm(f"move {counted(len(leaving), 'run')} to the trash?", err=True):
            raise typer.Exit(1)
        _move(leaving)
    if as_json:
        print_json({"removed": [each.run.id for each in leaving], "stays": found.stays, "dry_run": dry_run})
    elif dry_run and leaving:
        print_note(f"{counted(len(leaving), 'run')} would be moved to the trash; nothing was changed")
    elif leaving:
        _note_trash(runs_dir)


def _chosen(
    everything: Sequence[RunSummary],
    where: Sequence[str],
    keep_best: int | None,
    by: str | None,
    keep_last: int | None,
    *,
    failed: bool,
) -> list[Unit]:
    """The runs and groups that the options would remove."""
    from seqlab.reports.run_table import less_is_better
    from seqlab.runs import pruning
    from seqlab.runs.groups import units_of
    from seqlab.runs.selection import parse_condition, refuse_unknown_key, selected

    if (keep_best is not None) + (keep_last is not None) + failed != 1:
        raise RequestError("say which runs to remove: --keep-best N --by METRIC, --keep-last N or --failed")
    if (keep_best is None) != (by is None):
        raise RequestError("--keep-best N and --by METRIC belong together: give both")
    fitting = {each.run.id for each in selected(everything, [parse_condition(each) for each in where])}
    units = [unit for unit in units_of(everything) if all(each.run.id in fitting for each in unit.runs)]
    if by is not None:
        refuse_unknown_key(by, everything)
        scored = [unit for unit in units if unit.score(by) is not None]
        if len(scored) < len(units):
            print_note(f"{len(units) - len(scored)} of {len(units)} have no {by} and stay")
        best = pruning.best(units, by, keep_best or 0, lower=less_is_better(by))
        _note_best(best, by, keep_best or 0)
        kept = {unit.name for each in best for unit in each}
        return [unit for unit in scored if unit.name not in kept]
    return pruning.failed(units) if failed else pruning.all_but_last(units, keep_last or 0)


def _note_best(best: Sequence[Sequence[Unit]], by: str, number: int) -> None:
    """What stays, and that the best are those of each task and data."""
    if len(best) > 1 and number:
        print_note(f"{by} is of {len(best)} different tasks or data: the best {number} of each stay")
    for unit in (unit for each in best for unit in each):
        print_note(f"{unit.name} stays: {by} {format_number(unit.score(by) or 0)}")


def _objection(summary: RunSummary) -> str:
    """Why a run is not pruned whatever the options say; empty for a run like any other."""
    try:
        foreign = runs.foreign_files(summary.run)
    except RequestError as error:
        return str(error)
    if summary.run.directory.is_symlink():
        return "it is a link to a run"
    return f"it holds files that seqlab did not write: {_shown(foreign)}" if foreign else ""


def _print_units(units: Sequence[Unit], by: str | None) -> None:
    for unit in units:
        score = unit.score(by) if by else None
        members = "" if len(unit.runs) == 1 else counted(len(unit.runs), "run")
        print_line(*filter(None, (unit.name, members, "" if score is None else f"{by} {format_number(score)}")))


def _move(summaries: Sequence[RunSummary]) -> None:
    """Move runs to the trash. Raises SeqlabError that says how far it came."""
    from seqlab.runs.trash import move_to_trash

    for done, each in enumerate(summaries):
        try:
            move_to_trash(each.run)
        except SeqlabError as error:
            raise SeqlabError(f"{error}\n{counted(done, 'run')} of {len(summaries)} were moved to the trash") from error


def _note_trash(runs_dir: Path) -> None:
    from seqlab.runs.trash import trashed

    found = trashed(runs_dir)
    size = format_size(sum(each.size for each in found))
    print_note(f"the trash holds {counted(len(found), 'run')} ({size}); `seqlab runs delete --empty-trash` frees that")


def _with_folder(run: Run) -> str:
    """What to type for a run that was in its folder: its id, with the folder unless that is the default."""
    from seqlab import runs_directory

    folder = run.directory.parent
    option = "" if folder == runs_directory().absolute() else f" --runs-dir {shlex.quote(str(folder))}"
    return shlex.quote(run.id) + option


def _shown(names: Sequence[str]) -> str:
    return ", ".join(map(quoted, names[:MOST_SHOWN])) + (", …" if len(names) > MOST_SHOWN else "")
