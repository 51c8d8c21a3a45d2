"""`seqlab recipes`: the configs shipped with seqlab."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from seqlab.cli.arguments import AsJson
from seqlab.cli.console import print_indented, print_json, print_line, print_note, print_table, result_console

if TYPE_CHECKING:
    from seqlab.config.recipes import Recipe

commands = typer.Typer()

TABLE_WIDTH = 120
"""Narrower terminals show the description below the recipe instead of beside it."""


@commands.command()
def recipes(as_json: AsJson = False) -> None:
    """List the recipes shipped with seqlab: task, data, the metrics to expect, and the time they take."""
    from seqlab.config.recipes import recipes as all_recipes

    found = list(all_recipes())
    if as_json:
        print_json([asdict(recipe) for recipe in found])
        return
    if result_console().width < TABLE_WIDTH:
        _print_list(found)
    else:
        rows = [
            (recipe.name, recipe.task, recipe.data, _expected(recipe.expected), _seconds(recipe), recipe.description)
            for recipe in found
        ]
        print_table(("recipe", "task", "data", "expected", "time", "description"), rows)
    print_note("\ntimes on one or two cores; train one with: seqlab train RECIPE")


def _print_list(recipes: Sequence[Recipe]) -> None:
    """Recipes by task and data: name, expected metrics and time on one line, the description indented below."""
    for heading, group in itertools.groupby(recipes, key=_heading):
        print_line(heading)
        for recipe in group:
            facts = [_expected(recipe.expected), f"in {_seconds(recipe)}" if recipe.time else ""]
            print_line(f"  {recipe.name}{': ' if any(facts) else ''}{' '.join(filter(None, facts))}")
            print_indented(recipe.description)


def _heading(recipe: Recipe) -> str:
    """`classification with imdb`; the systems of the course with its own training are groups of their own."""
    from seqlab.config.recipes import COURSE

    group = f"{recipe.task} with {recipe.data}"
    return f"{group}, trained as in the course" if recipe.name.startswith(COURSE) else group


def _seconds(recipe: Recipe) -> str:
    """`25 s` of `25 s on two cores`."""
    return recipe.time.partition(" on ")[0]


def _expected(bands: Mapping[str, tuple[float, float]]) -> str:
    """`test.accuracy 0.9 to 0.91`."""
    return ", ".join(f"{metric} {low:g} to {high:g}" for metric, (low, high) in bands.items())
