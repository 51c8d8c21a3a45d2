"""What the formats have in common whose models take the ids of tokens: classifiers and regressions without strings.

Beside the model are the script that makes ids of texts, and the labels of a classifier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab import files
from seqlab.data.batching.padding import round_lengths
from seqlab.exports import refusals
from seqlab.exports.agreement import Agreement, classes_agree, numbers_agree
from seqlab.exports.example_graph import vectorizer_of
from seqlab.exports.graph_inputs import script
from seqlab.exports.vectorizer_files import write_vectorizer
from seqlab.reports.run_table import in_markdown
from seqlab.tasks.classification.predictor import ClassificationPredictor
from seqlab.tasks.regression.predictor import RegressionPredictor
from seqlab.text_format import visible_name

if TYPE_CHECKING:
    from seqlab.experiment.loaded_run import LoadedRun

LABELS = "labels.json"
LARGEST_BATCH = 1 << 22
"""Texts · tokens² of a batch that is compared: what attention needs memory for."""
MOST_TEXTS = 16
"""Of a batch that is compared."""

LONGEST_ROUNDED = 1 << 20
"""Tokens. Models that read padding without a `max_length` hold the rounded lengths up to this."""

Predictor = ClassificationPredictor | RegressionPredictor
Ask = Callable[[np.ndarray], np.ndarray]
"""(ids (texts, tokens) int32) → probabilities (texts, classes), or numbers (texts,)."""


def predictor_of(loaded: LoadedRun, name: str) -> Predictor:
    """That of a run that classifies texts or predicts numbers. Raises RequestError for any other, for one that does not
    read texts alone, and for one of mixed precision."""
    predictor: Any = loaded.predictor
    if not isinstance(predictor, ClassificationPredictor | RegressionPredictor):
        raise refusals.no_example(loaded.run.id, loaded.experiment.task, name)
    vectorizer_of(predictor)
    if half := {layer.compute_dtype for layer in predictor.model.layers} & {"float16", "bfloat16"}:
        raise refusals.half_precision(half.pop(), in_numpy=False)
    return predictor


def write_beside(predictor: Predictor, directory: Path) -> None:
    """Write what makes ids of texts, and the labels in the order of the probabilities."""
    write_vectorizer(vectorizer_of(predictor), directory)
    if isinstance(predictor, ClassificationPredictor):
        files.write_json(directory / LABELS, list(predictor.labels))


def interface(predictor: Predictor, *, one_text: bool) -> list[str]:
    """What a model takes and gives, a line of Markdown each."""
    made = "which `rows` of `model/vectorizer.py` makes"
    given = f"Takes `ids` (texts, tokens) int32: the ids of all tokens of each text, {made}; -1 ends shorter rows."
    if one_text:
        given = f"Takes `ids` (1, tokens) int32: the ids of all tokens of a text, {made}."
    if not isinstance(predictor, ClassificationPredictor):
        return [given, "Gives `predictions`: in the units of the data; NaN for a text without tokens."]
    names = ", ".join(in_markdown(visible_name(label)) for label in predictor.labels)
    return [
        given,
        f"Gives `probabilities` float32: of {names}, in this order, which `model/{LABELS}` has too; NaN for a text "
        "without tokens.",
    ]


def output_of(predictor: Predictor) -> str:
    """The name of what the model gives."""
    return "probabilities" if isinstance(predictor, ClassificationPredictor) else "predictions"


def compare(predictor: Predictor, texts: Sequence[str], directory: Path, ask: Ask, *, one_text: bool) -> Agreement:
    """Ask an export and the run about the same texts."""
    vectorizer = script(directory)
    rows = [vectorizer.ids(text) for text in texts]
    most = 1 if one_text else MOST_TEXTS
    found = [ask(np.array(vectorizer.padded(batch), np.int32)) for batch in batches(rows, most)]
    if not isinstance(predictor, ClassificationPredictor):
        return numbers_agree(predictor, texts, np.concatenate([np.zeros(0), *found]))
    probabilities = np.concatenate([np.zeros((0, len(predictor.labels))), *found])
    empty = np.isnan(probabilities).any(axis=1)
    chosen = np.nan_to_num(probabilities).argmax(axis=1)
    labels = ["" if none else predictor.labels[label] for none, label in zip(empty, chosen, strict=True)]
    return classes_agree(predictor, texts, labels, probabilities)


def batches(rows: Sequence[list[int]], most: int) -> Iterator[list[list[int]]]:
    """Rows of ids together, in their order: up to `most`, and fewer of long ones."""
    batch: list[list[int]] = []
    for row in rows:
        longest = max(map(len, [*batch, row]))
        if batch and (len(batch) == most or (len(batch) + 1) * longest**2 > LARGEST_BATCH):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def rounded_lengths() -> np.ndarray:
    """All lengths to which `round_lengths` rounds those up to LONGEST_ROUNDED, ascending, int64."""
    found = [0]
    while found[-1] < LONGEST_ROUNDED:
        found.append(int(round_lengths(np.array([found[-1] + 1]))[0]))
    return np.array(found[1:], np.int64)
