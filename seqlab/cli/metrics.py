"""Figures of a run: a table with a row a figure and a column a split, and what they were expected to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seqlab.cli.console import print_line, print_table, shown

if TYPE_CHECKING:
    from seqlab.reports.verdict import Verdict

SPLIT_COLUMNS = ("test", "validation", "train")


def print_metrics(result: Mapping[str, Any]) -> None:
    """Print `{"test.accuracy": 0.9, "validation.accuracy": 0.9, "epochs": 4}`: splits side by side, then the rest."""
    rows: dict[str, dict[str, Any]] = {}
    rest, said = {}, {}
    for key, value in result.items():
        split, _, name = key.partition(".")
        if isinstance(value, str):
            said[name] = value  # a signature: the same for every split but for the number of references
        elif split in SPLIT_COLUMNS and name:
            rows.setdefault(name, {})[split] = value
        else:
            rest[key] = value
    present = [split for split in SPLIT_COLUMNS if any(split in values for values in rows.values())]
    print_table(("", *present), [(name, *map(values.get, present)) for name, values in rows.items()])
    if said:
        print_line()
    for name, value in said.items():
        print_line(f"{name}  {value}")
    saves, took = (rest.pop(f"checkpoint.{name}", None) for name in ("saves", "seconds"))
    if saves:
        print_line()
        print_line(f"checkpoints  {shown(saves)} saved in {shown(took)} seconds")
    if rest:
        print_line()
        print_line("  ".join(f"{name} {shown(value)}" for name, value in rest.items()))


def print_verdicts(verdicts: Sequence[Verdict], source: str | None) -> None:
    """Print where each figure lies in the band that the config expects, if it expects any."""
    if verdicts:
        print_line()
    for verdict in verdicts:
        print_line(f"{verdict} ({source})" if source else str(verdict))
