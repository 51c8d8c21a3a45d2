"""What can be wrong with features and with numbers to predict: missing, unknown, constant, or numbers as categories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from seqlab.data.columns import transposed
from seqlab.data.datasets.dataset import Dataset
from seqlab.data.features import NotANumber, mean_and_deviation, read_number
from seqlab.data.records import Records, SplitName, hashes_of
from seqlab.errors import DataError
from seqlab.text_format import quoted, verb

SHOWN = 3
"""Categories that a note names."""
MANY_NUMBERS = 20
"""A column of categories that are all numbers gets a note if it has more of them than this."""
MOST = (0.05, 0.95)
"""Quantiles of a column, between which are most of its numbers."""
LEAST_SPREAD = 0.01
"""Standard deviations between these two; with less, the numbers are alike to a network at its start."""


def check_features(splits: Mapping[SplitName, Records], dataset: Dataset) -> None:
    """Training needs a value in every column, and two different numbers to predict. Raises DataError."""
    train, columns = splits["train"], dataset.feature_columns
    for name, cells in _columns(columns.names, train):
        if not any(cells):
            kind = "numbers" if name in columns.numbers else "categories"
            raise DataError(
                f"{dataset.name}: the column {quoted(name)} is empty in all {len(train):,} training rows: fill it, or "
                f"remove it from data.features.{kind}"
            )
    numbers = set(train.columns.get("number", ()))
    if len(numbers) == 1:
        remedy = "raise data.take" if dataset.take else "give other examples, or another label column"
        raise DataError(
            f"{dataset.name}: every training example has the label {numbers.pop():g}, so there is nothing to predict; "
            f"{remedy}"
        )


def notes_on_features(splits: Mapping[SplitName, Records], dataset: Dataset) -> Iterator[str]:
    """Cells that are missing, categories that training lacks, and columns that tell nothing or are of another kind."""
    columns = dataset.feature_columns
    if columns and not dataset.has_text:
        yield from _repeated_rows(splits)
    training = dict(_columns(columns.names, splits["train"]))
    cells_of = {split: dict(_columns(columns.names, records)) for split, records in splits.items() if len(records)}
    for name in columns.names:
        numeric = name in columns.numbers
        if note := _missing(name, {split: cells[name] for split, cells in cells_of.items()}, numeric):
            yield note
        present = {cell for cell in training[name] if cell}
        if len(present) == 1:
            yield f"the column {quoted(name)} is {quoted(present.pop())} in all of training: nothing is learned from it"
        elif numeric and present:
            yield from _out_of_proportion(name, training[name])
        elif not numeric:
            if len(present) > MANY_NUMBERS and all(map(_is_number, present)):
                yield (
                    f"the categories of {quoted(name)} are {len(present):,} different numbers: name the column in "
                    "data.features.numbers if their size means something"
                )
            for split, cells in cells_of.items():
                if unknown := [cell for cell in cells[name] if cell and cell not in present]:
                    yield unknown_note(name, unknown, f"of {len(cells[name]):,} {split} rows")


def unknown_note(column: str, cells: Sequence[str], of_all: str) -> str:
    """That so many rows have a category which training lacks."""
    different = sorted(set(cells))
    named = ", ".join(map(quoted, different[:SHOWN])) + (" …" if len(different) > SHOWN else "")
    have = verb(len(cells), "has", "have")
    return f"{len(cells):,} {of_all} {have} a {quoted(column)} that training lacks ({named}): read as an unknown one"


def _repeated_rows(splits: Mapping[SplitName, Records]) -> Iterator[str]:
    """That few rows are different: equal ones are in the same split, so that the others have combinations of their
    own."""
    rows = hashes_of("\x1f".join(row) for records in splits.values() for row in records["features"])
    if (different := rows.distinct()) * 2 < len(rows):
        yield (
            f"only {different:,} of {len(rows):,} rows are different, and equal rows are in the same split: validation "
            "and test have combinations that training lacks"
        )


def _out_of_proportion(name: str, cells: Sequence[str]) -> Iterator[str]:
    """That numbers are normalized by a few huge ones, so that all others look the same to a model."""
    values = np.array([float(cell) for cell in cells if cell])
    low, high = np.quantile(values, MOST)
    _, deviation = mean_and_deviation(values)
    if low < high and high - low < LEAST_SPREAD * deviation:
        largest = values[np.argmax(np.abs(values - np.median(values)))]
        yield (
            f"beside the {largest:g} in {quoted(name)} most of its numbers ({low:g} to {high:g}) look the same: all "
            "are divided by their standard deviation; correct it, or take logarithms"
        )


def _missing(name: str, cells_of: Mapping[SplitName, Sequence[str]], numeric: bool) -> str:
    counts = {split: sum(not cell for cell in cells) for split, cells in cells_of.items()}
    if not any(counts.values()):
        return ""
    named = ", ".join(
        f"{count:,} of {len(cells_of[split]):,} {split.replace('train', 'training')}"
        for split, count in counts.items()
        if count
    )
    stands = "the mean of training stands for them"
    if numeric and counts["train"]:
        stands += ", and an input of its own tells that they are missing"
    elif not numeric:
        stands = "missing is a category of its own"
    return f"{quoted(name)} is missing in {named} rows: {stands}"


def _columns(names: Sequence[str], records: Records) -> Iterator[tuple[str, Sequence[str]]]:
    """Each column of features with its cells."""
    if names:
        yield from zip(names, transposed(records["features"], len(names)), strict=True)


def _is_number(cell: str) -> bool:
    try:
        return read_number(cell) is not None
    except NotANumber:
        return False
