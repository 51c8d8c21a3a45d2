"""Plots of a run, drawn with Matplotlib without a display.

They are made to be projected and printed: at least 800 pixels wide, and readable without colours. Each function
returns a note for the user if the font lacks characters, or an empty text.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from seqlab import files
from seqlab.errors import RequestError
from seqlab.reports.output_file import refuse_unwritable
from seqlab.tasks.evaluation import Matrix, Plot, Scatter
from seqlab.text_format import quoted, visible_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

PIXELS_PER_INCH = 150
MIN_INCHES = 6.0
"""Width of the smallest picture: 900 pixels."""
MAX_INCHES = 24.0
MIN_MATRIX_INCHES = 2.8
"""Side of the smallest confusion matrix: with its labels it is as wide as the smallest picture."""

FORMATS = (".png", ".pdf", ".svg", ".jpg")

LINES: Mapping[str, Mapping[str, Any]] = {
    "train": {"color": "#1f6feb", "linestyle": "-", "marker": "o"},
    "validation": {"color": "#d9480f", "linestyle": "--", "marker": "s"},
}
MAX_MARKERS = 30
"""Curves of more epochs have no markers."""
AXIS_LABELS = {"loss": "mean loss", "accuracy": "accuracy (0 to 1)", "bits_per_character": "bits per character"}

MAX_COUNTED_CLASSES = 30
"""A confusion matrix with more classes has no counts in its cells."""
MAX_NAMED_CLASSES = 100
"""A confusion matrix with more classes has no names: they would overlap."""
MAX_NAME_LENGTH = 24
MAX_LEVEL_CHARACTERS = 40
"""Names of columns that need more, if all are as long as the longest, are tilted."""
MAX_NUMBERED_TOKENS = 24
"""An attention map of longer sentences has no numbers in its cells."""
_MISSING_GLYPH = re.compile(r"Glyph (\d+) .* missing from")
MAX_MISSING_SHOWN = 10
LARGEST_DRAWN = 1e100
"""Matplotlib computes with the squares of numbers."""
DENSE = 500
"""Points above which a scatter plot is drawn with transparent ones."""
SMALLEST_NUMBER = 0.05
"""Attention weights below this are not written into their cells."""


def draw_curves(epochs: Sequence[Mapping[str, Any]], best_epoch: int, path: Path) -> str:
    """One panel per metric: training and validation against the epoch, with the best epoch marked."""
    from matplotlib.ticker import MaxNLocator

    names = [key.removeprefix("train.") for key in epochs[-1] if key.startswith("train.")]
    numbers = [line["epoch"] for line in epochs]
    figure = new_figure(5.2 * len(names), 4.2)
    for index, name in enumerate(names):
        axes = figure.add_subplot(1, len(names), index + 1)
        for split, style in LINES.items():
            key = f"{split}.{name}"
            points = [(line["epoch"], line[key]) for line in epochs if isinstance(line.get(key), int | float)]
            if points:
                marker = {"marker": None} if len(points) > MAX_MARKERS else {}
                axes.plot(*zip(*points, strict=True), label=split, linewidth=2, markersize=6, **{**style, **marker})
        axes.axvline(best_epoch, color="#555555", linewidth=1.5, linestyle=":", label=f"best: epoch {best_epoch}")
        axes.set(title=_plain(name), xlabel="epoch", ylabel=_plain(AXIS_LABELS.get(name, name.replace("_", " "))))
        axes.set_xlim(min(numbers) - 0.5, max(numbers) + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=10, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    return save_figure(figure, path)


def draw(plot: Plot, path: Path, split: str) -> str:
    """A plot of a task for a split."""
    return draw_matrix(plot, path, split) if isinstance(plot, Matrix) else draw_scatter(plot, path, split)


def draw_scatter(scatter: Scatter, path: Path, split: str) -> str:
    """A point for each example, with the line on which both numbers are equal; what no axis can show is left out."""
    shown = (np.abs(scatter.x) < LARGEST_DRAWN) & (np.abs(scatter.y) < LARGEST_DRAWN)  # false for NaN
    x, y = scatter.x[shown], scatter.y[shown]
    figure = new_figure(6.0, 5.4)
    axes = figure.add_subplot()
    density = 1.0 if len(x) <= DENSE else 0.3
    axes.scatter(x, y, s=14, color="#1f6feb", alpha=density, linewidths=0, rasterized=True)
    if len(x):
        axes.axline((float(x.min()), float(x.min())), slope=1, color="#555555", linestyle="--", label="no error")
        axes.legend(frameon=False, loc="upper left")
    title = f"{scatter.title}, {split} split ({len(scatter.x):,} examples)"
    axes.set(title=title, xlabel=scatter.across, ylabel=scatter.up)
    axes.grid(alpha=0.3)
    return save_figure(figure, path)


def draw_matrix(matrix: Matrix, path: Path, split: str) -> str:
    """A matrix of counts of a split, shaded by the share of each row, with the counts if they fit."""
    size = len(matrix.names)
    cell = 0.8 if size <= 12 else 0.55 if size <= MAX_COUNTED_CLASSES else 0.22
    names = [_shortened(name) for name in matrix.names]
    margin = 1.8 + 0.09 * max(map(len, names))
    side = max(cell * size, MIN_MATRIX_INCHES)
    figure = new_figure(margin + 1.0 + side, margin + side)
    axes = figure.add_subplot()
    shares = matrix.values / np.maximum(matrix.values.sum(axis=1, keepdims=True), 1)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    title = f"{matrix.title}, {split} split ({matrix.values.sum():,} examples)"
    axes.set(title=title, xlabel=matrix.columns, ylabel=matrix.rows)
    _add_scale(figure, axes, image, f"share of the examples of the {matrix.rows}")
    if size <= MAX_NAMED_CLASSES:
        font = 11 if size <= MAX_COUNTED_CLASSES else 7
        axes.set_xticks(range(size), names, fontsize=font)
        axes.set_yticks(range(size), names, fontsize=font)
        _tilt_long_names(axes, "right")
    if size <= MAX_COUNTED_CLASSES:
        _write_cells(axes, shares, [[f"{count:,}" for count in row] for row in matrix.values], 11 if size <= 12 else 8)
    return save_figure(figure, path, cropped=True)


def draw_attention(rows: Sequence[str], columns: Sequence[str], weights: Sequence[Sequence[float]], path: Path) -> str:
    """Attention weights: a row per target token, a column per source token, white (0) to dark (1)."""
    figure = new_figure(3.0 + 0.6 * len(columns), 2.2 + 0.45 * len(rows))
    axes = figure.add_subplot()
    values = np.array(weights)
    image = axes.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(columns)), [_shortened(name) for name in columns])
    axes.set_yticks(range(len(rows)), [_shortened(name) for name in rows])
    axes.xaxis.tick_top()
    _tilt_long_names(axes, "left")
    axes.xaxis.set_label_position("top")
    axes.set(xlabel="source tokens", ylabel="tokens of the translation")
    _add_scale(figure, axes, image, "attention weight (each row adds up to 1)")
    if max(len(rows), len(columns)) <= MAX_NUMBERED_TOKENS:
        numbers = [[f"{value:.2f}" if value >= SMALLEST_NUMBER else "" for value in row] for row in values]
        _write_cells(axes, values, numbers, 8)
    return save_figure(figure, path)


def refuse_unknown_format(path: Path, also: Sequence[str] = ()) -> None:
    """Raises RequestError for a file name that does not say which kind of picture it is. `also`: other endings."""
    if path.suffix.lower() not in (*FORMATS, *also):
        raise RequestError(f"the picture {path} must end in one of {', '.join((*FORMATS, *also))}")


def refuse_picture(path: Path) -> None:
    """Raises RequestError for a file to which no picture can be drawn, before any work is done for it."""
    refuse_unknown_format(path)
    refuse_unwritable(path, makes_folder=True)


def _add_scale(figure: Figure, axes: Axes, image: AxesImage, label: str) -> None:
    figure.colorbar(image, ax=axes, label=label, ticks=[0, 0.25, 0.5, 0.75, 1], fraction=0.05, pad=0.03)


def _tilt_long_names(axes: Axes, end: Literal["left", "right"]) -> None:
    """Tilt the names of the columns if they would overlap; `end`: the end of a name at its column."""
    labels = axes.get_xticklabels()
    if max(len(label.get_text()) for label in labels) * len(labels) > MAX_LEVEL_CHARACTERS:
        for label in labels:
            label.set(rotation=45, ha=end, rotation_mode="anchor")


def _write_cells(axes: Axes, shades: np.ndarray, texts: Sequence[Sequence[str]], font: int) -> None:
    """Write a text into each cell, light on dark cells."""
    for row, column in np.ndindex(shades.shape):
        colour = "white" if shades[row, column] > 0.5 else "black"
        axes.text(column, row, texts[row][column], ha="center", va="center", color=colour, fontsize=font)


def _shortened(name: str) -> str:
    """A name for a tick, cut in the middle, where long names differ least."""
    shown = visible_name(name)
    if len(shown) > MAX_NAME_LENGTH:
        half = MAX_NAME_LENGTH // 2
        shown = f"{shown[:half]}…{shown[1 - half :]}"
    return _plain(shown)


def _plain(name: str) -> str:
    """Escape control characters and `$`, which Matplotlib reads as mathematics."""
    return visible_name(name).replace("$", r"\$")


def new_figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    size = (min(max(width, MIN_INCHES), MAX_INCHES), min(max(height, 3.5), MAX_INCHES))
    return Figure(figsize=size, layout="constrained", dpi=PIXELS_PER_INCH)


def save_figure(figure: Figure, path: Path, *, cropped: bool = False) -> str:
    """Write the picture. Returns a note for the user if characters are missing from the font: they become boxes.

    `cropped`: without the empty margins of a square in a wider figure.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = io.BytesIO()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        bounds = "tight" if cropped else None
        figure.savefig(picture, format=path.suffix.lower().removeprefix("."), bbox_inches=bounds)
    files.write_bytes(path, picture.getvalue())
    missing = {found[1] for each in caught if (found := _MISSING_GLYPH.match(str(each.message)))}
    if not missing:
        return ""
    shown = "".join(sorted(chr(int(number)) for number in missing)[:MAX_MISSING_SHOWN])
    return (
        f"{path.name}: the font of the pictures has no {quoted(shown)}, which are drawn as boxes; set `font.family` in "
        "a matplotlibrc file to an installed font that has them, such as Noto Sans CJK JP or Noto Sans Thai"
    )
