"""`seqlab recipes`: the configs shipped with seqlab."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import typer

from seqlab.cli.arguments import AsJson
from seqlab.cli.console import print_json, print_note, print_table

commands = typer.Typer()


@commands.command()
def recipes(as_json: AsJson = False) -> None:
    """List the recipes shipped with seqlab and the metrics to expect from them."""
    from seqlab.config.recipes import recipes as all_recipes

    found = list(all_recipes())
    if as_json:
        print_json([asdict(recipe) for recipe in found])
        return
    rows = [(recipe.name, recipe.task, _expected(recipe.expected), recipe.description) for recipe in found]
    print_table(("recipe", "task", "expected", "description"), rows)
    print_note("\ntrain one with: seqlab train RECIPE")


def _expected(bands: Mapping[str, tuple[float, float]]) -> str:
    """`test.accuracy 0.9 to 0.91`."""
    return ", ".join(f"{metric} {low:g} to {high:g}" for metric, (low, high) in bands.items())
