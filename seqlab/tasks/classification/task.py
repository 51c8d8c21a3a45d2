"""Classification: one label per text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from seqlab import files
from seqlab.data.batching.batches import Batches
from seqlab.data.datasets import LABELLED_TEXTS, Dataset
from seqlab.data.ragged import Ragged
from seqlab.data.records import Records
from seqlab.data.store import Store
from seqlab.errors import DataError
from seqlab.metrics.classification import CLASSIFICATION_METRICS
from seqlab.models.classification import CLASSIFIERS, Classifier, ClassifierContext
from seqlab.progress import Progress
from seqlab.registry import PositiveNumber
from seqlab.tasks.classification.batching import Bags, Inputs, Sequences, training_batches
from seqlab.tasks.classification.loss import ClassificationLoss, class_weights_of, loss_of
from seqlab.tasks.classification.predictor import ClassificationPredictor
from seqlab.tasks.task import Choices, Problem, Registries, Task, register
from seqlab.text import VECTORIZERS, Vectorizer
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text.vocabulary import Vocabulary
from seqlab.training.keras_names import Loss
from seqlab.training.options import TrainingOptions

if TYPE_CHECKING:
    import keras

LABELS = "labels.json"


class ClassificationTraining(TrainingOptions):
    """How a classifier is trained."""

    buckets: bool = True
    """Batch examples of similar length, which reduces padding; false: batches are random."""
    loss: Loss | None = None
    """Name of a Keras loss on logits; null: cross-entropy."""
    class_weights: Literal["balanced"] | dict[str, PositiveNumber] | None = None
    """Label → weight in the loss, or `balanced` (inversely proportional to frequency); null: equal weights."""


def check(choices: Choices, training: Any) -> Iterator[Problem]:
    data, vectorizer, model = choices.data, choices.vectorizer, choices.model
    output = vectorizer.traits.output
    if model.reads == "sequence" and output != "ids":
        yield ("vectorizer", "output"), f"'{model.name}' reads tokens in order: it needs output: ids, not {output}"
    if model.reads == "bag" and "multi_hot" not in vectorizer.outputs:
        readers = " or ".join(each.component_name() for each in CLASSIFIERS if each.reads == "sequence")
        message = (
            f"'{model.name}' reads bags, which '{vectorizer.name}' does not make: use words, or a model that reads"
        )
        yield ("vectorizer",), f"{message} {vectorizer.name} in order ({readers})"
    elif model.reads == "bag":
        for option, message in _as_read_by(model, vectorizer).problems():
            yield ("vectorizer", option), message
    for option, message in model.problems(vectorizer):
        yield ("model", option), message
    for field in vectorizer.fit.fields or []:
        if field not in data.vocabulary_fields:
            known = ", ".join(data.vocabulary_fields)
            yield ("vectorizer", "fit", "fields"), f"the data have no text field '{field}'; there are {known}"
    yield from _without_effect(choices, training)


def _without_effect(choices: Choices, training: Any) -> Iterator[Problem]:
    """Options that were changed and mean nothing beside the others."""
    if choices.model.reads == "bag" and not training.buckets:
        yield ("training", "buckets"), f"'{choices.model.name}' pads nothing: leave buckets out"
    if training.label_smoothing and training.loss and not training.loss.endswith("crossentropy"):
        yield ("training", "label_smoothing"), f"the loss {training.loss} has no label smoothing: leave it out"
    if choices.vectorizer.traits.optional_unknown:
        yield ("vectorizer", "unknown"), "a classifier always has an unknown token: leave unknown out"


def fit(choices: Choices, train: Records, progress: Progress) -> FittedClassification:
    fields, take = choices.vectorizer.fit.fields, choices.vectorizer.fit.take
    texts = choices.data.input_texts(train, tuple(fields) if fields else None)
    fitted = _as_read_by(choices.model, choices.vectorizer).learn(texts[:take], progress)
    return FittedClassification(choices.data, choices.model, fitted, sorted(set(train["label"])))


def restore(choices: Choices, directory: Path) -> FittedClassification:
    vocabulary = Vocabulary.load(directory / "vocabulary.json")
    labels = _read_labels(directory / LABELS)
    fitted = _as_read_by(choices.model, choices.vectorizer).restore(vocabulary)
    return FittedClassification(choices.data, choices.model, fitted, labels)


class FittedClassification:
    """A classification task with its vocabulary and labels."""

    def __init__(self, data: Dataset, model: Classifier, vectorizer: FittedVectorizer, labels: Sequence[str]) -> None:
        self.data, self.model, self.vectorizer, self.labels = data, model, vectorizer, tuple(labels)
        self._label_ids = {label: index for index, label in enumerate(self.labels)}

    @property
    def vectorizers(self) -> Mapping[str, FittedVectorizer]:
        return {"text": self.vectorizer}

    @property
    def inputs(self) -> Inputs:
        """The model's input: bags, or sequences."""
        if self.model.reads == "bag":
            return Bags(self._weighted)
        return Sequences(self.vectorizer.max_length, self.model.skips_padding)

    def save(self, directory: Path) -> None:
        self.vectorizer.vocabulary.save(directory / "vocabulary.json")
        files.write_json(directory / LABELS, self.labels)

    def encode(self, records: Records, progress: Progress) -> Store:
        texts = self.data.input_texts(records)
        encoded = self.vectorizer.encode(texts, progress)
        columns: dict[str, Any] = {
            "text_ids": encoded.ids,
            "targets": np.array([self._label_id(label) for label in records["label"]], np.int32),
            "content_ids": np.array(records.content_ids, "S32"),
            "text": Ragged.from_texts(texts),
        }
        if encoded.weights is not None and self._weighted:
            columns["weights"] = Ragged(encoded.weights, encoded.ids.offsets)
        if encoded.cut_off is not None:
            columns["text_cut_off"] = encoded.cut_off
        return Store(columns)

    def batches(self, store: Store, training: ClassificationTraining) -> Batches:
        """Raises RequestError for a loss and for class weights that do not fit the labels."""
        loss_of(training.loss, len(self.labels))
        class_weights_of(training.class_weights, self.labels, np.asarray(store.flat("targets")))
        return training_batches(
            store,
            self.inputs,
            batch_size=training.batch_size,
            buckets=training.buckets,
            text_of=lambda records: self.data.input_texts(records)[0],
            tokens_of=self.vectorizer.tokens,
        )

    def build(self, train: Store | None) -> keras.Model:
        outputs = 1 if len(self.labels) == 2 else len(self.labels)
        context = ClassifierContext(self.vectorizer.size, outputs, self._weighted, self.vectorizer.max_length)
        if train is not None:
            context = replace(context, count_by_class=lambda: self._count_by_class(train))
        return self.model.build(context)

    def loss(self, train: Store, model: keras.Model, training: ClassificationTraining) -> ClassificationLoss:
        weights = class_weights_of(training.class_weights, self.labels, np.asarray(train.flat("targets")))
        return ClassificationLoss(
            len(self.labels), loss=training.loss, class_weights=weights, label_smoothing=training.label_smoothing
        )

    def predictor(self, model: keras.Model) -> ClassificationPredictor:
        return ClassificationPredictor(model, self.vectorizer, self.labels, self.inputs)

    @property
    def _weighted(self) -> bool:
        """Multi-hot bags carry no weights: all are 1."""
        return self.vectorizer.output in ("count", "tf_idf")

    def _label_id(self, label: str) -> int:
        if label not in self._label_ids:
            raise DataError(
                f"the label '{label}' is in the data but not in the training split, whose labels are "
                f"{', '.join(self.labels)}; correct the label, or add training examples of it"
            )
        return self._label_ids[label]

    def _count_by_class(self, train: Store) -> np.ndarray:
        """Texts of each class that contain each token, (classes, vocabulary). A bag holds each id once per text."""
        tokens = train.ragged("text_ids")
        classes = np.repeat(np.asarray(train.flat("targets")), tokens.lengths)
        keys = classes.astype(np.int64) * self.vectorizer.size + tokens.values
        counts = np.bincount(keys, minlength=len(self.labels) * self.vectorizer.size)
        return counts.reshape(len(self.labels), -1)


