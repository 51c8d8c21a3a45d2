"""HTML for notebooks: `_repr_html_` of runs, histories and comparisons.

It has no colors of its own, so that it fits a light and a dark notebook. Everything is escaped: a label is no markup.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from seqlab.text_format import format_number, visible

MOST_ROWS = 30
"""Rows of a table that are shown: the first and the last ones of more."""
LINE = "1px solid rgba(128, 128, 128, 0.4)"
CELL = "padding: 0.15em 0.8em; background: none; color: inherit; white-space: nowrap;"


def block(title: str, *parts: str) -> str:
    """A heading and the parts below it, which are HTML already."""
    heading = f'<div style="font-weight: 600">{escaped(title)}</div>'
    return f"<div>{heading}{''.join(parts)}</div>"


def paragraph(text: str) -> str:
    """A line of text, quieter than the heading."""
    return f'<div style="opacity: 0.75; max-width: 60em">{escaped(text)}</div>'


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table: the first column names the rows, the others have values. None is an empty cell."""
    cut = list(rows)
    if len(cut) > MOST_ROWS:
        between = ["…", *([""] * (len(header) - 1))]
        cut = [*cut[: MOST_ROWS // 2], between, *cut[-(MOST_ROWS // 2) :]]
    head, body = _row("th", header), "".join(_row("td", row) for row in cut)
    style = "border-collapse: collapse; margin: 0.4em 0; font-size: 0.95em"
    return (
        f'<div style="overflow-x: auto"><table style="{style}"><thead>{head}</thead><tbody>{body}</tbody></table></div>'
    )


def escaped(text: str) -> str:
    """A text of which nothing is markup, and nothing a control character."""
    return html.escape(visible(text))


def shown(value: object) -> str:
    """A value as a text; None is empty."""
    if value is None:
        return ""
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    return format_number(value) if isinstance(value, float) else str(value)


def _row(tag: str, cells: Sequence[object]) -> str:
    first, *others = cells or [""]
    return f"<tr>{_cell(tag, first, 'left')}{''.join(_cell(tag, each, 'right') for each in others)}</tr>"


def _cell(tag: str, value: object, side: str) -> str:
    style = f"{CELL} border: 0; border-bottom: {LINE}; text-align: {side}"
    return f'<{tag} style="{style}">{escaped(shown(value))}</{tag}>'
