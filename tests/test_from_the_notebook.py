"""docs/from_the_notebook.md: its YAML is that of the recipes it names, its commands parse, its overrides change them.

Nothing is trained.
"""

import re
from dataclasses import dataclass

import pytest
import yaml
from documents import ROOT, Command
from typer.main import get_command

from seqlab import config
from seqlab.cli.application import app
from seqlab.config import recipe_names
from seqlab.config.recipes import COURSE

PAGE = ROOT / "docs" / "from_the_notebook.md"
SECTION = re.compile(r"(data|vectorizer|model|training|runtime|metrics): ")
OVERRIDE = re.compile(r"[a-z_]+(\.\w+)+=\S")
DONE_BY_ITSELF = re.compile(
    r"nothing to do|printed while it trains|printed at the beginning|part of each evaluation|`plots/`"
)


@dataclass(frozen=True)
class Row:
    recipe: str
    cell: str
    answer: str

    @property
    def spans(self):
        return re.findall(r"`([^`]+)`", self.answer)


def rows():
    """Every row of the page's tables, with the recipe that is named before its table."""
    recipe = None
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        recipe = found[1] if (found := re.fullmatch(r"Recipe: `(\S+)`", line)) else recipe
        if line.startswith("| ") and not line.startswith("| in the "):
            cell, answer = line.strip("| ").split(" | ")
            yield Row(recipe, cell, answer)


ROWS = list(rows())
FRAGMENTS = [(row.recipe, span) for row in ROWS for span in row.spans if SECTION.match(span)]
OVERRIDES = [(row.recipe, span) for row in ROWS for span in row.spans if OVERRIDE.match(span)]
COMMANDS = [
    " ".join(span.split()) for span in re.findall(r"`(seqlab [^`]+)`", PAGE.read_text(encoding="utf-8"), re.DOTALL)
]


def keys_of(fragment):
    """Overrides that say the same as a line of YAML, one for each key."""
    ((section, keys),) = yaml.safe_load(fragment).items()
    return [
        f"{section}.{key}={yaml.safe_dump(value, default_flow_style=True, width=10**6)}" for key, value in keys.items()
    ]


def same(recipe, overrides):
    return config.load(recipe, overrides).experiment == config.load(recipe).experiment


@pytest.mark.parametrize(("recipe", "fragment"), FRAGMENTS, ids=lambda each: each)
def test_the_yaml_is_that_of_the_recipe(recipe, fragment):
    for override in keys_of(fragment):
        assert same(recipe, [override]), f"{override.strip()} is not what {recipe} says"


@pytest.mark.parametrize(("recipe", "override"), OVERRIDES)
def test_an_override_changes_the_recipe(recipe, override):
    assert not same(recipe, [override])


@pytest.mark.parametrize("command", dict.fromkeys(COMMANDS))
def test_a_command_parses_and_its_config_is_valid(command):
    words = Command(command).words[1:]
    context = get_command(app).make_context("seqlab", [], resilient_parsing=True)
    while hasattr(context.command, "commands"):
        name = words.pop(0)
        leaf = context.command.get_command(context, name)
        assert leaf, f"there is no command {name}"
        group = hasattr(leaf, "commands")
        context = leaf.make_context(name, [] if group else list(words), parent=context, resilient_parsing=group)
    for recipe in [word for word in words if word in recipe_names()]:
        overrides = [word for word in words if re.match(r"[\w.]+=", word)]
        assert config.load(recipe, overrides).experiment
        assert not overrides or not same(recipe, overrides), f"{command} changes nothing"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.cell[:40])
def test_each_cell_has_its_line(row):
    checked = [span for span in row.spans if SECTION.match(span) or span.startswith("seqlab ")]
    assert checked or DONE_BY_ITSELF.search(row.answer)
    assert row.recipe in recipe_names()


def test_every_recipe_of_the_course_is_on_the_page():
    named = {row.recipe for row in ROWS} | {word for command in COMMANDS for word in Command(command).words}
    assert {name for name in recipe_names() if name.startswith(COURSE)} <= named
