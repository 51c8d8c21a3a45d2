"""Learning curves of one run and of several."""

from seqlab.reports.html.curves import MOST_POINTS, charts_of

EPOCHS = [
    {"epoch": 1, "train.loss": 0.9, "validation.loss": 0.8, "validation.f1.x": 0.1, "validation.accuracy": 0.5},
    {"epoch": 2, "train.loss": 0.5, "validation.loss": None, "validation.f1.x": 0.2, "validation.accuracy": 0.7},
]


def test_a_chart_for_each_metric_the_loss_first_and_none_for_each_class():
    loss, accuracy = charts_of({"A": EPOCHS})
    assert (loss.caption, accuracy.caption) == ("loss", "accuracy")
    assert [(each.name, each.points, each.dashed) for each in loss.series] == [
        ("train", [(1, 0.9), (2, 0.5)], True),
        ("validation", [(1, 0.8)], False),  # what was not finite is left out
    ]


def test_lines_of_several_runs_have_the_names_of_the_runs():
    loss, *_ = charts_of({"A": EPOCHS, "B": EPOCHS[:1]})
    assert [each.name for each in loss.series] == ["A train", "A validation", "B train", "B validation"]


def test_the_log_loss_has_a_chart_only_where_it_is_not_the_loss():
    same = [{"epoch": 1, "validation.loss": 0.5, "validation.log_loss": 0.5}]
    assert [each.caption for each in charts_of({"A": same})] == ["loss"]
    other = [{"epoch": 1, "validation.loss": 0.5, "validation.log_loss": 0.4}]
    assert [each.caption for each in charts_of({"A": other})] == ["loss", "log loss"]


def test_long_trainings_are_thinned_and_end_with_the_last_epoch():
    epochs = [{"epoch": number, "train.loss": 1 / number} for number in range(1, 5_000)]
    points = charts_of({"A": epochs})[0].series[0].points
    assert MOST_POINTS / 2 < len(points) <= MOST_POINTS
    assert points[-1] == (4_999, 1 / 4_999)


def test_no_epochs_no_charts():
    assert charts_of({"A": []}) == []