def _as_read_by(model: Classifier, vectorizer: Vectorizer) -> Vectorizer:
    """A bag reads `output: ids` as multi-hot: which tokens a text has."""
    if model.reads == "bag" and vectorizer.traits.output == "ids":
        return vectorizer.with_output("multi_hot")
    return vectorizer


def _read_labels(path: Path) -> list[str]:
    """The names of the classes. Raises DataError unless they are two or more different texts."""
    try:
        labels = files.read_json(path)
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read {path} ({error}): restore it from a copy, or train again") from error
    texts = [label for label in labels if isinstance(label, str)] if isinstance(labels, list) else []
    if texts != labels or len(set(texts)) < max(2, len(texts)):
        raise DataError(f"{path} is not a list of labels written by seqlab: restore it from a copy, or train again")
    return texts


CLASSIFICATION = register(
    Task(
        name="classification",
        registries=Registries(LABELLED_TEXTS, VECTORIZERS, CLASSIFIERS, CLASSIFICATION_METRICS),
        training=ClassificationTraining,
        monitor="validation.loss",
        capabilities={
            "word_vectors": "seqlab neighbors --run {run} good",
            "predict_from": 'seqlab predict {run} --threshold tuned "a text of your own"',
            "predict": 'seqlab predict {run} "a text of your own"',
        },
        check=check,
        fit=fit,
        restore=restore,
        combines="probabilities",
    )
)
