"""Pictures of a sweep: every kind of key, keys without a value, and a single trial."""

from seqlab.sweeps.options import parsed_domain
from seqlab.sweeps.pictures import _height, _ticks, draw_importance, draw_parallel
from seqlab.sweeps.space import Parameter
from seqlab.sweeps.summary import TrialRow

PARAMETERS = [
    Parameter("model", parsed_domain(["bag", {"name": "recurrent", "units": 8}, "$x$"])),
    Parameter("model.units", parsed_domain({"values": [8, 16], "when": {"model": "bag"}})),
    Parameter("training.learning_rate", parsed_domain({"low": 1e-4, "high": 1e-2, "log": True})),
    Parameter("model.dropout", parsed_domain({"low": 0, "high": 0.5})),
]
VALUES = {"model": "bag", "model.units": 16, "training.learning_rate": 1e-3, "model.dropout": 0.25}


def test_a_value_is_drawn_where_it_lies_between_the_ends():
    assert [round(_height(each, VALUES), 6) for each in PARAMETERS] == [0, 1, 0.5, 0.5]
    assert _height(PARAMETERS[1], {}) < 0
    assert [text for _, text in _ticks(PARAMETERS[2])] == ["0.0001", "0.000316", "0.001", "0.00316", "0.01"]


def test_pictures_are_drawn_of_one_trial_and_of_many(tmp_path):
    rows = [
        TrialRow(0, "finished", 0.9, 1, VALUES, None, None),
        TrialRow(1, "finished", 0.8, 1, {"model": {"name": "recurrent", "units": 8}, "model.dropout": 0.5,
                                         "training.learning_rate": 1e-2}, None, None),
        TrialRow(2, "failed", None, 0, {}, None, "no"),
    ]  # fmt: skip
    for number in (1, 3):
        path = tmp_path / f"{number}.png"
        assert not draw_parallel(rows[:number], PARAMETERS, "validation.accuracy", path, maximize=True)
        assert path.read_bytes().startswith(b"\x89PNG")
    assert not draw_importance({"model.dropout": 0.7, "model": 0.3}, "validation.loss", 3, tmp_path / "i.png")
    assert (tmp_path / "i.png").stat().st_size > 5_000
