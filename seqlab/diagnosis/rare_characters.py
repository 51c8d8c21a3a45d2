"""Characters of running text that training has once or twice: a model of characters learns nothing about them."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator

from seqlab.diagnosis.examined import Examined, Rows
from seqlab.diagnosis.findings import Finding, Outcome
from seqlab.text_format import part_of, quoted, verb

RARE = 2
"""Occurrences in training, at most."""
FEWEST = 1_000
"""Characters of the training text from which on a rare one is rare, and the text not merely short."""
NAMED = 8


def rare_characters(data: Examined) -> Outcome:
    """The rare characters of the training text, with their lines."""
    rows = data.splits["train"]
    counts: Counter[str] = Counter()
    for line in rows.texts["text"]:
        counts.update(line)
    rare = sorted(each for each, count in counts.items() if count <= RARE)
    if not rare or counts.total() < FEWEST:
        return Outcome(figures={"different": len(counts), "rare": ""})
    named = ", ".join(map(quoted, rare[:NAMED])) + (" …" if len(rare) > NAMED else "")
    message = (
        f"{part_of(len(rare), len(counts), 'different character')} of training {verb(len(rare), 'occurs', 'occur')} "
        f"once or twice: {named}"
    )
    finding = Finding("note", message, len(rare), data.instances(_lines_with(rows, set(rare))))
    return Outcome([finding], {"different": len(counts), "rare": "".join(rare)})


def _lines_with(rows: Rows, rare: set[str]) -> Iterator[tuple[Rows, int, str]]:
    for row, line in enumerate(rows.texts["text"]):
        if found := rare.intersection(line):
            each = min(found)
            yield rows, row, f"{quoted(each)} {unicodedata.name(each, '')}".strip()
