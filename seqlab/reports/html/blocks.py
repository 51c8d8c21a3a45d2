"""What a report consists of: sections of tables, charts, texts, examples and attention maps.

Everything is plain data. The template decides how it looks; `charts.js` draws the charts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

LEVELS = 10
"""Steps of the shades of a cell, from 0 to 10."""


@dataclass(frozen=True)
class Table:
    """Texts in rows. The first column names the row; `numeric` columns are aligned to the right."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    levels: Sequence[Sequence[int]] | None = None
    """Shade of each cell after the first column, 0 to `LEVELS`; None: no shades."""
    numeric: bool = True
    template: ClassVar[str] = "table"


@dataclass(frozen=True)
class Series:
    """A line or a cloud of points."""

    name: str
    points: Sequence[tuple[float, float]]
    dashed: bool = False
    labels: Sequence[str] = ()
    """The text of each point, shown beside it."""


@dataclass(frozen=True)
class Chart:
    """Lines, or points, against two axes."""

    caption: str
    across: str
    up: str
    series: Sequence[Series]
    kind: Literal["lines", "points"] = "lines"
    diagonal: bool = False
    """Whether the line on which both numbers are equal is drawn."""
    whole: bool = False
    """Whether what is across are whole numbers, such as epochs."""
    note: str = ""
    template: ClassVar[str] = "chart"

    def as_json(self) -> dict[str, object]:
        """What `charts.js` reads."""
        return {
            "caption": self.caption,
            "across": self.across,
            "up": self.up,
            "kind": self.kind,
            "diagonal": self.diagonal,
            "whole": self.whole,
            "series": [
                {
                    "name": each.name,
                    "dashed": each.dashed,
                    "points": [[_rounded(x), _rounded(y)] for x, y in each.points],
                    "labels": list(each.labels),
                }
                for each in self.series
            ],
        }


@dataclass(frozen=True)
class Example:
    """A text of the data, with what was predicted for it."""

    text: str | None
    """None: the data are not there."""
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Examples:
    """Examples to read, one below the other."""

    caption: str
    items: Sequence[Example]
    note: str = ""
    template: ClassVar[str] = "examples"


@dataclass(frozen=True)
class Text:
    """A text as it is: a config, samples."""

    caption: str
    text: str
    folded: bool = False
    """Whether it is shown only when asked for."""
    template: ClassVar[str] = "text"


@dataclass(frozen=True)
class AttentionMap:
    """Attention weights of a translation: a row per target token, a column per source token."""

    caption: str
    rows: Sequence[str]
    columns: Sequence[str]
    weights: Sequence[Sequence[float]]
    template: ClassVar[str] = "attention"

    @property
    def levels(self) -> list[list[int]]:
        """Shade of each cell."""
        return [[level_of(weight) for weight in row] for row in self.weights]


@dataclass(frozen=True)
class Note:
    """A sentence, such as why something is missing."""

    text: str
    template: ClassVar[str] = "note"


Block = Table | Chart | Examples | Text | AttentionMap | Note


@dataclass(frozen=True)
class Section:
    """Blocks under a heading."""

    title: str
    blocks: Sequence[Block] = field(default_factory=list)


def level_of(share: float) -> int:
    """The shade of a share from 0 to 1. Anything above 0.5 % is visible."""
    return min(max(round(share * LEVELS), 1 if share >= 0.005 else 0), LEVELS)


def _rounded(value: float) -> float:
    """Six digits are more than a screen shows."""
    return float(f"{value:.6g}")
