"""The items that two runs answer differently: how many, of which kind, and those that changed most."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqlab.comparison.measures import SumMeasure
from seqlab.comparison.refusals import known_task_of
from seqlab.comparison.task_measures import measured_classes, measured_numbers, measured_translations
from seqlab.errors import RequestError
from seqlab.runs import Run

Text = tuple[str, int | None, float | None]
"""A text, its length, and the share of its tokens that training never had; None for what is not known."""
QUARTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class FlipGroup:
    """A part of the items. The groups of a kind hold every item once, so that their counts add up to those of all."""

    name: str
    items: int
    a_better: int
    b_better: int


@dataclass(frozen=True)
class Flips:
    """What changes from A to B. Of a classifier, better is right where the other is wrong."""

    items: int
    a_better: int
    b_better: int
    groups: Mapping[str, Sequence[FlipGroup]]
    """`class`, `length`, `unknown share`, as far as they are known."""
    examples: Sequence[Mapping[str, Any]]
    """Of the items that one of them answers better, those that changed most: `id`, `better`, `text`, `target`, `a`, `b`
    and what scores these."""


@dataclass(frozen=True)
class _Answers:
    """The items of two runs."""

    contents: Sequence[str]
    gains: np.ndarray
    """By which B is better, (items,) float64; negative where A is."""
    better: np.ndarray
    """1 where B is better, -1 where A is, 0 where neither is, (items,) int."""
    classes: Sequence[str] | None
    described: Callable[[int], dict[str, Any]]
    """An item by its number: target, answers and scores."""


def flips(a: Run, b: Run, split: str, texts: Mapping[str, Text], number: int) -> Flips:
    """The `number` items that changed most, and counts of all. `texts`: by content id, as far as there are any.

    Raises RequestError for a task whose items have no text, and for predictions that cannot be compared.
    """
    refuse_without_flips(a)
    answers = ANSWERS[_kind(a)](a, b, split)
    changed = np.flatnonzero(answers.better)
    order = changed[np.argsort(-np.abs(answers.gains[changed]), kind="stable")][:number]
    examples = []
    for row in order.tolist():
        content = answers.contents[row]
        shown = {"text": texts[content][0]} if content in texts else {}
        better = "b" if answers.better[row] > 0 else "a"
        examples.append({"id": content, "better": better, **shown, **answers.described(row)})
    return Flips(
        len(answers.contents),
        int((answers.better < 0).sum()),
        int((answers.better > 0).sum()),
        _groups(answers, texts),
        examples,
    )


def refuse_without_flips(run: Run) -> None:
    """Raises RequestError for a task whose items are no texts."""
    if _kind(run) not in ANSWERS:
        raise RequestError(f"the items of run {run.id} are segments of tokens, which do not flip: leave --flips out")


def _kind(run: Run) -> str | None:
    task = known_task_of(run)
    return task.compares if task else None


def _groups(answers: _Answers, texts: Mapping[str, Text]) -> dict[str, list[FlipGroup]]:
    found = {}
    if answers.classes is not None:
        names = sorted(set(answers.classes))
        found["class"] = _counted(names, np.array([names.index(each) for each in answers.classes]), answers.better)
    if texts and all(content in texts for content in answers.contents):
        _, lengths, unknown = zip(*(texts[content] for content in answers.contents), strict=True)
        for kind, values, shown in (("length", lengths, "{:,.0f}"), ("unknown share", unknown, "{:.1%}")):
            if None not in values:
                found[kind] = _by_quartile(np.array(values), answers.better, shown)
    return found


def _by_quartile(values: np.ndarray, better: np.ndarray, shown: str) -> list[FlipGroup]:
    """Groups of about a quarter of the items each; fewer where many are equal."""
    bounds = np.unique(np.quantile(values, QUARTILES))
    group_of = np.searchsorted(bounds, values, side="left")
    present, group_of = np.unique(group_of, return_inverse=True)
    names = []
    for group in range(len(present)):
        low, high = (shown.format(bound(values[group_of == group])) for bound in (np.min, np.max))
        names.append(low if low == high else f"{low} to {high}")
    return _counted(names, group_of, better)


def _counted(names: Sequence[str], group_of: np.ndarray, better: np.ndarray) -> list[FlipGroup]:
    every = np.ones(len(better), bool)
    sizes, a, b = (
        np.bincount(group_of[which], minlength=len(names)).tolist() for which in (every, better < 0, better > 0)
    )
    return [FlipGroup(*each) for each in zip(names, sizes, a, b, strict=True)]


def _classified(a: Run, b: Run, split: str) -> _Answers:
    one, two = measured_classes((a, b), split).predictions
    targets = one.targets
    right = [(each.predicted == targets).astype(int) for each in (one, two)]

    def described(row: int) -> dict[str, Any]:
        return {
            "target": one.items[row][1],
            "a": one.labels[one.predicted[row]],
            "b": one.labels[two.predicted[row]],
            "probability_of_target": [float(one.of_targets[row]), float(two.of_targets[row])],
        }

    contents, classes = zip(*one.items, strict=True)
    return _Answers(contents, two.of_targets - one.of_targets, right[1] - right[0], classes, described)


def _predicted(a: Run, b: Run, split: str) -> _Answers:
    one, two = measured_numbers((a, b), split).predictions
    gains = np.abs(one.predicted - one.targets) - np.abs(two.predicted - one.targets)

    def described(row: int) -> dict[str, Any]:
        return {"target": one.items[row][1], "a": float(one.predicted[row]), "b": float(two.predicted[row])}

    return _Answers([content for content, _ in one.items], gains, np.sign(gains).astype(int), None, described)


def _translated(a: Run, b: Run, split: str) -> _Answers:
    """By the chrF of each sentence, which says more of a single sentence than BLEU."""
    measured = measured_translations((a, b), split)
    (sources,) = measured.predictions
    chrf = measured.measures[-1]
    assert isinstance(chrf, SumMeasure)
    scores = [chrf.score(each) for each in chrf.statistics]
    gains = scores[1] - scores[0]

    def described(row: int) -> dict[str, Any]:
        return {
            "target": list(sources.references[row]),
            "a": sources.translations[0][row],
            "b": sources.translations[1][row],
            "chrf": [float(scores[0][row]), float(scores[1][row])],
        }

    return _Answers(sources.contents, gains, np.sign(gains).astype(int), None, described)


ANSWERS: Mapping[str | None, Callable[[Run, Run, str], _Answers]] = {
    "classes": _classified,
    "numbers": _predicted,
    "translations": _translated,
}
"""`Task.compares` → the answers of two runs."""
