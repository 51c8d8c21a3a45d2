"""Sentence pairs that are no translations: copies, sides of very different length; sentences that splits share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from seqlab.diagnosis.examined import Examined, Rows
from seqlab.diagnosis.findings import Finding, Outcome
from seqlab.diagnosis.robust import robust_z
from seqlab.text_format import counted, part_of, verb

FAR = 6.0
"""Robust deviations of the logarithm of the ratio of lengths from which on a pair is an outlier."""
NARROWEST = 0.2
FEWEST_LETTERS = 4
"""Letters of a copy that is a fault: `OK` and `1492` are the same in many languages."""
FEWEST_CHARACTERS = 20
"""Characters of the longer side from which on the ratio tells something."""


def pairs(data: Examined) -> Outcome:
    """Pairs with equal sides and with sides of very different length, and sources with several targets."""
    found = list(_copies(data))
    findings = []
    if found:
        message = (
            f"{part_of(len(found), data.size, 'pair')} {verb(len(found), 'has', 'have')} the same text on both sides"
        )
        findings.append(Finding("warning", message, len(found), data.instances(found)))
    far = _ratios(data)
    if far:
        message = (
            f"{part_of(len(far), data.size, 'pair')} {verb(len(far), 'has', 'have')} sides of very different length: "
            "they may not be translations"
        )
        findings.append(Finding("warning", message, len(far), data.instances(far)))
    findings += _several_targets(data)
    findings += [Finding("note", note) for note in data.dataset.split_notes(data.corpus.splits)]
    return Outcome(findings, {"copies": len(found), "length_outliers": len(far)})


def _copies(data: Examined) -> Iterator[tuple[Rows, int, str]]:
    for rows, row in data.rows():
        source, target = (rows.texts[side][row].strip().casefold() for side in data.sides)
        if source == target and sum(map(str.isalpha, source)) >= FEWEST_LETTERS:
            yield rows, row, ""


def _ratios(data: Examined) -> list[tuple[Rows, int, str]]:
    """The pairs whose ratio of lengths is far from the others', the farthest first."""
    places = list(data.rows())
    sizes = np.array([[len(rows.texts[side][row]) for side in data.sides] for rows, row in places])
    ratios = np.log((sizes[:, 0] + 1) / (sizes[:, 1] + 1))
    far = np.where(sizes.max(axis=1) >= FEWEST_CHARACTERS, robust_z(ratios, ratios, NARROWEST), 0)
    found = np.flatnonzero(far > FAR)
    ordered = found[np.argsort(-far[found], kind="stable")].tolist()
    return [(*places[each], f"{sizes[each, 0]:,} and {sizes[each, 1]:,} characters") for each in ordered]


def _several_targets(data: Examined) -> Iterator[Finding]:
    """Sources that training gives several targets, which is usual where sentences have more than one translation."""
    rows = data.splits["train"]
    targets: dict[str, set[str]] = defaultdict(set)
    for source, target in zip(*(rows.texts[side] for side in data.sides), strict=True):
        targets[source].add(target)
    if several := {source for source, found in targets.items() if len(found) > 1}:
        message = (
            f"{counted(len(several), 'training source')} {verb(len(several), 'has', 'have')} several targets, at most "
            f"{max(map(len, targets.values())):,}"
        )
        shown = data.instances((rows, row, "") for row, text in enumerate(rows.texts[data.sides[0]]) if text in several)
        yield Finding("note", message, len(several), shown)
