"""`seqlab recipes`."""

import json
from collections.abc import Callable

from typer.testing import Result

from seqlab.config import load, recipe_names

Invoke = Callable[..., Result]


def test_each_recipe_has_a_row(invoke: Invoke) -> None:
    result = invoke("recipes")
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["recipe", "task", "expected", "description"]
    assert [line.split()[0] for line in lines[1:]] == recipe_names()
    bigram = next(line for line in lines if line.startswith("imdb/bigram "))
    assert "classification" in bigram
    assert "test.accuracy 0.898 to 0.908" in bigram
    assert "seqlab train RECIPE" in result.stderr


def test_as_json_with_the_bands_of_the_config(invoke: Invoke) -> None:
    found = json.loads(invoke("recipes", "--json").stdout)
    for recipe in found:
        experiment = load(recipe["name"]).experiment
        assert recipe["task"] == experiment.task
        assert recipe["source"] == experiment.expected.source
        assert {name: tuple(band) for name, band in recipe["expected"].items()} == experiment.expected.bands
        assert recipe["description"]


def test_no_description_ends_within_a_citation(invoke):
    assert all(line.count("(") == line.count(")") for line in invoke("recipes").stdout.splitlines())
