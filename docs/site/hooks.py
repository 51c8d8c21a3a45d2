"""What mkdocs does not do by itself: pages made of the code, links to other files of the repository, named files.

mkdocs calls the functions `on_…`; mkdocs.yml names this file.
"""

from __future__ import annotations

import json
import re
from html import escape, unescape
from pathlib import Path
from typing import Any

import command_reference
import links
import reference
from mkdocs.structure.files import File, Files
from pymdownx.slugs import slugify

PLACEHOLDER = "generated"
"""Where the navigation of mkdocs.yml gets the generated pages."""
RECIPE = re.compile(r"^Recipe: `(\S+)`$", re.MULTILINE)
CONSOLE = re.compile(r'<div class="language-console highlight">(?P<code>.*?)</div>', re.DOTALL)
TAG = re.compile(r"<[^>]+>")
LINE = re.compile(r'id="(__codelineno-[\d-]+)"')
NAMED_FILE = re.compile(r"^<!-- file: (\S+) -->\n+```(\w+)$", re.MULTILINE)


def on_config(config: Any) -> Any:
    """Headings get the anchors that they have in a repository; the reference gets its place in the navigation."""
    config.mdx_configs["toc"]["slugify"] = slugify(case="lower")
    parts = [{title: path} for path, (title, _) in reference.pages().items()]
    commands = [{title: path} for path, (title, _) in command_reference.pages().items()]
    config.nav = _placed(config.nav, [*parts, {"Options of commands": commands}])
    return config


def _placed(nav: list[Any], generated: list[Any]) -> list[Any]:
    """The navigation with the generated pages where mkdocs.yml leaves a place for them."""
    found: list[Any] = []
    for entry in nav:
        ((title, content),) = entry.items() if isinstance(entry, dict) else ((None, entry),)
        if content == PLACEHOLDER:
            found += generated
        else:
            found.append({title: _placed(content, generated)} if isinstance(content, list) else entry)
    return found


def on_files(files: Files, config: Any) -> Files:
    """Add the pages of the repository, the reference, and every file that a page links to."""
    texts = {path: (links.ROOT / origin).read_text(encoding="utf-8") for origin, path in links.PAGES.items()}
    texts |= {path: text for path, (_, text) in (reference.pages() | command_reference.pages()).items()}
    pages = {file.src_uri: file.content_string for file in files.documentation_pages()} | texts
    linked = {path for here, text in pages.items() for path in links.outside(text, _origin(here))}
    texts |= {links.page_of(path): links.page(path) for path in sorted(linked) if links.page_of(path) not in pages}
    for path, text in texts.items():
        files.append(File.generated(config, path, content=text))
    return files


def _origin(here: str) -> str:
    """The path in the repository of a page of the site."""
    return next((origin for origin, path in links.PAGES.items() if path == here), f"docs/{here}")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links lead to pages of the site; a file to save has its name above it; a folder's page lists its files."""
    here = page.file.src_uri
    markdown = NAMED_FILE.sub(r'```\2 title="\1"', markdown)
    markdown = RECIPE.sub(lambda recipe: f"Recipe: {reference.link_to_recipe(recipe[1], here)}", markdown)
    if Path(here).name == "README.md" and not page.file.generated_by:
        folder = Path(links.ROOT, "docs", here).parent
        markdown += f"\n\n## Files\n\n{links.listing(folder)}\n"
    return links.in_site(markdown, _origin(here), here) if not here.startswith("files/") else markdown


def on_page_content(html: str, page: Any, **_: Any) -> str:
    """Numbered lines of code are anchors, too: mkdocs must know them to check the links that lead there.

    The button of a console block copies its commands, without prompts and output.
    """
    page.present_anchor_ids |= set(LINE.findall(html))
    return CONSOLE.sub(_with_commands_to_copy, html)


def _with_commands_to_copy(block: re.Match[str]) -> str:
    lines = iter(unescape(TAG.sub("", block["code"])).splitlines())
    commands = []
    for line in lines:
        if line.startswith("$ "):
            commands.append(line.removeprefix("$ "))
            while commands[-1].endswith("\\"):
                commands.append(next(lines))
    copied = escape("\n".join(commands), quote=True)
    return block[0].replace("<div ", f'<div data-copy="{copied}" ', 1) if commands else block[0]


def on_post_build(config: Any) -> None:
    """Write the index of the search as a script, too: a page that is opened from a folder may not fetch a file."""
    folder = Path(config.site_dir, "search")
    index = json.loads((folder / "search_index.json").read_text(encoding="utf-8"))
    (folder / "search_index.js").write_text(f"var __index = {json.dumps(index)}", encoding="utf-8")
