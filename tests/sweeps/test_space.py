"""Points of a space: conditions, grids, and how they become overrides."""

from seqlab.sweeps.options import parsed_domain
from seqlab.sweeps.space import Parameter, Space, as_overrides


def space(**domains):
    return Space(tuple(Parameter(key.replace("__", "."), parsed_domain(value)) for key, value in domains.items()))


def test_a_grid_has_each_combination_once_and_leaves_out_what_a_condition_excludes():
    found = space(
        model=["bag", "recurrent"],
        model__units={"values": [8, 16], "when": {"model": "recurrent"}},
        training__epochs={"low": 1, "high": 3, "integer": True, "step": 2},
    ).grid()
    assert found == [
        {"model": "bag", "training.epochs": 1},
        {"model": "bag", "training.epochs": 3},
        {"model": "recurrent", "model.units": 8, "training.epochs": 1},
        {"model": "recurrent", "model.units": 8, "training.epochs": 3},
        {"model": "recurrent", "model.units": 16, "training.epochs": 1},
        {"model": "recurrent", "model.units": 16, "training.epochs": 3},
    ]


def test_a_condition_on_a_key_without_a_value_does_not_hold():
    nested = space(a=[1, 2], b={"values": [1], "when": {"a": [2, 3]}}, c={"values": [5], "when": {"b": 1}})
    assert nested.grid() == [{"a": 1}, {"a": 2, "b": 1, "c": 5}]
    assert nested.chain(nested.parameters[2]) == {"a": 2, "b": 1}


def test_true_does_not_fulfil_a_condition_on_1():
    assert space(a=[True], b={"values": [1], "when": {"a": 1}}).grid() == [{"a": True}]


def test_a_choice_keeps_the_order_of_its_keys():
    (parameter,) = space(model=["bag", {"name": "recurrent", "cell": "gru"}, None, True, 1]).parameters
    for value in parameter.domain.values:
        assert repr(parameter.value(parameter.drawn(value))) == repr(value)


def test_values_of_steps_are_written_as_a_person_would():
    (parameter,) = space(x={"low": 0, "high": 0.5, "step": 0.1}).parameters
    assert parameter.all_values() == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert parameter.value(0.1 + 0.2) == 0.3
    assert parameter.contains(0.3)
    assert not parameter.contains(0.35)


def test_whole_numbers_stay_whole_and_booleans_are_none():
    (parameter,) = space(x={"low": 1, "high": 64, "integer": True, "log": True}).parameters
    assert parameter.corners() == [1, 64]
    assert isinstance(parameter.value(8), int)
    assert parameter.contains(8)
    assert not parameter.contains(True)
    assert not parameter.contains(8.5)
    assert parameter.all_values() is None


def test_a_section_is_overridden_before_the_keys_in_it():
    values = {"model.units": 8, "model": {"name": "recurrent"}, "training.optimizer": "adam", "x": None, "y": True}
    assert as_overrides(values) == (
        'model={"name": "recurrent"}', "x=null", "y=true", "model.units=8", 'training.optimizer="adam"',
    )  # fmt: skip
