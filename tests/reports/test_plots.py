"""Plots: what is drawn, read from the figure before it is saved, and how large the file is."""

import itertools

import numpy as np
import pytest
from matplotlib.image import imread

from seqlab.errors import RequestError
from seqlab.reports import plots
from seqlab.tasks.evaluation import Matrix, Scatter

pytestmark = pytest.mark.usefixtures("pictures")


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """The figures, in the order in which they are saved; each is at least 800 pixels wide."""
    figures, save = [], plots.save_figure

    def keep(figure, path, **options):
        note = save(figure, path, **options)
        assert imread(path).shape[1] >= 800
        figures.append(figure)
        return note

    monkeypatch.setattr(plots, "save_figure", keep)
    return figures


def epochs(count):
    return [
        {"epoch": number, "train.loss": 1 / number, "validation.loss": 0.5 + 1 / number}
        for number in range(1, count + 1)
    ]


def matrix(names):
    size = len(names)
    return Matrix("Counts", "true", "predicted", tuple(names), np.arange(size**2).reshape(size, size) * 1000)


def test_a_scatter_plot_has_a_point_per_example_and_the_line_without_error(drawn, tmp_path):
    scatter = Scatter("Predicted", "true", "predicted", np.array([1.0, 3.0, 2e307]), np.array([2.0, 5.0, np.nan]))
    assert plots.draw(scatter, tmp_path / "a.png", "test") == ""
    (axes,) = drawn[0].axes
    assert axes.collections[0].get_offsets().tolist() == [[1, 2], [3, 5]]  # what no axis can show is left out
    (line,) = axes.lines
    assert (line.get_xy1(), line.get_slope()) == ((1.0, 1.0), 1)
    assert (axes.get_title(), axes.get_xlabel()) == ("Predicted, test split (3 examples)", "true")
    nothing = Scatter("Predicted", "true", "predicted", np.array([np.inf]), np.array([1.0]))
    assert plots.draw(nothing, tmp_path / "b.png", "test") == ""


def test_a_plot_is_drawn_by_what_it_is(drawn, tmp_path):
    plots.draw(matrix("ab"), tmp_path / "a.png", "validation")
    assert drawn[0].axes[0].get_title() == "Counts, validation split (6,000 examples)"


def names_of(labels):
    return [label.get_text() for label in labels]


def test_curves_have_a_panel_per_metric_and_a_line_per_split(drawn, tmp_path):
    lines = [
        {"epoch": 1, "train.loss": 3.0, "validation.loss": 2.0, "train.accuracy": 0.5},
        {"epoch": 2, "train.loss": 1.0, "validation.loss": 2.5, "train.accuracy": 0.75, "validation.accuracy": 0.5},
    ]
    plots.draw_curves(lines, 1, tmp_path / "a.png")
    loss, accuracy = drawn[0].axes
    assert (loss.get_title(), accuracy.get_title()) == ("loss", "accuracy")
    assert (accuracy.get_xlabel(), accuracy.get_ylabel()) == ("epoch", "accuracy (0 to 1)")
    values = {line.get_label(): line.get_ydata() for line in accuracy.lines}
    assert (list(values["train"]), list(values["validation"])) == ([0.5, 0.75], [0.5])
    assert [line.get_label() for line in loss.lines] == ["train", "validation", "best: epoch 1"]


def test_a_number_that_was_not_finite_is_no_point(drawn, tmp_path):
    before = [{"epoch": 1, "validation.loss": None}, {"epoch": 2, "train.other": 1.0, "validation.loss": "x"}]
    plots.draw_curves([*before, {"epoch": 3, "train.loss": 1.0, "validation.loss": 2.5}], 3, tmp_path / "a.png")
    (loss,) = drawn[0].axes
    lines = {line.get_label(): list(zip(*line.get_data(), strict=True)) for line in loss.lines[:2]}
    assert lines == {"train": [(3, 1.0)], "validation": [(3, 2.5)]}


@pytest.mark.parametrize("count", [1, 2, 3, 7, 12, 40])
def test_the_ticks_of_curves_are_whole_epochs(drawn, tmp_path, count):
    plots.draw_curves(epochs(count), 1, tmp_path / "a.png")
    (axes,) = drawn[0].axes
    low, high = axes.get_xlim()
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    assert ticks
    assert all(tick == int(tick) and 1 <= tick <= count for tick in ticks)


def test_curves_can_be_told_apart_without_colours(drawn, tmp_path):
    plots.draw_curves(epochs(5), 1, tmp_path / "a.png")
    plots.draw_curves(epochs(plots.MAX_MARKERS + 1), 1, tmp_path / "a.png")
    for figure, markers in zip(drawn, [{"o", "s", "None"}, {"None"}], strict=True):
        (axes,) = figure.axes
        assert len({line.get_linestyle() for line in axes.lines}) == len(axes.lines) == 3
        assert {str(line.get_marker()) for line in axes.lines} == markers


