"""What tells runs apart: keys of their configs, and whether their metrics differ by more than chance."""

from __future__ import annotations

import json
from collections.abc import Iterator

from seqlab.comparison.compare import Comparison
from seqlab.comparison.differences import Difference
from seqlab.reports.html.blocks import Block, Note, Table
from seqlab.reports.html.names import letters
from seqlab.reports.html.run_section import number

LEAST_P = 0.0001
"""A smaller p has no four digits."""


def comparison_blocks(found: Comparison) -> Iterator[Block]:
    """The differences from the first run, A, and the keys that differ, with who chose their values."""
    others = zip(letters(len(found.names))[1:], found.differences, strict=True)
    named = {(letter, metric): each for letter, of_run in others for metric, each in of_run.items()}
    rows = [_row(f"{letter} - A, {metric}", each) for (letter, metric), each in named.items()]
    yield Table("Differences", ["", "A", "other", "difference", "95 % interval", "p (Holm)"], rows, found.noise)
    yield from (Note(f"{metric}: {each.verdict}") for (_, metric), each in named.items())
    yield from map(Note, found.notes)
    if found.config:
        keys = [
            [each.key, *(_value(value, origin) for value, origin in zip(each.values, each.origins, strict=True))]
            for each in found.config
        ]
        note = "Who chose a value is in parentheses, as far as the run recorded it."
        yield Table("Config", ["key", *letters(len(found.names))], keys, note, numeric=False)
    else:
        yield Note("The configs are the same.")


def _row(name: str, found: Difference) -> list[str]:
    low, high = found.interval
    return [
        name,
        number(found.a),
        number(found.b),
        f"{found.delta:+.4f}",
        f"{low:+.4f} to {high:+.4f}",
        f"{found.p_holm:.4f}" if found.p_holm >= LEAST_P else f"below {LEAST_P}",
    ]


def _value(value: object, origin: str) -> str:
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{shown} ({origin})" if origin else shown
