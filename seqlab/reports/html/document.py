"""One HTML file from the runs of a report: style, script and data are inside, and nothing is loaded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import resources
from typing import Any

from seqlab.reports.html.blocks import Block, Chart, Section, Table
from seqlab.reports.html.curves import charts_of
from seqlab.reports.html.names import letters
from seqlab.reports.html.run_section import INTERVAL, RunPage, number
from seqlab.reports.html_page import content_hash
from seqlab.reports.run_table import mean_text
from seqlab.runs.groups import spread
from seqlab.runs.selection import is_number
from seqlab.text_format import counted

MOST_EXAMPLES = 20
"""Examples of a kind, of one run. Of many runs fewer, so that the file stays small."""
FEWEST_EXAMPLES = 3
MOST_ALL = 200
"""Examples of a kind, of all runs."""


def render(sides: Sequence[Sequence[RunPage]], comparison: Sequence[Block] = ()) -> str:
    """The document. `sides`: runs, alone or as a group of seeds; `comparison`: what tells the sides apart, and whether
    it is real.

    A Content Security Policy allows this style and this script by their hashes and nothing else, so that a text of the
    data cannot become code; all texts are escaped by the template.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("seqlab.reports.html", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = (_resource(name) for name in ("report.css", "charts.js"))
    named = _named(sides)
    most = max(min(MOST_EXAMPLES, MOST_ALL // len(named)), FEWEST_EXAMPLES)
    parts = [(letter, page.run.id, list(page.sections(most))) for letter, page in named.items()]
    overview = _overview(sides, named, comparison)
    charts = [block for section in overview for block in section.blocks if isinstance(block, Chart)]
    charts += [b for *_, sections in parts for section in sections for b in section.blocks if isinstance(b, Chart)]
    numbers = {id(chart): number for number, chart in enumerate(charts)}
    return environment.get_template("report.html").render(
        title=_title(sides),
        made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        overview=overview,
        parts=parts,
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src {content_hash(style)}; script-src {content_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
        chart_number=lambda chart: numbers[id(chart)],
        data=_json([chart.as_json() for chart in charts]),
    )


def _named(sides: Sequence[Sequence[RunPage]]) -> dict[str, RunPage]:
    """A, B, …; of a group A1, A2, …"""
    found: dict[str, RunPage] = {}
    for letter, side in zip(letters(len(sides)), sides, strict=True):
        found |= {f"{letter}{place}" if len(side) > 1 else letter: page for place, page in enumerate(side, 1)}
    return found


def _title(sides: Sequence[Sequence[RunPage]]) -> str:
    runs = sum(map(len, sides))
    if runs == 1:
        return sides[0][0].run.id
    if runs == len(sides):
        return f"{runs} runs"
    groups = [counted(sum(len(side) > 1 for side in sides), "group")]
    alone = sum(len(side) == 1 for side in sides)
    return f"{' and '.join([*groups, *([counted(alone, 'run')] if alone else [])])} ({runs} runs in all)"


def _overview(
    sides: Sequence[Sequence[RunPage]], named: Mapping[str, RunPage], comparison: Sequence[Block]
) -> list[Section]:
    """What several runs have in common and what not; of one run nothing."""
    if len(named) == 1:
        return []
    keys = dict.fromkeys(
        key for page in named.values() for key, value in page.result.items() if _is_shown(key, value, page.split)
    )
    rows = [[key, *(number(page.result.get(key)) for page in named.values())] for key in keys]
    tables = [Table("Metrics", ["", *named], rows)]
    if len(named) > len(sides):
        means = [[key, *(_mean(side, key) for side in sides)] for key in keys]
        note = "The mean over the seeds of a group ± their standard deviation."
        tables = [
            Table("Metrics", ["", *letters(len(sides))], means, note),
            Table("Metrics of each seed", ["", *named], rows),
        ]
    sections = [Section("Results", tables)]
    if comparison:
        sections.append(Section("Comparison", list(comparison)))
    charts = charts_of({letter: page.run.metrics() for letter, page in named.items()})
    return [*sections, Section("Learning curves", charts)] if charts else sections


def _mean(side: Sequence[RunPage], key: str) -> str:
    values = [float(value) for page in side if is_number(value := page.result.get(key))]
    if not values or len(values) < len(side):
        return number(None)
    return mean_text(spread(values), number)


def _is_shown(key: str, value: object, split: str) -> bool:
    """Whether a value of a result is a metric of the split as a whole."""
    of_split, _, name = key.partition(".")
    return is_number(value) and of_split == split and "." not in name and name not in INTERVAL


def _resource(name: str) -> str:
    return resources.files("seqlab.reports.html").joinpath(name).read_text(encoding="utf-8")


def _json(value: Any) -> str:
    """JSON for a script element: `<` is escaped, so that no text ends the element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
