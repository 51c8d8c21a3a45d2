"""Plots: what is drawn, read from the figure before it is saved."""

import numpy as np
import pytest

from seqlab.reports import plots
from seqlab.tasks.evaluation import Matrix


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """The figures, in the order in which they are saved."""
    figures, save = [], plots._save

    def keep(figure, path):
        save(figure, path)
        assert path.read_bytes().startswith(b"\x89PNG")
        figures.append(figure)

    monkeypatch.setattr(plots, "_save", keep)
    return figures


def test_curves_have_a_panel_per_metric_and_a_line_per_split(drawn, tmp_path):
    epochs = [
        {"epoch": 1, "train.loss": 3.0, "validation.loss": 2.0, "train.accuracy": 0.5},
        {"epoch": 2, "train.loss": 1.0, "validation.loss": 2.5, "train.accuracy": 0.75, "validation.accuracy": 0.5},
    ]
    plots.draw_curves(epochs, 1, tmp_path / "a.png")
    loss, accuracy = drawn[0].axes
    assert (loss.get_title(), accuracy.get_title()) == ("loss", "accuracy")
    lines = {line.get_label(): line.get_ydata() for line in accuracy.lines}
    assert (list(lines["train"]), list(lines["validation"])) == ([0.5, 0.75], [0.5])
    assert [line.get_label() for line in loss.lines] == ["train", "validation", "best: epoch 1"]


@pytest.mark.parametrize("classes", [2, plots.MAX_CLASS_NAMES + 1])
def test_a_matrix_shows_its_counts_if_they_fit(drawn, tmp_path, classes):
    values = np.arange(classes**2).reshape(classes, classes) * 1000
    names = tuple(f"${number}\x1b" for number in range(classes))
    plots.draw_matrix(Matrix("Counts", "true", "predicted", names, values), tmp_path / "a.png")
    (axes,) = drawn[0].axes
    texts = [text.get_text() for text in axes.texts]
    assert texts == (["0", "1,000", "2,000", "3,000"] if classes == 2 else [])
    if classes == 2:
        assert [label.get_text() for label in axes.get_xticklabels()] == [r"\$0\x1b", r"\$1\x1b"]


def test_attention_has_targets_below_each_other(drawn, tmp_path):
    plots.draw_attention(["la", "mesa"], ["the", "table", "."], [[1, 0, 0], [0, 1, 0]], tmp_path / "new" / "a.png")
    (axes,) = drawn[0].axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["la", "mesa"]
    assert axes.images[0].get_array().shape == (2, 3)
