"""A page of HTML in one file: no script, nothing from elsewhere, light and dark, for any width and for print."""

from __future__ import annotations

import base64
import hashlib
import html
from pathlib import Path

from seqlab import files
from seqlab.errors import RequestError
from seqlab.reports.output_file import cannot_write, refuse_unwritable
from seqlab.text_format import visible, visible_name

STYLE = """\
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --faint: #57606a; --line: #d0d7de;
  --plus: #0550ae; --minus: #9a3412; --plus-tint: 5, 80, 174; --minus-tint: 154, 52, 18 }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f3f6; --paper: #0d1117; --faint: #b1bac4; --line: #444c56;
  --plus: #79c0ff; --minus: #ffa657; --plus-tint: 121, 192, 255; --minus-tint: 255, 166, 87 } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1rem; max-width: 60rem; font: 1rem/1.6 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); overflow-wrap: anywhere }
h1 { font-size: 1.4rem } h2 { font-size: 1.15rem; margin: 0 }
table { border-collapse: collapse; max-width: 100% }
th, td { padding: .15rem .75rem .15rem 0; text-align: left; vertical-align: top }
th { font-weight: 600; color: var(--faint); overflow-wrap: normal } td:not(.number) { min-width: 4.5em }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
summary { cursor: pointer; padding: .25rem 0 } :focus-visible { outline: 3px solid var(--plus); outline-offset: 2px }
th.number { white-space: normal } .scroll { overflow-x: auto }
@media (max-width: 40rem) { table { font-size: .875rem } th, td { padding-right: .5rem } }
@media print { :root { --ink: #000; --paper: #fff; --faint: #333; --plus: #0550ae; --minus: #9a3412 }
  article { break-inside: avoid } }
"""
"""Of every page; what a fragment needs besides is added."""


def check_page(path: Path) -> None:
    """Raises RequestError for a file that no page can be written to."""
    if path.suffix.lower() not in {".html", ".htm"}:
        raise RequestError(f"{path} is no page: give a file that ends in .html")
    refuse_unwritable(path, makes_folder=True)


def escaped(text: str) -> str:
    """Text from outside as text: markup is shown, and so are control characters."""
    return html.escape(visible_name(text))


def paragraph(text: str) -> str:
    """The same for running text, whose line ends stay."""
    return html.escape(visible(text, keep="\n"))


def table(columns: list[str], rows: list[list[str]], *, numbers: int = 0) -> str:
    """A table of cells that are HTML; the first `numbers` columns are right-aligned."""

    def line(cells: list[str], tag: str) -> str:
        kinds = [' class="number"' if place < numbers else "" for place in range(len(cells))]
        scope = ' scope="col"' if tag == "th" else ""
        return "".join(f"<{tag}{scope}{kind}>{cell}</{tag}>" for kind, cell in zip(kinds, cells, strict=True))

    body = "".join(f"<tr>{line(row, 'td')}</tr>\n" for row in rows)
    return f"<table>\n<thead><tr>{line(columns, 'th')}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n"


def page(title: str, body: str, style: str) -> str:
    """The page around fragments of HTML. Its content security policy allows this style, and nothing else."""
    style = STYLE + style
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="'
        f"default-src 'none'; style-src {content_hash(style)}; base-uri 'none'; form-action 'none'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escaped(title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{escaped(title)}</h1>\n{body}</main>\n</body>\n</html>\n"
    )


def content_hash(content: str) -> str:
    """How a policy names an inline style or script (CSP level 3, section 2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def write_html(path: Path, text: str) -> None:
    """Raises RequestError if it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_text(path, text)
    except OSError as error:
        raise cannot_write(path, error) from error
