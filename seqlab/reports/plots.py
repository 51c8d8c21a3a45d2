"""Plots of a run, drawn with Matplotlib without a display."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab import files
from seqlab.tasks.evaluation import Matrix
from seqlab.text_format import visible_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TRAIN, VALIDATION = "#1f6feb", "#d9480f"
MAX_CLASS_NAMES = 30
"""A confusion matrix with more classes is drawn without names and counts."""


def draw_curves(epochs: Sequence[Mapping[str, Any]], best_epoch: int, path: Path) -> None:
    """One panel per metric: training and validation against the epoch, with the best epoch marked."""
    from matplotlib.ticker import MaxNLocator

    names = list(dict.fromkeys(key.split(".", 1)[1] for line in epochs for key in line if key.startswith("train.")))
    figure = _figure(4.2 * len(names), 3.2)
    for index, name in enumerate(names):
        axes = figure.add_subplot(1, len(names), index + 1)
        for split, colour in (("train", TRAIN), ("validation", VALIDATION)):
            points = [(line["epoch"], line[f"{split}.{name}"]) for line in epochs if f"{split}.{name}" in line]
            if points:
                axes.plot(*zip(*points, strict=True), marker="o", markersize=3, color=colour, label=split)
        axes.axvline(best_epoch, color="#888888", linewidth=1, linestyle=":", label=f"best: epoch {best_epoch}")
        axes.set(title=name, xlabel="epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.25)
        axes.legend(frameon=False, fontsize="small")
    _save(figure, path)


def draw_matrix(matrix: Matrix, path: Path) -> None:
    """A matrix of counts, shaded by the share of each row, with the counts if they fit."""
    size = len(matrix.names)
    figure = _figure(max(3.6, 1.6 + 0.7 * min(size, MAX_CLASS_NAMES)), max(3.0, 1.2 + 0.6 * min(size, MAX_CLASS_NAMES)))
    axes = figure.add_subplot()
    shares = matrix.values / np.maximum(matrix.values.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set(title=matrix.title, xlabel=matrix.columns, ylabel=matrix.rows)
    if size <= MAX_CLASS_NAMES:
        axes.set_xticks(range(size), [_plain(name) for name in matrix.names], rotation=30 if size > 2 else 0)
        axes.set_yticks(range(size), [_plain(name) for name in matrix.names])
        for row, column in np.ndindex(size, size):
            shade = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, f"{matrix.values[row, column]:,}", ha="center", va="center", color=shade)
    _save(figure, path)


def draw_attention(rows: Sequence[str], columns: Sequence[str], weights: Sequence[Sequence[float]], path: Path) -> None:
    """Attention weights: a row per target token, a column per source token, white (0) to dark (1)."""
    figure = _figure(1.6 + 0.42 * len(columns), 1.4 + 0.34 * len(rows))
    axes = figure.add_subplot()
    axes.imshow(np.array(weights), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(columns)), [_plain(name) for name in columns], rotation=60, ha="left")
    axes.set_yticks(range(len(rows)), [_plain(name) for name in rows])
    axes.xaxis.tick_top()
    axes.set(ylabel="target", title="source")
    _save(figure, path)


def _plain(name: str) -> str:
    """Escape control characters and `$`, which Matplotlib reads as mathematics."""
    return visible_name(name).replace("$", r"\$")


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", dpi=110)


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # Emoji and many scripts are missing from Matplotlib's font and are drawn as boxes.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from")
        picture = io.BytesIO()
        figure.savefig(picture, format="png")
    files.write_bytes(path, picture.getvalue())