@pytest.mark.parametrize("classes", [2, plots.MAX_COUNTED_CLASSES + 1, plots.MAX_NAMED_CLASSES + 1])
def test_a_matrix_shows_its_counts_and_names_if_they_fit(drawn, tmp_path, classes):
    plots.draw_matrix(matrix([f"${number}\x1b" for number in range(classes)]), tmp_path / "a.png", "test")
    axes, scale = drawn[0].axes
    texts = [text.get_text() for text in axes.texts]
    assert texts == (["0", "1,000", "2,000", "3,000"] if classes == 2 else [])
    named = names_of(axes.get_xticklabels())[:2] == [r"\$0\x1b", r"\$1\x1b"]
    assert named == (classes <= plots.MAX_NAMED_CLASSES)
    total = 1000 * sum(range(classes**2))
    assert axes.get_title() == f"Counts, test split ({total:,} examples)"
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true", "predicted")
    assert scale.get_ylabel() == "share of the examples of the true"
    assert [float(tick) for tick in scale.get_yticks()] == [0, 0.25, 0.5, 0.75, 1]


def test_a_matrix_has_no_empty_strip_at_its_sides(tmp_path):
    from matplotlib.image import imread

    plots.draw_matrix(matrix(["negative", "positive"]), tmp_path / "a.png", "test")
    pixels = imread(tmp_path / "a.png")[:, :, :3]
    inked = np.flatnonzero((pixels < 0.9).any(axis=(0, 2)))
    assert inked[0] < 30
    assert pixels.shape[1] - inked[-1] < 30
    assert pixels.shape[1] >= 800


def test_long_names_are_cut_tilted_and_do_not_overlap(drawn, tmp_path):
    plots.draw_matrix(
        matrix([f"a rather long name of the class {number}" for number in range(20)]), tmp_path / "a.png", "test"
    )
    axes = drawn[0].axes[0]
    shown = names_of(axes.get_yticklabels())
    assert len(set(shown)) == 20
    assert max(map(len, shown)) <= plots.MAX_NAME_LENGTH
    assert {label.get_rotation() for label in axes.get_xticklabels()} == {45.0}
    boxes = [label.get_window_extent() for label in axes.get_yticklabels()]
    assert all(not one.overlaps(other) for one, other in itertools.pairwise(boxes))
    height, width = drawn[0].bbox.height, drawn[0].bbox.width
    for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        box = label.get_window_extent()
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height


def test_attention_has_targets_below_each_other_numbers_and_a_scale(drawn, tmp_path):
    weights = [[1, 0, 0], [0.02, 0.9, 0.08]]
    plots.draw_attention(["la", "mesa"], ["the", "table", "."], weights, tmp_path / "new" / "a.png")
    axes, scale = drawn[0].axes
    assert names_of(axes.get_yticklabels()) == ["la", "mesa"]
    assert names_of(axes.get_xticklabels()) == ["the", "table", "."]
    assert axes.images[0].get_array().shape == (2, 3)
    assert [text.get_text() for text in axes.texts] == ["1.00", "", "", "", "0.90", "0.08"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("source tokens", "tokens of the translation")
    assert scale.get_ylabel().startswith("attention weight")


@pytest.mark.parametrize(("tokens", "rotation"), [(["a", "b"], 0), (["a rather long token"] * 8, 45)])
def test_long_source_tokens_are_tilted(drawn, tmp_path, tokens, rotation):
    plots.draw_attention(["x"], tokens, [[0.1] * len(tokens)], tmp_path / "a.png")
    assert {label.get_rotation() for label in drawn[0].axes[0].get_xticklabels()} == {rotation}


@pytest.mark.parametrize("name", ["picture", "picture.txt", "picture.", ".png"])
def test_a_name_that_is_no_picture(tmp_path, name):
    with pytest.raises(RequestError, match=r"must end in one of \.png, \.pdf, \.svg, \.jpg"):
        plots.refuse_unknown_format(tmp_path / name)


BEGINNINGS = {".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml", ".jpg": b"\xff\xd8", ".PNG": b"\x89PNG"}


@pytest.mark.parametrize("suffix", [*plots.FORMATS, ".PNG"])
def test_every_kind_of_picture_can_be_written(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    plots.refuse_unknown_format(path)
    plots.draw_curves(epochs(2), 1, path)
    assert path.read_bytes().startswith(BEGINNINGS[suffix])


def test_characters_that_the_font_lacks_are_told(tmp_path):
    assert plots.draw_attention(["cat"], ["gato"], [[1.0]], tmp_path / "a.png") == ""
    note = plots.draw_attention(["\u732b"], ["cat"], [[1.0]], tmp_path / "b.png")
    assert note.startswith("b.png: the font of the pictures has no '\u732b', which are drawn as boxes")
