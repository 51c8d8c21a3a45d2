"""Attention weights as a heat map of characters: one row per target token, one column per source token."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from seqlab.cli.console import print_line, result_console
from seqlab.text_format import visible

SHADES = " ░▒▓█"
MIN_COLUMN_WIDTH = 5
MAX_COLUMN_WIDTH = 10
"""In terminal cells; longer headings are cut."""
MAX_ROW_NAME_WIDTH = 14


def print_attention(rows: Sequence[str], columns: Sequence[str], weights: Sequence[Sequence[float]]) -> None:
    """Print attention weights, (rows, columns), as shade and percentage. Below half a percent a dot.

    Columns that exceed the width of the terminal are printed in further blocks below.
    """
    print_line()
    for line in lines_of(rows, columns, weights, result_console().width):
        print_line(line)


def lines_of(rows: Sequence[str], columns: Sequence[str], weights: Sequence[Sequence[float]], width: int) -> list[str]:
    """The heat map in lines of at most `width` cells."""
    names = [visible(name) for name in rows]
    left = min(max(map(cell_len, names)), MAX_ROW_NAME_WIDTH)
    headings = [visible(name) for name in columns]
    sizes = [min(max(cell_len(name), MIN_COLUMN_WIDTH), MAX_COLUMN_WIDTH) for name in headings]
    lines: list[str] = []
    for block in _blocks(sizes, width - left):
        lines += [""] if lines else []
        lines.append(" " * left + "".join("  " + set_cell_size(headings[i], sizes[i]) for i in block))
        for name, row in zip(names, weights, strict=True):
            lines.append(set_cell_size(name, left) + "".join("  " + _cell(row[i], sizes[i]) for i in block))
    return [line.rstrip() for line in lines]


def _blocks(sizes: Sequence[int], width: int) -> list[list[int]]:
    """Column indices grouped so that each group fits `width`, with two cells before each column."""
    blocks: list[list[int]] = [[]]
    used = 0
    for column, size in enumerate(sizes):
        if blocks[-1] and used + size + 2 > width:
            blocks.append([])
            used = 0
        blocks[-1].append(column)
        used += size + 2
    return blocks


def _cell(weight: float, size: int) -> str:
    percent = round(100 * weight)
    if not percent:
        return set_cell_size("·", size)
    return set_cell_size(f"{SHADES[min(int(weight * len(SHADES)), len(SHADES) - 1)] * 2}{percent:>3}", size)
