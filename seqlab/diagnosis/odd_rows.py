"""Rows whose text is hardly one: empty, without a word, only an address, markup, damaged or invisible characters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from seqlab.diagnosis.examined import Examined, Rows
from seqlab.diagnosis.findings import Finding, Outcome, Severity
from seqlab.diagnosis.mojibake import damaged, repaired
from seqlab.text.tokenize import HTML
from seqlab.text_format import part_of, quoted, verb, visible, without_invisible

_WORD = re.compile(r"[^\W_]")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[^\s@]{1,64}@[^\s@]{1,255}")
_TAG = re.compile(f"{HTML[2][0]}|&lt;/?[A-Za-z]|{HTML[3][0]}|&(?:[lg]t|#\\d+);")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u2060-\u2064\u202a-\u202e\u2066-\u2069\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
LONGEST_WORD = 100
_LONG_WORD = re.compile(rf"[^\W_]{{{LONGEST_WORD},}}")
AROUND = 10
"""Characters that are shown before and after what is odd."""


@dataclass(frozen=True)
class Oddity:
    """A way to be odd. `find`: what is odd in a text; None if nothing is."""

    name: str
    severity: Severity
    one: str
    several: str
    find: Callable[[str], str | None]
    remedy: str = ""


def _first(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    """What the pattern finds first, with what is around it."""

    def find(text: str) -> str | None:
        if not (match := pattern.search(text)):
            return None
        return quoted(text[max(match.start() - AROUND, 0) : match.end() + AROUND])

    return find


def _empty(text: str) -> str | None:
    return None if without_invisible(text).strip() else quoted(text)


def _without_words(text: str) -> str | None:
    return None if _empty(text) or _WORD.search(text) else ""


def _only_addresses(text: str) -> str | None:
    return "" if _ADDRESS.search(text) and not _WORD.search(_ADDRESS.sub(" ", text)) else None


def _damaged(text: str) -> str | None:
    if not (found := damaged(text)):
        return None
    return f"{quoted(found)}, probably {quoted(right)}" if (right := repaired(found)) else quoted(found)


ODDITIES = (
    Oddity("empty", "warning", "is empty", "are empty", _empty, "remove the rows"),
    Oddity("no_words", "warning", "has no letter or digit", "have no letter or digit", _without_words),
    Oddity("only_addresses", "warning", "is only a web address", "are only web addresses", _only_addresses),
    Oddity(
        "damaged", "warning", "was decoded wrongly", "were decoded wrongly", _damaged, "read the file in its encoding"
    ),
    Oddity(
        "surrogates",
        "warning",
        "has half of a surrogate pair, which is no character",
        "have half of a surrogate pair, which is no character",
        _first(_SURROGATE),
        "cut texts between characters, not between UTF-16 units",
    ),
    Oddity("control", "warning", "has control characters", "have control characters", _first(_CONTROL)),
    Oddity("markup", "warning", "has HTML", "have HTML", _first(_TAG), "vectorizer.standardize: html removes it"),
    Oddity("invisible", "note", "has invisible characters", "have invisible characters", _first(_INVISIBLE)),
    Oddity(
        "long_word",
        "note",
        f"has a word of {LONGEST_WORD} letters or more",
        f"have a word of {LONGEST_WORD} letters or more",
        _first(_LONG_WORD),
    ),
)


def odd_rows(data: Examined) -> Outcome:
    """Each kind of oddity: how many texts of all splits have it."""
    findings, figures = [], {}
    for oddity in ODDITIES:
        if data.is_lines and oddity.name == "no_words":  # such as a line of dashes between chapters
            continue
        found = list(_found(data, oddity))
        figures[oddity.name] = len(found)
        if found and not (oddity.name == "markup" and _removes_markup(data)):
            findings.append(_finding(data, oddity, found))
    return Outcome(findings, figures)


def _found(data: Examined, oddity: Oddity) -> Iterator[tuple[Rows, int, str]]:
    for rows in data.splits.values():
        for row, texts in enumerate(zip(*rows.texts.values(), strict=True)):
            detail = next((found for text in texts if (found := oddity.find(text)) is not None), None)
            if detail is not None:
                yield rows, row, visible(detail)


def _finding(data: Examined, oddity: Oddity, found: list[tuple[Rows, int, str]]) -> Finding:
    message = f"{part_of(len(found), data.size, data.unit)} {verb(len(found), oddity.one, oddity.several)}"
    if oddity.name == "empty" and data.dataset.feature_columns:
        return Finding("note", f"{message}: their features alone are read", len(found), data.instances(found))
    if oddity.remedy:
        message += f": {oddity.remedy}"
    return Finding(oddity.severity, message, len(found), data.instances(found))


def _removes_markup(data: Examined) -> bool:
    """Whether the vectorizer of the config drops tags and entities."""
    vectorizer = None if data.experiment is None else data.experiment.vectorizer
    return vectorizer is not None and vectorizer.model_dump().get("standardize") == "html"
