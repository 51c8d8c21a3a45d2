"""The site of the documentation: complete, whole without a network, every link in it leads somewhere.

It is built once. Without mkdocs (the extra `docs`) only the navigation is tested.
"""

import functools
import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from documents import ROOT
from typer.main import get_command

from seqlab.cli.application import COMMANDS, app
from seqlab.config import recipe_names
from seqlab.experiment.catalogue import all_components, describe_section, sections

CONFIG = ROOT / "docs" / "site" / "mkdocs.yml"
LOADED = {
    ("script", "src"),
    ("img", "src"),
    ("iframe", "src"),
    ("source", "src"),
    ("source", "srcset"),
    ("link", "href"),
}
"""What a browser fetches by itself, unlike a link."""


class Page(HTMLParser):
    """What a page loads, what it links to, its anchors, and the text of its article with and without code."""

    def __init__(self, html):
        super().__init__()
        self.loads, self.links, self.anchors, self.text, self.prose = [], [], set(), [], []
        self._code = self._article = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if (tag, name) in LOADED:
                self.loads.append(value)
            elif (tag, name) == ("a", "href"):
                self.links.append(value)
            elif name in {"id", "name"}:
                self.anchors.add(value)
        self._article += tag == "article"
        self._code += tag in {"code", "pre"}

    def handle_endtag(self, tag):
        self._article -= tag == "article"
        self._code -= tag in {"code", "pre"}

    def handle_data(self, data):
        if self._article:
            self.text.append(data)
            self.prose.append("" if self._code else data)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the site, built as `mkdocs build --strict` does: a warning ends it."""
    pytest.importorskip("material", reason="needs the extra docs")
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    folder = tmp_path_factory.mktemp("site")
    build(load_config(str(CONFIG), strict=True, site_dir=str(folder)))
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


def in_navigation(entries):
    for entry in entries:
        for content in entry.values() if isinstance(entry, dict) else [entry]:
            yield from in_navigation(content) if isinstance(content, list) else [content]


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_each_page_is_in_the_navigation(page):
    there = list(in_navigation(yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["nav"]))
    line = f"- {page.stem.replace('_', ' ').capitalize()}: {page.name}"
    assert there.count(page.name) == 1, (
        f"docs/{page.name} is {there.count(page.name)} times in the navigation of docs/site/mkdocs.yml: add the line "
        f"'{line}' once below 'nav', in the section where a reader looks for it (a tutorial for each task, 'Data', "
        "'How to', 'Reference' or 'Background')"
    )


def test_nothing_is_fetched_from_elsewhere(site, pages):
    for name, page in pages.items():
        elsewhere = [each for each in page.loads if urlsplit(each or "").netloc]
        assert not elsewhere, f"{name} loads {elsewhere}"
    for sheet in site.rglob("*.css"):
        found = re.findall(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\s\"')]+)", sheet.read_text(encoding="utf-8"))
        assert not found, f"{sheet.name} loads {found}"


def test_every_link_and_what_a_page_loads_is_in_the_site(site, pages):
    for name, page in pages.items():
        if name == "404.html":  # its links begin at the root of a server
            continue
        for target in page.links + page.loads:
            address = urlsplit(target)
            if address.scheme or address.netloc or not target:
                assert address.scheme in {"https", "data", ""}, f"{name} links to {target}"
                continue
            path = (site / name).parent / unquote(address.path) if address.path else site / name
            path = path.resolve() / "index.html" if path.is_dir() else path.resolve()
            assert path.is_file(), f"{name} links to {target}, which is not in the site"
            anchor, other = unquote(address.fragment), path.relative_to(site.resolve()).as_posix()
            if anchor and other in pages:
                assert anchor in pages[other].anchors, f"{name} links to {target}: no such anchor"


def test_markdown_is_not_left_over(pages):
    for name, page in pages.items():
        prose = "".join(page.prose)
        found = re.search(r"\*\*\S|\]\(|```|\n- \S", prose)
        where = found and prose[max(0, found.start() - 60) : found.end() + 60]
        assert not found or name.startswith("files/"), f"{name} shows Markdown: {where!r}"


def bare(text):
    """A text without what Markdown may change: white space, backquotes, dashes of lists."""
    return re.sub(r"\s|`", "", re.sub(r"(?m)^\s*- ", "", text))


def shown(pages, prefix):
    return bare("".join("".join(page.text) for name, page in pages.items() if name.startswith(prefix)))


@functools.cache
def described():
    return [*all_components(), *(each for name in sections() for each in describe_section(name))]


def test_the_reference_shows_every_component_and_key_as_parts_does(pages):
    text = shown(pages, "reference/")
    for each in described():
        assert bare(each.help) in text, f"{each.kind} {each.name}: {each.help}"
        for option in each.options:
            row = bare(f"{option.name}{option.default}{option.help}{option.allowed}")
            assert row in text, f"{each.kind} {each.name}: {option}"


def test_the_reference_shows_every_command_with_its_options(pages):
    root = get_command(app)
    top = root.make_context("seqlab", [], resilient_parsing=True)
    for name in COMMANDS:
        text = shown(pages, f"reference/commands/{name}.html")
        for context in leaves(root.get_command(top, name), name, top):
            assert bare(context.command_path) in text
            for parameter in context.command.get_params(context):
                if record := parameter.get_help_record(context):
                    assert bare("".join(record).replace("\\[", "[")) in text, f"{name}: {record}"


def leaves(command, name, parent):
    if not hasattr(command, "commands"):
        yield command.make_context(name, [], parent=parent, resilient_parsing=True)
        return
    context = command.context_class(command, info_name=name, parent=parent)
    for each in command.list_commands(context):
        yield from leaves(command.get_command(context, each), each, context)


def test_the_reference_shows_every_recipe_as_it_is_shipped(pages):
    text = shown(pages, "reference/recipes.html")
    for name in recipe_names():
        assert bare((ROOT / "configs" / f"{name}.yaml").read_text(encoding="utf-8")) in text


def test_the_source_of_a_component_is_the_line_that_defines_it(pages, site):
    targets = [link for link in pages["reference/models_classification_regression.html"].links if "bag.py" in link]
    assert targets
    for target in targets:
        path, _, anchor = target.partition("#")
        html = (site / "reference" / path).read_text(encoding="utf-8")
        line = re.search(rf'id="{anchor}".*?\n', html)[0]
        assert re.search(r"class|@", re.sub(r"<[^>]+>", "", line)), line


def test_a_file_to_save_has_its_name(pages):
    assert bare("flats.csv city,size,age,description,price") in shown(pages, "tables.html")


def test_the_button_of_a_console_block_copies_its_commands(site):
    html = (site / "index.html").read_text(encoding="utf-8")
    copied = [unescape(each) for each in re.findall(r'data-copy="(.*?)"', html, re.DOTALL)]
    assert copied[0].splitlines()[-1].strip() == "seqlab train quickstart"
    assert copied[0].startswith("python3 -m venv .venv && . .venv/bin/activate && ")
    assert copied[1] == 'seqlab predict latest "The soup was not bad." "The soup was bad." "I did not like the soup."'


def test_the_search_finds_parts_and_no_source(site):
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    places = {each["location"] for each in index["docs"]}
    assert "reference/models_classification_regression.html#naive_bayes_bag" in places
    assert not [place for place in places if place.startswith("files/")]
    script = Path(site, "search", "search_index.js").read_text(encoding="utf-8")
    assert json.loads(script.removeprefix("var __index = ")) == index
