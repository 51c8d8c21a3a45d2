"""Rows that repeat others exactly: within a split, across splits, and with another answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from seqlab.data.records import SplitName
from seqlab.diagnosis.examined import Examined, Rows, repeatable
from seqlab.diagnosis.findings import Finding, Outcome, Severity
from seqlab.text_format import counted, number_text, part_of, quoted, verb, visible_name

EARLIER: Mapping[SplitName, tuple[SplitName, ...]] = {"test": ("train", "validation"), "validation": ("train",)}
"""Split → the splits that should not have its rows."""
TOO_MANY = 0.05
"""The share of a split from which on rows that are also in earlier splits make its metrics wrong, and from which on
repetitions within it are worth a warning."""
SHOWN_ANSWERS = 5


def duplicates(data: Examined) -> Outcome:
    """Rows with equal content (the same text, or pair), whatever their labels."""
    findings = [*_across(data), *_within(data), *_moved(data)]
    figures = {
        "within": {split: len(_repeated(data, rows)) for split, rows in data.splits.items()},
        "across": {
            f"{split} in {' or '.join(earlier)}": len(_shared(data, split, earlier))
            for split, earlier in _earlier(data).items()
        },
    }
    return Outcome(findings, figures)


def conflicts(data: Examined) -> Outcome:
    """Rows with equal content and different answers: no model can get all of them right."""
    places: dict[str, list[tuple[Rows, int]]] = defaultdict(list)
    for rows, row in data.rows():
        places[rows.contents[row]].append((rows, row))
    found = [group for group in places.values() if len({_answer(*place) for place in group}) > 1]
    if not found:
        return Outcome()
    total = sum(map(len, found))
    what = "labels" if data.has_labels else "numbers"
    message = (
        f"{counted(len(found), data.unit)} {verb(len(found), 'stands', 'stand')} in {total:,} rows with different "
        f"{what}: no model can get all of them right"
    )
    shown = data.instances((*group[0], _answers(group)) for group in found)
    return Outcome([Finding("warning" if data.has_labels else "note", message, len(found), shown)])


def _earlier(data: Examined) -> dict[SplitName, list[SplitName]]:
    """Split → the splits before it, of those that there are."""
    return {
        split: [other for other in earlier if other in data.splits]
        for split, earlier in EARLIER.items()
        if split in data.splits
    }


def _across(data: Examined) -> Iterator[Finding]:
    for split, earlier in _earlier(data).items():
        if not (shared := _shared(data, split, earlier)):
            continue
        rows, total = data.splits[split], len(data.splits[split])
        message = (
            f"{part_of(len(shared), total, f'{split} {data.unit}')} ({len(shared) / total:.1%}) "
            f"{verb(len(shared), 'is', 'are')} also in {' or '.join(map(training, earlier))}"
        )
        severity: Severity = "error" if len(shared) >= TOO_MANY * total else "warning"
        if data.is_lines and severity == "warning":  # a line or two of a long text may be quoted
            severity = "note"
        shown = data.instances((rows, row, f"= {place}") for row, place in shared.items())
        yield Finding(severity, message, len(shared), shown)


def _within(data: Examined) -> Iterator[Finding]:
    for split, rows in data.splits.items():
        if repeated := _repeated(data, rows):
            message = (
                f"{part_of(len(repeated), len(rows), f'{training(split)} {data.unit}')} "
                f"{verb(len(repeated), 'repeats', 'repeat')} an earlier one of the split"
            )
            shown = data.instances((rows, row, f"= {place}") for row, place in repeated.items())
            yield Finding("warning" if len(repeated) >= TOO_MANY * len(rows) else "note", message, len(repeated), shown)


def _moved(data: Examined) -> Iterator[Finding]:
    """Those that the loading of the data has put right."""
    if count := data.corpus.counts.get("duplicates_kept_out_of_validation", 0):
        message = f"{counted(count, 'row')} of validation {verb(count, 'was', 'were')} also in training: moved there"
        yield Finding("note", message, count)


def _shared(data: Examined, split: SplitName, earlier: list[SplitName]) -> dict[int, str]:
    """Row of the split → where the same content is in an earlier one."""
    known = {
        data.splits[other].contents[row]: data.splits[other].locations[row]
        for other in reversed(earlier)
        for row in repeatable(data, data.splits[other])
    }
    rows = data.splits[split]
    return {row: known[rows.contents[row]] for row in repeatable(data, rows) if rows.contents[row] in known}


def _repeated(data: Examined, rows: Rows) -> dict[int, str]:
    """Row → where the same content is before it in its split."""
    first: dict[str, int] = {}
    found = {}
    for row in repeatable(data, rows):
        if (before := first.setdefault(rows.contents[row], row)) != row:
            found[row] = rows.locations[before]
    return found


def _answer(rows: Rows, row: int) -> str | float:
    return rows.labels[row] if rows.labels else rows.numbers[row]


def _answers(group: list[tuple[Rows, int]]) -> str:
    """Each answer with a place: `'a' in train.csv:3, 'b' in test.csv:9`."""
    place_of: dict[str | float, str] = {}
    for rows, row in group:
        place_of.setdefault(_answer(rows, row), rows.locations[row])
    named = [
        f"{quoted(visible_name(answer)) if isinstance(answer, str) else number_text(answer)} in {place}"
        for answer, place in list(place_of.items())[:SHOWN_ANSWERS]
    ]
    return ", ".join(named)


def training(split: str) -> str:
    """The name of a split in a sentence."""
    return split.replace("train", "training")
