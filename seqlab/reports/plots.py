"""Pictures of a run, drawn by Matplotlib without a screen."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.tasks.evaluation import Matrix
from seqlab.text_format import visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TRAIN, VALIDATION = "#1f6feb", "#d9480f"
NAMED_CLASSES = 30
"""More class names than that do not fit beside a matrix."""


def draw_curves(epochs: Sequence[Mapping[str, Any]], best_epoch: int, path: Path) -> None:
    """One panel per figure, training and validation against the epoch, the chosen epoch marked."""
    from matplotlib.ticker import MaxNLocator

    names = list(dict.fromkeys(key.split(".", 1)[1] for line in epochs for key in line if key.startswith("train.")))
    figure = _figure(4.2 * len(names), 3.2)
    for place, name in enumerate(names):
        axes = figure.add_subplot(1, len(names), place + 1)
        for split, colour in (("train", TRAIN), ("validation", VALIDATION)):
            points = [(line["epoch"], line[f"{split}.{name}"]) for line in epochs if f"{split}.{name}" in line]
            if points:
                axes.plot(*zip(*points, strict=True), marker="o", markersize=3, color=colour, label=split)
        axes.axvline(best_epoch, color="#888888", linewidth=1, linestyle=":", label=f"kept: epoch {best_epoch}")
        axes.set(title=name, xlabel="epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.25)
        axes.legend(frameon=False, fontsize="small")
    _save(figure, path)


def draw_matrix(matrix: Matrix, path: Path) -> None:
    """Counts as shades of each row's share, with the numbers where there is room for them."""
    size = len(matrix.names)
    figure = _figure(max(3.6, 1.6 + 0.7 * min(size, NAMED_CLASSES)), max(3.0, 1.2 + 0.6 * min(size, NAMED_CLASSES)))
    axes = figure.add_subplot()
    shares = matrix.values / np.maximum(matrix.values.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set(title=matrix.title, xlabel=matrix.columns, ylabel=matrix.rows)
    if size <= NAMED_CLASSES:
        axes.set_xticks(range(size), [_plain(name) for name in matrix.names], rotation=30 if size > 2 else 0)
        axes.set_yticks(range(size), [_plain(name) for name in matrix.names])
        for row, column in np.ndindex(size, size):
            shade = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, f"{matrix.values[row, column]:,}", ha="center", va="center", color=shade)
    _save(figure, path)


def draw_attention(rows: Sequence[str], columns: Sequence[str], weights: Sequence[Sequence[float]], path: Path) -> None:
    """Where a translator looked: a row for each word it wrote, a column for each it read, white to dark."""
    figure = _figure(1.6 + 0.42 * len(columns), 1.4 + 0.34 * len(rows))
    axes = figure.add_subplot()
    axes.imshow(np.array(weights), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(columns)), [_plain(name) for name in columns], rotation=60, ha="left")
    axes.set_yticks(range(len(rows)), [_plain(name) for name in rows])
    axes.xaxis.tick_top()
    axes.set(ylabel="written", title="read")
    _save(figure, path)


def _plain(name: str) -> str:
    """A label is only text, not mathematics (`$…$`), and some of it may be written in characters no font has."""
    return visible(name).replace("$", r"\$")


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", dpi=110)


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # Emoji and many scripts are not in matplotlib's font: their boxes say that better than a warning.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from")
        figure.savefig(path)
