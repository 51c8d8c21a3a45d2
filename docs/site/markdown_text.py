"""Markdown made of data: what a text holds is shown, never obeyed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

SIGNS = re.compile(r"([\\*_\[\]<>|#~$&])")
CODE = re.compile(r"(`[^`\n]+`)")


def escaped(text: str) -> str:
    """A text whose signs mean themselves, apart from code between backquotes. Paragraphs and lists stay."""
    pieces = CODE.split(text)
    return "".join(piece if number % 2 else _escaped(piece) for number, piece in enumerate(pieces))


def _escaped(text: str) -> str:
    return SIGNS.sub(lambda sign: f"&#{ord(sign[1])};", text)


def code(text: str) -> str:
    """A text as inline code, whatever backquotes it holds."""
    return f"`{text}`" if "`" not in text else f"`` {text} ``"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The cells are Markdown of one line. No cell splits a row: a sign `|` is replaced in prose and refused in code."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def fenced(text: str, language: str) -> str:
    """A block of code, between more backquotes than it holds in a row."""
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence} {language}\n{text.rstrip()}\n{fence}"
