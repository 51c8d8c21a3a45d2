"""The checks by name, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from seqlab.diagnosis.answers import features, labels, numbers
from seqlab.diagnosis.coverage import coverage
from seqlab.diagnosis.duplicates import conflicts, duplicates
from seqlab.diagnosis.examined import Examined
from seqlab.diagnosis.findings import Outcome, Result, sorted_by_severity
from seqlab.diagnosis.label_errors import label_errors
from seqlab.diagnosis.languages import languages
from seqlab.diagnosis.leaks import leaks
from seqlab.diagnosis.lengths import lengths
from seqlab.diagnosis.near_duplicates import near_duplicates
from seqlab.diagnosis.odd_rows import odd_rows
from seqlab.diagnosis.pairs import pairs
from seqlab.diagnosis.rare_characters import rare_characters
from seqlab.errors import RequestError
from seqlab.registry import did_you_mean


def has_text(data: Examined) -> bool:
    return bool(data.sides)


def has_labels(data: Examined) -> bool:
    return data.has_labels


def has_labelled_text(data: Examined) -> bool:
    return data.has_labels and has_text(data)


def has_numbers(data: Examined) -> bool:
    return bool(data.splits["train"].numbers)


def has_answers(data: Examined) -> bool:
    return data.has_labels or has_numbers(data)


def has_features(data: Examined) -> bool:
    return bool(data.dataset.feature_columns)


def is_pairs(data: Examined) -> bool:
    return data.is_pairs


def is_running_text(data: Examined) -> bool:
    return data.is_lines


def always(data: Examined) -> bool:
    return True


@dataclass(frozen=True)
class Check:
    """One question to the data. `applies`: whether the data have what it is about; if not, it is not in the report."""

    name: str
    all_clear: str
    applies: Callable[[Examined], bool]
    run: Callable[[Examined], Outcome]
    reports: bool = False
    """Whether it reports its progress itself."""


CHECKS = {
    check.name: check
    for check in (
        Check("duplicates", "no row is there twice", always, duplicates),
        Check("near_duplicates", "no text is nearly another", has_text, near_duplicates, reports=True),
        Check("conflicts", "no text has two answers", has_answers, conflicts),
        Check("labels", "every split has every label, in like shares", has_labels, labels),
        Check("numbers", "no number is far from the others", has_numbers, numbers),
        Check("features", "every column has its values", has_features, features),
        Check("leaks", "no word gives the label away", has_labelled_text, leaks),
        Check("label_errors", "no label is likely wrong", has_labels, label_errors),
        Check("pairs", "no pair is a copy, or has sides of very different length", is_pairs, pairs),
        Check("odd_rows", "every text has words, and nothing odd", has_text, odd_rows),
        Check("rare_characters", "every character occurs often", is_running_text, rare_characters),
        Check("languages", "all texts are in one language", has_text, languages, reports=True),
        Check("lengths", "no text is much longer or shorter than the others", has_text, lengths),
        Check("coverage", "nearly all tokens are known, and few texts are cut", has_text, coverage, reports=True),
    )
}
"""Name → check."""


def diagnose(data: Examined, names: Sequence[str] = ()) -> list[Result]:
    """The results of the named checks, or of all that apply to the data. Raises RequestError for unknown names, for
    checks that do not apply, and for a run of other data."""
    refuse_unknown(names)
    if names and data.run is not None and "label_errors" not in names:
        raise RequestError("--run is read by the check 'label_errors' alone: add it, or leave the run out")
    chosen = [CHECKS[name] for name in CHECKS if not names or name in names]
    if names and (useless := [check.name for check in chosen if not check.applies(data)]):
        applying = ", ".join(name for name, check in CHECKS.items() if check.applies(data))
        raise RequestError(f"the check '{useless[0]}' does not apply to these data; these do: {applying}")
    return list(_results(data, [check for check in chosen if check.applies(data)]))


def refuse_unknown(names: Sequence[str]) -> None:
    """Raises RequestError for a name that no check has."""
    for name in names:
        if name not in CHECKS:
            raise RequestError(
                f"unknown check '{name}'; {did_you_mean(name, list(CHECKS))}available: {', '.join(CHECKS)}"
            )


def _results(data: Examined, checks: Sequence[Check]) -> Iterator[Result]:
    for check in checks:
        if check.reports:
            outcome = check.run(data)
        else:
            with data.progress.step(f"checking {check.name}", None, "texts"):
                outcome = check.run(data)
        findings = sorted_by_severity(outcome.findings)
        all_clear = outcome.all_clear or check.all_clear
        yield Result(check.name, findings, outcome.figures, outcome.skipped, all_clear)
