"""Attention as a heat map of characters: a row for each word that was written, a column for each that was read."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from seqlab.cli.console import print_line, result_console
from seqlab.text_format import visible

SHADES = " ░▒▓█"
WIDEST = 10
"""Cells of a column's heading; what is longer is cut."""
NARROWEST = 5
LONGEST_ROW = 14


def print_attention(rows: Sequence[str], columns: Sequence[str], weights: Sequence[Sequence[float]]) -> None:
    """`weights`: (rows, columns), each row adding up to one. Shade and percentage; under half a percent nothing.

    Columns that do not fit beside each other in the terminal go into further blocks below.
    """
    print_line()
    for line in lines_of(rows, columns, weights, result_console().width):
        print_line(line)


def lines_of(rows: Sequence[str], columns: Sequence[str], weights: Sequence[Sequence[float]], width: int) -> list[str]:
    """The heat map in lines of at most `width` cells."""
    names = [visible(name) for name in rows]
    left = min(max(map(cell_len, names)), LONGEST_ROW)
    headings = [visible(name) for name in columns]
    sizes = [min(max(cell_len(name), NARROWEST), WIDEST) for name in headings]
    lines: list[str] = []
    for block in _blocks(sizes, width - left):
        lines += [""] if lines else []
        lines.append(" " * left + "".join("  " + set_cell_size(headings[i], sizes[i]) for i in block))
        for name, row in zip(names, weights, strict=True):
            lines.append(set_cell_size(name, left) + "".join("  " + _cell(row[i], sizes[i]) for i in block))
    return [line.rstrip() for line in lines]


def _blocks(sizes: Sequence[int], room: int) -> list[list[int]]:
    """The columns in runs that fit into the room, two cells before each; at least one in each run."""
    blocks: list[list[int]] = [[]]
    used = 0
    for place, size in enumerate(sizes):
        if blocks[-1] and used + size + 2 > room:
            blocks.append([])
            used = 0
        blocks[-1].append(place)
        used += size + 2
    return blocks


def _cell(weight: float, size: int) -> str:
    percent = round(100 * weight)
    if not percent:
        return set_cell_size("·", size)
    return set_cell_size(f"{SHADES[min(int(weight * len(SHADES)), len(SHADES) - 1)] * 2}{percent:>3}", size)
