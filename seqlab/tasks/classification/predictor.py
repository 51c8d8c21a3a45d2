"""Evaluating a classifier, and predicting the labels of raw texts with it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.data.batching import plan
from seqlab.data.ragged import Ragged
from seqlab.data.store import Store
from seqlab.metrics.classification import ClassificationOutputs
from seqlab.models.batch_inference import Forward, compile_forward, outputs_of
from seqlab.progress import SILENT, Progress
from seqlab.registry import Component
from seqlab.tasks.classification.batching import Inputs
from seqlab.tasks.classification.evaluate import ClassificationEvaluation, refuse_threshold
from seqlab.tasks.token_vectors import MatrixName, token_vectors
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.vectors import WordVectors

if TYPE_CHECKING:
    import keras

EVALUATION_BATCH = 256
"""Rows per batch outside training. Fixed, so that no metric depends on `training.batch_size`."""


@dataclass(frozen=True)
class LabelPrediction:
    """The label of one text; a text without tokens has the label "" and probabilities that are not a number."""

    label: str
    probability: float
    probabilities: Mapping[str, float]
    cut_off: int = 0
    """Number of tokens at the end of the text that were not read, because it is too long."""


class ClassificationPredictor:
    """A classifier with what turns raw texts into its input."""

    def __init__(
        self, model: keras.Model, vectorizer: FittedVectorizer, labels: tuple[str, ...], inputs: Inputs
    ) -> None:
        self.model, self.vectorizer, self.labels, self.inputs = model, vectorizer, labels, inputs

    def evaluate(self, store: Store, metrics: Sequence[Component], progress: Progress) -> ClassificationEvaluation:
        outputs = ClassificationOutputs(self.labels, np.asarray(store.flat("targets")), self._logits(store, progress))
        return ClassificationEvaluation(outputs, store, tuple(metrics))

    def predict(self, texts: Iterable[str]) -> Iterator[LabelPrediction]:
        """Predictions in the order of the texts, which are read a batch at a time: an endless pipe works."""
        for outputs, cut_off, empty in self._outputs(texts):
            yield from self._predictions(outputs, outputs.predictions, cut_off, empty)

    def predict_from(self, texts: Iterable[str], threshold: float) -> Iterator[LabelPrediction]:
        """The same with the second of two classes from this probability on. Raises RequestError for more classes."""
        refuse_threshold(self.labels)
        for outputs, cut_off, empty in self._outputs(texts):
            chosen = (outputs.probabilities[:, 1] >= threshold).astype(int)
            yield from self._predictions(outputs, chosen, cut_off, empty)

    def word_vectors(self, side: str | None, matrix: MatrixName) -> WordVectors:
        """See `token_vectors`."""
        return token_vectors(self.model, {"text": self.vectorizer}, side, matrix)

    def _predictions(
        self, outputs: ClassificationOutputs, chosen: np.ndarray, cut_off: np.ndarray, empty: Sequence[bool]
    ) -> Iterator[LabelPrediction]:
        """`chosen`: the class to predict for each text; `cut_off`: its tokens that are not read; both (texts,) int.
        `empty`: which texts have no tokens."""
        for label, row, unread, nothing in zip(chosen, outputs.probabilities, cut_off.tolist(), empty, strict=True):
            if nothing:
                yield LabelPrediction("", math.nan, dict.fromkeys(self.labels, math.nan))
                continue
            probabilities = dict(zip(self.labels, row.tolist(), strict=True))
            yield LabelPrediction(self.labels[label], float(row[label]), probabilities, unread)

    def _outputs(self, texts: Iterable[str]) -> Iterator[tuple[ClassificationOutputs, np.ndarray, list[bool]]]:
        """The outputs of a batch of texts after the other, how many tokens of each are not read, and which texts have
        none. Their targets are not known."""
        texts = iter(texts)
        while batch := list(islice(texts, EVALUATION_BATCH)):
            yield self._outputs_of_batch(batch)

    def _outputs_of_batch(self, texts: list[str]) -> tuple[ClassificationOutputs, np.ndarray, list[bool]]:
        encoded = self.vectorizer.encode(texts)
        targets = np.zeros(len(texts), np.int32)  # not known: nothing below reads them
        columns: dict[str, Any] = {"text_ids": encoded.ids, "targets": targets}
        if encoded.weights is not None:
            columns["weights"] = Ragged(encoded.weights, encoded.ids.offsets)
        cut_off = np.zeros(len(texts), int) if encoded.cut_off is None else encoded.cut_off
        lengths = np.diff(encoded.ids.offsets)  # a text without tokens is encoded as one unknown token
        empty = [length <= 1 and not self.vectorizer.tokens(text) for text, length in zip(texts, lengths, strict=True)]
        return ClassificationOutputs(self.labels, targets, self._logits(Store(columns), SILENT)), cut_off, empty

    def _logits(self, store: Store, progress: Progress) -> np.ndarray:
        """(texts, outputs) float32, in the order of the store's rows."""
        rows = plan.grouped(self.inputs.padded_lengths(store), EVALUATION_BATCH, mixed=self.inputs.mixed)
        return outputs_of(
            self._forward,
            rows,
            lambda chosen: self.inputs.gather(store, chosen, tight=False),
            self.inputs.signature,
            progress,
            "evaluating",
        )

    @cached_property
    def _forward(self) -> Forward:
        return compile_forward(self.model, self.inputs.signature)
