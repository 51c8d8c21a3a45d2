"""The files of a run that people and other programs read afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seqlab import files
from seqlab.tasks.task import Matrix, Scores


def write_predictions(scores: Scores, path: Path) -> None:
    """One JSON line per item."""
    path.parent.mkdir(exist_ok=True)
    files.write_text(path, "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in scores.records()))


def write_samples(scores: Scores, path: Path) -> None:
    files.write_text(path, scores.samples())


def write_plots(
    epochs: Sequence[Mapping[str, Any]], best_epoch: int, pictures: Mapping[str, Matrix], directory: Path
) -> None:
    """Learning curves, and what the task draws of its scores."""
    from seqlab.reports.plots import draw_curves, draw_matrix

    if epochs:
        draw_curves(epochs, best_epoch, directory / "curves.png")
    for name, matrix in pictures.items():
        draw_matrix(matrix, directory / f"{name}.png")
