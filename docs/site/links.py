"""Links of the pages to other files of the repository, which are part of the site, too.

In a checkout a page links to a file by its relative path, such as `../benchmarks/README.md`. The site has the same
files: pages of the repository as pages, code as a page with numbered lines, folders as lists of their files.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from markdown_text import fenced, table

ROOT = Path(__file__).parents[2]
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "benchmarks/README.md": "benchmarks.md",
}
"""Markdown outside of docs/ → its page in the site."""
LANGUAGES = {".py": "python", ".yaml": "yaml", ".cff": "yaml"}
FENCED = re.compile(r"(^(?P<fence>`{3,}).*?^(?P=fence)$)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?P<before>\]\()(?P<target>[^)\s]+)(?=\))")


def outside(markdown: str, origin: str) -> Iterator[str]:
    """The files and folders outside of docs/ that a page links to; `origin`: its path in the repository."""
    for target in _targets(markdown):
        path = _path(target, origin)
        if path and path not in PAGES and not (path.startswith("docs/") and (ROOT / path).is_file()):
            yield path


def in_site(markdown: str, origin: str, here: str) -> str:
    """A page whose links lead to the same files in the site; `here` is its path there."""

    def linked(link: re.Match[str]) -> str:
        path = _path(link["target"], origin)
        if not path:
            return link[0]
        anchor = re.sub(r"^L(\d+)$", r"__codelineno-0-\1", link["target"].partition("#")[2])
        relative = posixpath.relpath(page_of(path), posixpath.dirname(here) or ".")
        return f"{link['before']}{relative}{anchor and f'#{anchor}'}"

    return _outside_of_code(markdown, lambda text: LINK.sub(linked, text))


def page_of(path: str) -> str:
    """The path in the site of a file of the repository."""
    if path in PAGES:
        return PAGES[path]
    if path.startswith("docs/"):
        inside = path.removeprefix("docs/")
        return f"{inside}/README.md" if (ROOT / path).is_dir() else inside
    return f"files/{path}.md"


def page(path: str) -> str:
    """A page that shows a file, or lists a folder."""
    file = ROOT / path
    if file.is_dir():
        content = listing(file)
    else:
        content = fenced(file.read_text(encoding="utf-8"), LANGUAGES.get(file.suffix, "text"))
    return f"---\nsearch: {{exclude: true}}\nhide: [navigation, toc]\n---\n# {path}\n\n{content}\n"


def listing(folder: Path) -> str:
    """The files of a folder of docs/ as links from a page of the site."""
    here = posixpath.dirname(page_of(folder.relative_to(ROOT).as_posix()))
    files = sorted(file for file in folder.iterdir() if file.suffix == ".json")
    targets = [posixpath.relpath(page_of(file.relative_to(ROOT).as_posix()), here) for file in files]
    return table(["file"], ([f"[{file.name}]({target})"] for file, target in zip(files, targets, strict=True)))


def _targets(markdown: str) -> Iterator[str]:
    for text in FENCED.split(markdown)[::3]:
        yield from (link["target"] for link in LINK.finditer(text))


def _path(target: str, origin: str) -> str:
    """The path in the repository that a link names; empty for one to the web, to the same page, or to nothing.

    mkdocs warns of those to nothing.
    """
    file = target.partition("#")[0]
    if not file or re.match(r"\w+:", file):
        return ""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(origin), file))
    return path if (ROOT / path).exists() else ""


def _outside_of_code(markdown: str, change: Callable[[str], str]) -> str:
    pieces = FENCED.split(markdown)  # text, block, its fence, text, …
    return "".join(change(piece) if number % 3 == 0 else piece for number, piece in enumerate(pieces) if number % 3 < 2)
