"""Components and registries: options and their help, functions as components, names that are unknown or taken."""

from abc import abstractmethod
from typing import Literal

import pytest
from pydantic import ValidationError

from seqlab.registry import Component, Positive, Registry, absolute_below, did_you_mean


class Shape(Component):
    """A shape."""

    sides: Positive = 3
    """How many sides it has."""


class Square(Shape):
    name: Literal["square"] = "square"


@pytest.fixture
def shapes():
    registry = Registry("shape")
    registry.add(Square)

    @registry.add
    def scaled(value: float, *, by: float = 2.0) -> float:
        """A number times another."""
        return value * by

    return registry


def test_a_component_is_read_from_its_name_or_a_mapping(shapes):
    assert shapes.read("square") == shapes.read({"name": "square", "sides": 3}) == Square()
    assert shapes.read({"name": "square", "sides": 5}).sides == 5
    assert shapes.read(Square(sides=7)).sides == 7


def test_a_function_is_a_component_whose_keyword_parameters_are_its_options(shapes):
    assert shapes.read("scaled")(3.0) == 6.0
    assert shapes.read({"name": "scaled", "by": 0.5})(3.0) == 1.5
    assert shapes["scaled"].component_help() == "A number times another."
    with pytest.raises(ValidationError, match="value"):
        shapes.read({"name": "scaled", "value": 1.0})


def test_the_string_under_a_field_is_its_description():
    assert Shape.help_of("sides") == "How many sides it has."
    assert Shape.model_json_schema()["properties"]["sides"]["description"] == "How many sides it has."


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (3, "expected the name of a shape or a mapping with its name and options; available: square, scaled"),
        ({"sides": 3}, "'name' is missing; expected the name of a shape: square, scaled"),
        ("sqare", "unknown shape 'sqare'; did you mean 'square'\\? available: square, scaled"),
        ({"name": 7}, "unknown shape 7; available"),
    ],
)
def test_values_that_name_no_component(shapes, value, message):
    with pytest.raises(Exception, match=message):
        shapes.read(value)


@pytest.mark.parametrize("options", [{"sides": 0}, {"sides": True}, {"sides": "3"}, {"side": 3}])
def test_options_are_strict(shapes, options):
    with pytest.raises(ValidationError):
        shapes.read({"name": "square", **options})
    with pytest.raises(ValidationError, match="frozen"):
        Square().sides = 4


def test_a_name_is_registered_once_and_a_module_imported_again_replaces_its_own(shapes):
    shapes.add(Square)
    assert shapes.names == ["square", "scaled"]
    assert ("square" in shapes, "circle" in shapes, len(shapes)) == (True, False, 2)

    class Other(Shape):
        name: Literal["square"] = "square"

    with pytest.raises(ValueError, match="another shape is already registered as 'square'"):
        shapes.add(Other)


def test_an_abstract_component_is_refused_with_what_it_lacks(shapes):
    class Unfinished(Shape):
        name: Literal["unfinished"] = "unfinished"

        @abstractmethod
        def area(self): ...

    with pytest.raises(TypeError, match="the shape 'unfinished' does not implement area"):
        shapes.add(Unfinished)


def test_paths_are_absolute_below_their_base(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert absolute_below(tmp_path, "a/b.csv") == str(tmp_path / "a" / "b.csv")
    assert absolute_below(tmp_path, "/x") == "/x"
    assert absolute_below(tmp_path, "~/x") == str(tmp_path / "home" / "x")
    assert absolute_below(tmp_path, "~no-such-user/x") == str(tmp_path / "~no-such-user" / "x")


def test_only_a_close_name_is_suggested():
    assert did_you_mean("BAGG", ["bag", "recurrent"]) == "did you mean 'bag'? "
    assert did_you_mean("xyz", ["bag"]) == ""
    assert did_you_mean("stop", ["top_p", "top_k"]) == ""  # three letters are the same, and it is another word
    assert did_you_mean("bga", ["bag"]) == "did you mean 'bag'? "  # two letters swapped are one mistake
    assert did_you_mean("batch", ["batch_size"]) == "did you mean 'batch_size'? "
    assert did_you_mean("learnin_rat", ["learning_rate"]) == "did you mean 'learning_rate'? "
