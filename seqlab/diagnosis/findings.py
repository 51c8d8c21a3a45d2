"""What a check of data found: sentences with a severity, counts and examples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from seqlab.data.records import SplitName

Severity = Literal["error", "warning", "note"]
"""error: a metric of these data is wrong; warning: rows that should be looked at; note: good to know."""
Status = Literal["error", "warning", "note", "ok", "skipped"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""The worst first."""


@dataclass(frozen=True)
class Instance:
    """A row that a finding is about."""

    split: SplitName
    location: str
    """Where the row is, such as `train.csv:12`."""
    text: str
    detail: str = ""
    """What is special about the row: its label, the row that it repeats."""


@dataclass(frozen=True)
class Finding:
    """One thing that was found, with how often and some of the rows."""

    severity: Severity
    message: str
    count: int | None = None
    """How many rows or words it is about; None if it is about a split or the whole."""
    instances: Sequence[Instance] = ()


@dataclass(frozen=True)
class Outcome:
    """What a check returns: its findings, and figures that can be shown whether or not something is wrong.

    `skipped`: why the check could not be done; empty if it was.
    """

    findings: Sequence[Finding] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    skipped: str = ""
    all_clear: str = ""
    """The sentence for these data if there is no finding; empty: the one of the check."""


@dataclass(frozen=True)
class Result:
    """The outcome of one check by its name, the worst finding first."""

    name: str
    findings: Sequence[Finding]
    figures: Mapping[str, Any]
    skipped: str
    all_clear: str
    """The sentence for data without a finding."""

    @property
    def status(self) -> Status:
        if self.findings:
            return self.findings[0].severity
        return "skipped" if self.skipped else "ok"

    @property
    def summary(self) -> str:
        """One sentence: the worst finding, why nothing was checked, or that all is well."""
        return self.findings[0].message if self.findings else self.skipped or self.all_clear


def sorted_by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """The worst first; of equal severity, in their order."""
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def worst(results: Iterable[Result]) -> Status:
    """The worst status of all."""
    found = {result.status for result in results}
    return next((severity for severity in SEVERITIES if severity in found), "ok")
