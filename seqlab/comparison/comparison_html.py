"""What a notebook shows of a comparison."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import TYPE_CHECKING

from seqlab.comparison.differences import Difference
from seqlab.comparison.verdicts import p_text
from seqlab.notebook_html import block, paragraph, shown, table
from seqlab.runs.selection import shown as as_typed

if TYPE_CHECKING:
    from seqlab.comparison.compare import Comparison


def comparison_html(comparison: Comparison) -> str:
    """The differences of each run from the first one with their verdicts, and the keys in which the configs differ."""
    letters = string.ascii_uppercase[: len(comparison.names)]
    parts = [paragraph(f"{letter}: {name}") for letter, name in zip(letters, comparison.names, strict=True)]
    for letter, found in zip(letters[1:], comparison.differences, strict=True):
        parts += [_differences(letter, found), *(paragraph(f"{name}: {each.verdict}") for name, each in found.items())]
    if comparison.config:
        rows = [[each.key, *map(as_typed, each.values)] for each in comparison.config]
        parts.append(table(["config", *letters], rows))
    parts += map(paragraph, comparison.notes)
    return block(f"{comparison.split}, {comparison.size:,} {comparison.noun}", *parts)


def _differences(letter: str, found: Mapping[str, Difference]) -> str:
    rows = [
        [name, each.a, each.b, each.delta, " to ".join(map(shown, each.interval)), p_text(each.p_holm)]
        for name, each in found.items()
    ]
    return table(["", "A", letter, f"{letter} - A", "95 %", "p"], rows)
