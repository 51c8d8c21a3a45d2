"""`seqlab recipes`: the configs shipped with seqlab."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from seqlab.cli.arguments import AsJson
from seqlab.cli.console import print_json, print_line, print_note, print_table, print_text, result_console

if TYPE_CHECKING:
    from seqlab.config.recipes import Recipe

commands = typer.Typer()

TABLE_WIDTH = 120
"""Narrower terminals show the description below the recipe instead of beside it."""


@commands.command()
def recipes(as_json: AsJson = False) -> None:
    """List the recipes shipped with seqlab and the metrics to expect from them."""
    from seqlab.config.recipes import recipes as all_recipes

    found = list(all_recipes())
    if as_json:
        print_json([asdict(recipe) for recipe in found])
        return
    if (width := result_console().width) < TABLE_WIDTH:
        _print_list(found, width)
    else:
        rows = [(recipe.name, recipe.task, _expected(recipe.expected), recipe.description) for recipe in found]
        print_table(("recipe", "task", "expected", "description"), rows)
    print_note("\ntrain one with: seqlab train RECIPE")


def _print_list(recipes: Sequence[Recipe], width: int) -> None:
    """Name and expected metrics of each recipe on one line, the description indented below."""
    for recipe in recipes:
        print_line(f"{recipe.name}  ({recipe.task}; {_expected(recipe.expected)})")
        print_text(textwrap.fill(recipe.description, width - 1, initial_indent="    ", subsequent_indent="    "))


def _expected(bands: Mapping[str, tuple[float, float]]) -> str:
    """`test.accuracy 0.9 to 0.91`."""
    return ", ".join(f"{metric} {low:g} to {high:g}" for metric, (low, high) in bands.items())
