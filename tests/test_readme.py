"""The README: short, complete, its commands print what it shows, its config is the recipe."""

import re

import pytest
from documents import ROOT, blocks, run_page

from seqlab import config
from seqlab.cli.application import COMMANDS

README = ROOT / "README.md"
DOCS = ROOT / "docs"
LONGEST = 200
"""Lines. What does not fit belongs in docs/."""


def test_its_commands_print_what_it_shows(tmp_path):
    run_page(README, tmp_path)


def test_it_can_be_read_in_one_sitting():
    assert len(README.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("name", COMMANDS)
def test_its_table_has_every_command(name):
    assert re.search(rf"^\| (`seqlab [^`]+`, )*`seqlab {name}\b", README.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.stem)
def test_it_leads_to_every_page(page):
    assert f"](docs/{page.name})" in README.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [README, DOCS / "configuration.md"], ids=lambda page: page.name)
def test_the_config_it_shows_is_the_recipe(page, tmp_path):
    (block,) = (block for block in blocks(page) if block.language == "yaml")
    path = tmp_path / "explained.yaml"
    path.write_text(block.text, encoding="utf-8")
    assert config.load(path).experiment == config.load("imdb/bigram").experiment


def test_the_files_of_a_run_are_described(quick_run):
    page = (DOCS / "runs.md").read_text(encoding="utf-8")
    section = page.partition("## What a run contains")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = {name.removesuffix("/") for row in rows for name in re.findall(r"`(.+?)`", row)}
    there = {path.name for path in quick_run.directory.iterdir()}
    assert there <= named
    assert named - there <= {"run.log", "tensorboard"}, "these are there if there is a reason"
