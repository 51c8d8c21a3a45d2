"""Running a model over examples: a whole prepared split, or raw texts and rows as they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Literal

import numpy as np

from seqlab.data.features import LARGEST_NORMALIZED
from seqlab.data.splits.feature_checks import unknown_note
from seqlab.data.store import Store
from seqlab.errors import RequestError
from seqlab.models.batch_inference import Forward, compile_forward, outputs_of
from seqlab.progress import SILENT, Progress
from seqlab.tasks.examples import Examples, Reading
from seqlab.tasks.given_rows import Example, read_examples
from seqlab.tasks.model_inputs import EVALUATION_BATCH
from seqlab.tasks.token_vectors import MatrixName, token_vectors
from seqlab.text_format import counted, quoted, verb
from seqlab.vectors import WordVectors

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class InputColumn:
    """A column of the rows that a model reads. `values`: the categories of training; `mean`: of the numbers of
    training."""

    name: str
    kind: Literal["text", "category", "number"]
    values: Sequence[str] = ()
    mean: float | None = None


class ExamplePredictor:
    """A model with what turns raw examples into its input. `targets`: the type of what it predicts."""

    def __init__(self, model: keras.Model, examples: Examples, targets: Literal["int32", "float32"]) -> None:
        self.model, self.examples, self.inputs = model, examples, examples.inputs(targets)

    def outputs_of(self, store: Store, progress: Progress) -> np.ndarray:
        """(examples, outputs) float32, in the order of the store's rows."""
        return self._run(self._forward, store, progress)

    @property
    def input_columns(self) -> list[InputColumn]:
        """The columns of the rows that it reads; none if it reads texts."""
        features = self.examples.features
        if features is None:
            return []
        return [
            *(InputColumn(name, "text") for name in self.examples.data.text_columns_named),
            *(InputColumn(each.column, "category", each.values) for each in features.categories),
            *(InputColumn(each.column, "number", mean=each.mean) for each in features.numbers),
        ]

    def _run(self, forward: Forward, store: Store, progress: Progress) -> np.ndarray:
        return outputs_of(
            forward,
            self.inputs.evaluation_plan(store),
            lambda chosen: self.inputs.gather(store, chosen, tight=False),
            self.inputs.signature,
            progress,
            "evaluating",
        )

    def outputs_of_given(self, given: Iterable[Example]) -> Iterator[tuple[np.ndarray, list[Reading]]]:
        """For a batch of raw examples after the other: the outputs (examples, outputs), and what was read of each. They
        are read a batch at a time: an endless pipe works."""
        given = iter(given)
        while batch := list(islice(given, EVALUATION_BATCH)):
            encoded = self.examples.encode_given(batch)
            targets = np.zeros(len(batch), self.inputs.targets)  # not known: nothing below reads them
            outputs = self.outputs_of(Store(encoded.columns | {"targets": targets}), SILENT)
            yield outputs, list(encoded.readings)

    def word_vectors(self, side: str | None, matrix: MatrixName) -> WordVectors:
        """See `token_vectors`. Raises RequestError for rows without a text."""
        if not self.examples.vectorizers:
            what = "no text" if not self.examples.reads_texts else "texts through a sentence encoder, not word by word"
            raise RequestError(f"this run reads {what}: it has no word vectors")
        return token_vectors(self.model, self.examples.vectorizers, side, matrix)

    def text_vectors(self, texts: Sequence[str]) -> np.ndarray:
        """What the last layer reads of each text, (texts, width) float32. Raises RequestError for a model that has no
        such vector, and for one that reads rows."""
        forward = self._forward_to_vectors
        collected = []
        for start in range(0, len(texts), EVALUATION_BATCH):
            some = texts[start : start + EVALUATION_BATCH]
            encoded = self.examples.encode_given(some)
            for text, reading in zip(some, encoded.readings, strict=True):
                if reading.empty:
                    raise RequestError(f"nothing is left of the text {quoted(text)} to read: leave it out")
            store = Store(encoded.columns | {"targets": np.zeros(len(some), self.inputs.targets)})
            collected.append(self._run(forward, store, SILENT))
        return np.concatenate(collected)

    def notes_on_rows(self, rows: Sequence[Example]) -> list[str]:
        """Lines for the user on rows that are to be answered: categories that training lacks, numbers that are missing.
        Raises RequestError for rows that cannot be read."""
        return self.notes_on_cells(read_examples(rows, self.examples.data)[1])

    def notes_on_cells(self, cells: Sequence[Sequence[str]]) -> list[str]:
        """The same on rows as records hold them."""
        features = self.examples.features
        if features is None:
            return []
        of_all = f"of {counted(len(cells), 'row')}"
        notes = [unknown_note(column, found, of_all) for column, found in features.unknown(cells).items()]
        for position, column in enumerate(features.numbers, start=len(features.categories)):
            if missing := sum(not row[position] for row in cells):
                have = verb(missing, "has", "have")
                notes.append(
                    f"{missing:,} {of_all} {have} no {quoted(column.column)}: the mean of training stands for it"
                )
            if cut := sum(column.is_cut(float(row[position])) for row in cells if row[position]):
                have = verb(cut, "has", "have")
                notes.append(
                    f"{cut:,} {of_all} {have} a {quoted(column.column)} so far from those of training that it is read "
                    f"as {LARGEST_NORMALIZED:.0e} deviations from their mean, like any other so far: check it"
                )
        return notes

    @cached_property
    def _forward(self) -> Forward:
        return compile_forward(self.model, self.inputs.signature)

    @cached_property
    def _forward_to_vectors(self) -> Forward:
        import keras

        vectors = self.model.get_layer("logits").input
        if not isinstance(vectors, keras.KerasTensor) or len(vectors.shape) != 2:
            raise RequestError("this run is a linear model of tokens: it has no vector of a text; use one with a layer")
        return compile_forward(keras.Model(self.model.input, vectors), self.inputs.signature)
