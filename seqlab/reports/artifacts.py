"""Writes the predictions, samples and plots of a run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seqlab import files
from seqlab.runs.run import json_safe
from seqlab.tasks.evaluation import Evaluation, Plot
from seqlab.text_format import visible


def write_predictions(evaluation: Evaluation, path: Path) -> None:
    """One JSON line per item."""
    path.parent.mkdir(exist_ok=True)
    with files.new_file(path) as file:
        for record in evaluation.predictions():
            line = json.dumps(json_safe(record), ensure_ascii=False, allow_nan=False)
            file.write(f"{line}\n".encode("utf-8", errors="backslashreplace"))


def write_samples(evaluation: Evaluation, path: Path) -> None:
    """People print this file: what a terminal would obey is spelled out."""
    files.write_text(path, visible(evaluation.samples(), keep="\n\t"))


def write_plots(
    epochs: Sequence[Mapping[str, Any]], best_epoch: int, pictures: Mapping[str, Plot], split: str, directory: Path
) -> list[str]:
    """Draw the learning curves, and the plots of the task for a split, such as the confusion matrix.

    Returns notes for the user.
    """
    from seqlab.reports.plots import draw, draw_curves

    notes = [draw_curves(epochs, best_epoch, directory / "curves.png")] if epochs else []
    notes += [draw(plot, directory / f"{name}.png", split) for name, plot in pictures.items()]
    return [note for note in notes if note]
