"""Labels that are likely wrong, by the probabilities that a run gave to examples it was not trained on.

Confident learning (Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels",
section 3): an example counts for the class whose probability is at least the mean probability of that class among the
examples labelled so. Those that count for another class than their label are candidates, ranked by how much more
probable another class is than the label (normalized margin).
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from seqlab.comparison.predictions import ClassPredictions, Item, read_class_predictions
from seqlab.data.records import Corpus, SplitName
from seqlab.diagnosis.examined import Examined, Rows
from seqlab.diagnosis.findings import Finding, Outcome
from seqlab.errors import RequestError
from seqlab.runs import Run
from seqlab.runs.contents import RESTORE
from seqlab.text_format import part_of, quoted, verb, visible_name

OUT_OF_SAMPLE: tuple[SplitName, ...] = ("validation", "test")
ROUNDED = 1e-6
"""Recorded probabilities have six digits: a mean of equal ones is no larger than each."""
NO_RUN = "needs the predictions of a run: --run RUN"


@dataclass(frozen=True)
class Suspect:
    """A label that is likely wrong."""

    index: int
    suggested: int
    """The class that the model finds most probable."""
    margin: float
    """Probability of the label less that of the most probable other class, from -1 (surely wrong) to 0."""


def label_errors(data: Examined) -> Outcome:
    """The likely label errors of validation and test. Raises RequestError for damaged predictions."""
    if data.run is None:
        return Outcome(skipped=NO_RUN)
    findings = []
    figures: dict[str, dict[str, int]] = {}
    for split in OUT_OF_SAMPLE:
        predictions = read_class_predictions(data.run, split)
        rows = data.splits[split]
        placed = list(_placed(predictions, rows))
        if not len(placed) == len(predictions.items) == len(rows):
            raise RequestError(f"{data.run.predictions_file(split)} is not of the rows of the split: {RESTORE}")
        suspects = likely_errors(predictions.probabilities, predictions.targets)
        figures[split] = {"examples": len(rows), "likely_errors": len(suspects)}
        if suspects:
            findings.append(_finding(data, rows, predictions, placed, suspects))
    return Outcome(findings, figures)


def likely_errors(probabilities: np.ndarray, targets: np.ndarray) -> list[Suspect]:
    """The examples whose label is likely wrong, the surest first.

    `probabilities`: (examples, classes), of a model that was not trained on the examples; `targets`: (examples,) int.
    """
    classes = probabilities.shape[1]
    own = probabilities[np.arange(len(targets)), targets]
    counts = np.bincount(targets, minlength=classes)
    sums = np.bincount(targets, weights=own, minlength=classes)
    thresholds = np.divide(sums, counts, out=np.full(classes, np.inf), where=counts > 0)
    confident = probabilities >= thresholds - ROUNDED
    guessed = np.where(confident, probabilities, -1.0).argmax(axis=1)
    best = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(confident.any(axis=1) & (guessed != targets) & (best != targets))
    margins = own - probabilities.max(axis=1)
    ranked = wrong[np.argsort(margins[wrong], kind="stable")]
    return [Suspect(int(row), int(best[row]), float(margins[row])) for row in ranked]


def refuse_other_data(run: Run, corpus: Corpus) -> None:
    """Raises RequestError unless there are labels, and the splits are those of the run, which is finished."""
    if "label" not in corpus.splits["train"].columns:
        raise RequestError("--run finds labels that are likely wrong, and these data have no labels: leave it out")
    if (status := run.status()) != "finished":
        raise RequestError(
            f"run {run.id} is {status}, and only a finished one has predictions: finish it with "
            f"`seqlab train --resume {shlex.quote(run.id)}`, or name another"
        )
    recorded, found = run.section("data", "splits"), corpus.fingerprints
    for split in OUT_OF_SAMPLE:
        if recorded.get(split) != found[split]:
            raise RequestError(
                f"the {split} split of run {run.id} is not that of this config: examine the config of the run, "
                f"{run.config_file}"
            )


def _placed(predictions: ClassPredictions, rows: Rows) -> Iterator[int]:
    """The row of each item, as long as there is one: rows with equal text and label are taken in their order."""
    places: dict[Item, list[int]] = defaultdict(list)
    for row in reversed(range(len(rows))):
        places[rows.contents[row], rows.labels[row]].append(row)
    for item in predictions.items:
        if not places[item]:
            return
        yield places[item].pop()


def _finding(
    data: Examined, rows: Rows, predictions: ClassPredictions, placed: Sequence[int], suspects: Sequence[Suspect]
) -> Finding:
    message = (
        f"{part_of(len(suspects), len(rows), f'{rows.split} label')} {verb(len(suspects), 'is', 'are')} likely "
        "wrong: the model is sure of another; look at the first ones"
    )
    shown = data.instances(
        (
            rows,
            placed[each.index],
            f"{rows.answer(placed[each.index])}, rather {quoted(visible_name(predictions.labels[each.suggested]))} "
            f"({predictions.probabilities[each.index, each.suggested]:.3f})",
        )
        for each in suspects
    )
    return Finding("warning", message, len(suspects), shown)
