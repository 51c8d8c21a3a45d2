"""The rows of a dataset as the checks read them: texts by side, labels or numbers, and where each row is."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seqlab.data.columns import Coded, CodesWriter, Combined, TextsWriter
from seqlab.data.datasets import Dataset
from seqlab.data.long_text import LongTexts
from seqlab.data.records import Corpus, Records, SplitName, hashes_of
from seqlab.data.splits.load_splits import Located
from seqlab.diagnosis.findings import Instance
from seqlab.progress import SILENT, Progress
from seqlab.text_format import number_text, visible_name

if TYPE_CHECKING:
    from seqlab.config import Experiment
    from seqlab.runs import Run

SHORTEST_LINE = 50
"""Characters of a line of running text from which on a repetition is no coincidence: names of speakers repeat."""
LONGEST_SHOWN = 200
"""Characters of a text that an example shows."""


@dataclass(frozen=True)
class Rows:
    """One split. All columns have one length; of running text, each line that is not empty is a row."""

    split: SplitName
    texts: Mapping[str, Sequence[str]]
    """Side (`text`, or `source` and `target`) → texts; empty for rows without a text."""
    locations: Sequence[str]
    contents: Sequence[str]
    """One per row, equal for duplicates."""
    labels: Sequence[str] = ()
    """Empty for data without labels."""
    numbers: Sequence[float] = ()
    """Empty for data without a number to predict."""

    def __len__(self) -> int:
        return len(self.locations)

    def text(self, row: int) -> str:
        """The whole text of a row: of a pair both sides."""
        return " → ".join(texts[row] for texts in self.texts.values())

    def answer(self, row: int) -> str:
        """The label or number of a row, for display; empty if it has none."""
        if self.labels:
            return visible_name(self.labels[row])
        return number_text(self.numbers[row]) if self.numbers else ""


@dataclass(frozen=True)
class Examined:
    """A dataset that is examined, and what is known beside it."""

    located: Located
    corpus: Corpus
    experiment: Experiment | None = None
    """The config; None for a dataset that was named alone, which has no vectorizer."""
    run: Run | None = None
    """A run whose predictions are looked at."""
    runs_dir: Path = Path("runs")
    """Where a run is whose vocabulary the config takes."""
    examples: int = 3
    """Rows that a finding shows, at most."""
    progress: Progress = field(default=SILENT)

    @property
    def dataset(self) -> Dataset:
        return self.located.dataset

    @cached_property
    def splits(self) -> dict[SplitName, Rows]:
        return {split: self._rows(split, records) for split, records in self.corpus.splits.items()}

    @property
    def is_lines(self) -> bool:
        """Whether the rows are the lines of running text."""
        return "line" in self.corpus.splits["train"].columns

    @property
    def size(self) -> int:
        return sum(map(len, self.splits.values()))

    @property
    def sides(self) -> tuple[str, ...]:
        return tuple(self.splits["train"].texts)

    @property
    def is_pairs(self) -> bool:
        return len(self.sides) == 2

    @property
    def has_labels(self) -> bool:
        return bool(self.splits["train"].labels)

    @property
    def unit(self) -> str:
        """How messages call a row."""
        if self.is_lines:
            return "line"
        return "pair" if self.is_pairs else self.dataset.content

    def rows(self) -> Iterator[tuple[Rows, int]]:
        """Every row of every split."""
        for rows in self.splits.values():
            for row in range(len(rows)):
                yield rows, row

    def instances(self, found: Iterable[tuple[Rows, int, str]]) -> list[Instance]:
        """The first rows of those that were found, with what is special about each."""
        return [
            Instance(rows.split, rows.locations[row], shortened(rows.text(row)), detail)
            for (rows, row, detail), _ in zip(found, range(self.examples), strict=False)
        ]

    def _rows(self, split: SplitName, records: Records) -> Rows:
        if self.is_lines:
            return _lines(split, records)
        locations = records.columns.get("id") or [f"row {row + 1}" for row in range(len(records))]
        return Rows(
            split,
            self.dataset.texts(records),
            [str(location) for location in locations],
            records.content_ids,
            records.columns.get("label", ()),
            records.columns.get("number", ()),
        )


def _lines(split: SplitName, records: Records) -> Rows:
    """Each line of running text, with its file and number."""
    texts, names, numbers = TextsWriter(), CodesWriter[str](), array("q")
    for row, text in enumerate(LongTexts.of(records["text"]).texts):
        number = records["line"][row]
        for line in text.lines():
            if line != "\n":
                texts.append(line.removesuffix("\n"))
                names.append(records["file"][row])
                numbers.append(number)
            number += line.endswith("\n")
    lines = texts.finish()
    of_lines = Coded(range(max(numbers, default=0) + 1), np.frombuffer(numbers, np.int64))
    locations: Combined[str] = Combined([names.finish(), of_lines], lambda place: f"{place[0]}:{place[1]}")
    return Rows(split, {"text": lines}, locations, hashes_of(lines))


def repeatable(data: Examined, rows: Rows) -> list[int]:
    """The rows whose repetition tells something: all, or the long lines of running text."""
    if not data.is_lines:
        return list(range(len(rows)))
    return [row for row, line in enumerate(rows.texts["text"]) if len(line) >= SHORTEST_LINE]


def shortened(text: str) -> str:
    """The beginning of a text, cut between two characters."""
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
