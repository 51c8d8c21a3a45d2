"""The README: its commands do what it shows, its config is the recipe, its tree is the tree."""

import re
from pathlib import Path

from documents import ROOT, blocks, run_page

from seqlab import config

README = ROOT / "README.md"
CODE = ("seqlab", "configs", "benchmarks", "docs", "tests")
"""The folders of the tree; of `tests` only what does not mirror `seqlab`, of `docs` only what is no page."""


def test_its_commands_print_what_it_shows(tmp_path):
    run_page(README, tmp_path)


def test_it_names_all_that_a_run_leaves_behind(quick_run):
    section = README.read_text(encoding="utf-8").partition("## What a run leaves behind")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = {name.removesuffix("/") for row in rows for name in re.findall(r"`(.+?)`", row)}
    there = {path.name for path in quick_run.directory.iterdir()}
    assert there <= named
    assert named - there <= {"run.log"}


def test_its_config_is_the_recipe(tmp_path):
    (block,) = (block for block in blocks(README) if block.language == "yaml")
    path = tmp_path / "explained.yaml"
    path.write_text(block.text, encoding="utf-8")
    assert config.load(path).experiment == config.load("imdb/bigram").experiment


def test_its_tree_has_a_line_for_each_file():
    (block,) = (block for block in blocks(README) if block.text.startswith("seqlab/"))
    there = {path.relative_to(ROOT).as_posix() for folder in CODE for path in _code_in(ROOT / folder)}
    assert sorted(_paths_of(block.text)) == sorted(there)


def _paths_of(tree):
    """The files of an indented tree. Every line has a description."""
    folders = []
    for line in tree.splitlines():
        found = re.fullmatch(r"(?P<indent> *)(?P<name>\S+) +(?P<description>\S.*)", line)
        assert found, f"a line without a description: {line}"
        folders = folders[: len(found["indent"]) // 2]
        if found["name"].endswith("/"):
            folders.append(found["name"])
            assert (ROOT / "".join(folders)).is_dir()
        else:
            yield "".join(folders) + found["name"]


def _code_in(folder: Path):
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).parts
        hidden = any(part.startswith((".", "__pycache__")) for part in inside)
        if hidden or path.is_dir() or path.name == "__init__.py" or inside[0] == "results":
            continue
        if folder.name not in {"docs", "tests"} or (len(inside) == 1 and path.suffix == ".py"):
            yield path
