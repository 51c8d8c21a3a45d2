"""`seqlab recipes`."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from seqlab.config import load, recipe_names
from seqlab.config.recipes import COURSE

RECORDS = Path(__file__).parents[2] / "docs" / "results"

Invoke = Callable[..., Result]


def test_each_recipe_has_a_row(invoke: Invoke) -> None:
    result = invoke("recipes")
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["recipe", "task", "data", "expected", "time", "description"]
    assert [line.split()[0] for line in lines[1:]] == recipe_names()
    bigram = next(line for line in lines if line.startswith("imdb/bigram "))
    assert "classification" in bigram
    assert bigram.split()[1:9] == ["classification", "imdb", "test.accuracy", "0.898", "to", "0.908", "21", "s"]
    assert "seqlab train RECIPE" in result.stderr


def test_as_json_with_the_bands_of_the_config(invoke: Invoke) -> None:
    found = json.loads(invoke("recipes", "--json").stdout)
    for recipe in found:
        experiment = load(recipe["name"]).experiment
        assert recipe["task"] == experiment.task
        assert recipe["source"] == experiment.expected.source
        assert {name: tuple(band) for name, band in recipe["expected"].items()} == experiment.expected.bands
        assert recipe["data"] == experiment.data.name
        assert 20 < len(recipe["description"]) <= 160, "one sentence"


def test_no_description_ends_within_a_citation(invoke):
    assert all(line.count("(") == line.count(")") for line in invoke("recipes").stdout.splitlines())


def test_the_time_and_the_cores_are_those_of_the_recorded_run(invoke):
    """The time within a fifth, because it is rounded."""
    for recipe in json.loads(invoke("recipes", "--json").stdout):
        file = RECORDS / f"{recipe['name'].replace('/', '-')}.json"
        if recipe["name"].startswith(COURSE) or not (recipe["expected"] or file.exists()):
            continue  # what has no record among ours: docs/course.md
        record = json.loads(file.read_text(encoding="utf-8"))
        numbers = [int(number) for number in re.findall(r"\d+", recipe["time"])]
        cores = {1: "one core", 2: "two cores"}[record["machine"]["cores"]]
        assert re.fullmatch(rf"(\d+ (s|min)|\d+ h \d\d min) on {cores}", recipe["time"]), recipe["name"]
        units = {"s": [1], "m": [60], "h": [3600, 60]}[recipe["time"].split()[1][0]]
        seconds = sum(number * unit for number, unit in zip(numbers, units, strict=True))
        assert seconds == pytest.approx(record["result"]["seconds"], rel=0.2), recipe["name"]


def test_a_narrow_terminal_shows_every_word(invoke, monkeypatch):
    monkeypatch.setattr("seqlab.cli.recipes.TABLE_WIDTH", 20_000)
    lines = invoke("recipes").stdout.splitlines()
    assert "classification with imdb" in lines
    assert "  imdb/bigram: test.accuracy 0.898 to 0.908 in 21 s" in lines
    course = lines.index("classification with imdb, trained as in the course")
    assert lines[course + 1] == "  course/imdb/bigram"
    assert lines.index("translation with spa_eng") < course, "the course's come last"
    assert [line for line in lines if not line.startswith(" ")][:2] == [
        "classification with ag_news", "classification with imdb"
    ]  # fmt: skip
