"""Classification: one label per text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from seqlab import files
from seqlab.data.batching import plan
from seqlab.data.batching.pipeline import Batch, Signature
from seqlab.data.batching.plan import Batching, Plan
from seqlab.data.datasets import LABELLED_TEXTS, Dataset
from seqlab.data.ragged import Ragged
from seqlab.data.records import Records
from seqlab.data.store import Store
from seqlab.errors import DataError
from seqlab.metrics.classification import CLASSIFICATION_METRICS, ClassificationOutputs
from seqlab.models.batch_inference import outputs_of
from seqlab.models.classification import recurrent, sequence  # noqa: F401  (they put their parts on the registry)
from seqlab.models.classification.classifier import CLASSIFIERS, Classifier, ClassifierContext
from seqlab.progress import SILENT, Progress
from seqlab.registry import Component
from seqlab.tasks.classification.batching import Bags, Inputs, Sequences
from seqlab.tasks.classification.evaluate import ClassificationEvaluation
from seqlab.tasks.classification.loss import ClassificationLoss, weights_of_classes
from seqlab.tasks.task import LossFunction, Problem, Task
from seqlab.text import VECTORIZERS, Vectorizer
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    import keras

LABELS = "labels.json"

EVALUATION_BATCH = 256
"""Rows per batch outside training. Fixed, so that a figure never depends on `training.batch_size`."""


@dataclass(frozen=True)
class Answer:
    """What a classifier says of one text."""

    label: str
    probability: float
    probabilities: Mapping[str, float]


class Classification(Task):
    """One label per text."""

    name = "classification"
    datasets = LABELLED_TEXTS
    vectorizers = VECTORIZERS
    models = CLASSIFIERS
    metrics = CLASSIFICATION_METRICS
    monitor = "validation.loss"

    def __init__(self, data: Dataset, model: Classifier, vectorizer: FittedVectorizer, labels: Sequence[str]) -> None:
        self.data, self.model, self.vectorizer, self.labels = data, model, vectorizer, tuple(labels)
        self._number = {label: number for number, label in enumerate(self.labels)}
        self.inputs = self._inputs()

    @classmethod
    def problems(cls, data: Dataset, vectorizer: Vectorizer, model: Component, batching: Batching) -> Iterator[Problem]:
        output = vectorizer.traits.output
        if model.reads == "sequence" and output != "ids":  # type: ignore[attr-defined]
            yield ("vectorizer", "output"), f"'{model.name}' reads tokens in order: it needs output: ids, not {output}"
        if model.reads == "bag" and "multi_hot" not in vectorizer.outputs:  # type: ignore[attr-defined]
            yield ("vectorizer",), f"'{model.name}' reads bags, which '{vectorizer.name}' does not make: use words"
        elif model.reads == "bag":  # type: ignore[attr-defined]
            for option, message in _as_read_by(model, vectorizer).problems():
                yield ("vectorizer", option), message
        for option, message in model.problems(vectorizer):  # type: ignore[attr-defined]
            yield ("model", option), message
        fields = vectorizer.fit.fields or []
        for field in fields:
            if field not in data.vocabulary_fields:
                known = ", ".join(data.vocabulary_fields)
                yield ("vectorizer", "fit", "fields"), f"the data have no text field '{field}'; there are {known}"

    @classmethod
    def learn(cls, data: Dataset, vectorizer: Vectorizer, model: Component, train: Records, progress: Progress) -> Self:
        fit = vectorizer.fit
        texts = data.input_texts(train, tuple(fit.fields) if fit.fields else None)
        fitted = _as_read_by(model, vectorizer).learn(texts[: fit.take], progress)
        labels = sorted(set(train["label"]))
        return cls(data, model, fitted, labels)  # type: ignore[arg-type]

    @classmethod
    def restore(cls, data: Dataset, vectorizer: Vectorizer, model: Component, directory: Path) -> Self:
        vocabulary = Vocabulary.load(directory / "vocabulary.json")
        labels = _read_labels(directory / LABELS)
        return cls(data, model, _as_read_by(model, vectorizer).restore(vocabulary), labels)  # type: ignore[arg-type]

    def save(self, directory: Path) -> None:
        self.vectorizer.vocabulary.save(directory / "vocabulary.json")
        files.write_json(directory / LABELS, self.labels)

    def prepare(self, records: Records, progress: Progress, *, keep_text: bool = False) -> Store:
        texts = self.data.input_texts(records)
        encoded = self.vectorizer.encode(texts, progress)
        columns: dict[str, Any] = {
            "tokens": encoded.ids,
            "targets": np.array([self._number_of(label) for label in records["label"]], np.int32),
            "content_ids": np.array(records.content_ids, "S32"),
        }
        if encoded.weights is not None and self._weighted:
            columns["weights"] = Ragged(encoded.weights, encoded.ids.offsets)
        if keep_text:
            columns["text"] = Ragged.from_texts(texts)
        return Store(columns)

    def summary(self, store: Store) -> dict[str, float]:
        tokens = store.ragged("tokens")
        unknown = int((np.asarray(tokens.values) == self._unknown).sum())
        return {
            "examples": len(store),
            "tokens": len(tokens.values),
            "unknown_share": unknown / len(tokens.values),
            "mean_tokens": len(tokens.values) / len(store),
        }

    @property
    def vocabulary_size(self) -> int:
        return self.vectorizer.size

    @property
    def vectorizers_by_side(self) -> Mapping[str, FittedVectorizer]:
        return {"text": self.vectorizer}

    def lengths(self, store: Store) -> np.ndarray:
        return store.ragged("tokens").lengths

    def order(self, store: Store, batching: Batching, *, seed: int, epoch: int) -> Plan:
        """Rows of like lengths together where there are buckets, else as chance has it."""
        if not batching.buckets:
            return plan.shuffled(len(store), batching.batch_size, seed=seed, epoch=epoch)
        lengths, mixed = self.inputs.padded_lengths(store), self.inputs.mixed
        return plan.bucketed(lengths, batching.batch_size, mixed=mixed, seed=seed, epoch=epoch)

    @property
    def signature(self) -> Signature:
        return self.inputs.signature

    def gather(self, store: Store, rows: np.ndarray, batching: Batching) -> Batch:
        return self.inputs.gather(store, rows, tight=not batching.buckets)

    def example(self, records: Records, store: Store, row: int, batching: Batching) -> Mapping[str, str]:
        found = records.rows([row])
        (text,) = self.data.input_texts(found)
        return {"text": text, "label": str(found["label"][0]), "tokenized": " | ".join(self.vectorizer.tokens(text))}

    def build(self, train: Store | None) -> keras.Model:
        context = ClassifierContext(self.vectorizer.size, self._outputs, self._weighted, self.vectorizer.max_length)
        if train is not None:
            context = replace(context, count_by_class=lambda: self._count_by_class(train))
        return self.model.build(context)

    def loss_function(
        self,
        train: Store,
        model: keras.Model,
        batching: Batching,
        *,
        loss: Any,
        class_weights: Any,
        label_smoothing: float,
    ) -> LossFunction:
        weights = weights_of_classes(class_weights, self.labels, np.asarray(train.flat("targets")))
        return ClassificationLoss(len(self.labels), loss=loss, class_weights=weights, label_smoothing=label_smoothing)

    def score(
        self, model: keras.Model, store: Store, metrics: Sequence[Component], progress: Progress
    ) -> ClassificationEvaluation:
        inputs = self.inputs
        rows = plan.grouped(inputs.padded_lengths(store), EVALUATION_BATCH, mixed=inputs.mixed)
        logits = outputs_of(
            model,
            rows,
            lambda chosen: inputs.gather(store, chosen, tight=False),
            inputs.signature,
            progress,
            "evaluating",
        )
        scored = ClassificationOutputs(self.labels, np.asarray(store.flat("targets")), logits)
        return ClassificationEvaluation(scored, store, tuple(metrics))

    def answer(self, model: keras.Model, texts: Iterable[str]) -> Iterator[Answer]:
        """Answers in the order of the texts, which are read a batch at a time: an endless pipe will do."""
        texts = iter(texts)
        while batch := list(islice(texts, EVALUATION_BATCH)):
            yield from self._answer_batch(model, batch)

    def _answer_batch(self, model: keras.Model, texts: list[str]) -> Iterator[Answer]:
        encoded = self.vectorizer.encode(texts)
        columns: dict[str, Any] = {"tokens": encoded.ids, "targets": np.zeros(len(texts), np.int32)}
        if encoded.weights is not None and self._weighted:
            columns["weights"] = Ragged(encoded.weights, encoded.ids.offsets)
        scored = self.score(model, Store(columns), (), SILENT).scored
        for best, row in zip(scored.predictions, scored.probabilities, strict=True):
            probabilities = dict(zip(self.labels, row.tolist(), strict=True))
            yield Answer(self.labels[best], float(row[best]), probabilities)

    def _inputs(self) -> Inputs:
        if self.model.reads == "bag":
            return Bags(self._weighted)
        return Sequences(self.vectorizer.max_length, self.model.skips_padding)

    @property
    def _outputs(self) -> int:
        return 1 if len(self.labels) == 2 else len(self.labels)

    @property
    def _weighted(self) -> bool:
        """Multi-hot bags carry no weights: all are 1."""
        return self.vectorizer.output in ("count", "tf_idf")

    @property
    def _unknown(self) -> int:
        return 1 if self.vectorizer.output == "ids" else 0

    def _number_of(self, label: str) -> int:
        if label not in self._number:
            raise DataError(
                f"the label '{label}' stands in the data but not in the training split, which has "
                f"{', '.join(self.labels)}; correct the label, or add training examples of it"
            )
        return self._number[label]

    def _count_by_class(self, train: Store) -> np.ndarray:
        """In how many texts of each class a token stands: (classes, vocabulary). Bags hold each id once a text."""
        tokens = train.ragged("tokens")
        classes = np.repeat(np.asarray(train.flat("targets")), tokens.lengths)
        keys = classes.astype(np.int64) * self.vectorizer.size + tokens.values
        counts = np.bincount(keys, minlength=len(self.labels) * self.vectorizer.size)
        return counts.reshape(len(self.labels), -1)


def _as_read_by(model: Component, vectorizer: Vectorizer) -> Vectorizer:
    """A bag reads `output: ids` as multi-hot: which tokens a text has."""
    if model.reads == "bag" and vectorizer.traits.output == "ids":  # type: ignore[attr-defined]
        return vectorizer.with_output("multi_hot")
    return vectorizer


def _read_labels(path: Path) -> list[str]:
    """The names of the classes. Raises DataError unless they are two or more different texts."""
    try:
        labels = files.read_json(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error}): restore it from a copy, or train again") from error
    texts = [label for label in labels if isinstance(label, str)] if isinstance(labels, list) else []
    if texts != labels or len(set(texts)) < max(2, len(texts)):
        raise DataError(f"{path} is no list of labels that seqlab wrote: restore it from a copy, or train again")
    return texts
