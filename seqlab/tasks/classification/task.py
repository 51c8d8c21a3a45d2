"""Classification: one label per example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from seqlab import files
from seqlab.data.batching.batches import Batches
from seqlab.data.datasets import LABELLED_TEXTS
from seqlab.data.records import Records
from seqlab.data.store import Store
from seqlab.errors import DataError
from seqlab.keras_names import Loss
from seqlab.metrics.classification import CLASSIFICATION_METRICS
from seqlab.models.classification import CLASSIFIERS
from seqlab.progress import Progress
from seqlab.registry import PositiveNumber
from seqlab.tasks.classification.loss import ClassificationLoss, class_weights_of, is_cross_entropy, loss_of
from seqlab.tasks.classification.predictor import ClassificationPredictor
from seqlab.tasks.constant_answer import ConstantAnswer, losses_of_frequencies
from seqlab.tasks.example_checks import check_inputs
from seqlab.tasks.examples import Examples, ExampleTraining
from seqlab.tasks.task import Choices, Problem, Registries, Task, register
from seqlab.text import VECTORIZERS
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text_format import quoted, visible_name

if TYPE_CHECKING:
    import keras

LABELS = "labels.json"


class ClassificationTraining(ExampleTraining):
    """How a classifier is trained."""

    loss: Loss | None = None
    """Name of a Keras loss on logits; null: cross-entropy."""
    class_weights: Literal["balanced"] | dict[str, PositiveNumber] | None = None
    """Label → weight in the loss, or `balanced` (inversely proportional to frequency); null: equal weights."""


def check(choices: Choices, training: Any) -> Iterator[Problem]:
    yield from check_inputs(choices, training)
    if training.label_smoothing and training.loss and not training.loss.endswith("crossentropy"):
        yield ("training", "label_smoothing"), f"the loss {training.loss} has no label smoothing: leave it out"


def fit(choices: Choices, train: Records, progress: Progress) -> FittedClassification:
    return FittedClassification(Examples.fit(choices, train, progress), sorted(set(train["label"])))


def restore(choices: Choices, directory: Path) -> FittedClassification:
    return FittedClassification(Examples.restore(choices, directory), _read_labels(directory / LABELS))


class FittedClassification:
    """A classification task with its labels."""

    def __init__(self, examples: Examples, labels: Sequence[str]) -> None:
        self.examples, self.labels = examples, tuple(labels)
        self._label_ids = {label: index for index, label in enumerate(self.labels)}

    @property
    def vectorizers(self) -> Mapping[str, FittedVectorizer]:
        return self.examples.vectorizers

    def save(self, directory: Path) -> None:
        self.examples.save(directory)
        files.write_json(directory / LABELS, self.labels)

    def encode(self, records: Records, progress: Progress) -> Store:
        targets = np.fromiter(map(self._label_id, records["label"]), np.int32, len(records))
        return Store(self.examples.encode(records, progress) | {"targets": targets})

    def batches(self, store: Store, training: ClassificationTraining) -> Batches:
        """Raises RequestError for a loss and for class weights that do not fit the labels."""
        loss_of(training.loss, len(self.labels))
        class_weights_of(training.class_weights, self.labels, np.asarray(store.flat("targets")))
        return self.examples.batches(store, training, self.examples.inputs("int32"), "label")

    def build(self, train: Store | None) -> keras.Model:
        context = self.examples.context(1 if len(self.labels) == 2 else len(self.labels))
        if train is not None:
            context = replace(context, count_by_class=lambda: self._count_by_class(train))
        return self.examples.model.build(context)

    def loss(self, train: Store, model: keras.Model, training: ClassificationTraining) -> ClassificationLoss:
        weights = class_weights_of(training.class_weights, self.labels, np.asarray(train.flat("targets")))
        return ClassificationLoss(
            len(self.labels), loss=training.loss, class_weights=weights, label_smoothing=training.label_smoothing
        )

    def constant_answer(self, train: Store, training: ClassificationTraining) -> ConstantAnswer | None:
        if not is_cross_entropy(training.loss, len(self.labels)):
            return None
        targets = np.asarray(train.flat("targets"))
        losses = losses_of_frequencies(
            np.bincount(targets, minlength=len(self.labels)),
            weights=class_weights_of(training.class_weights, self.labels, targets),
            label_smoothing=training.label_smoothing,
        )
        return ConstantAnswer("the frequencies of the labels", *losses, ("labels that do not depend on the input",))

    def predictor(self, model: keras.Model) -> ClassificationPredictor:
        return ClassificationPredictor(model, self.examples, self.labels)

    def _label_id(self, label: str) -> int:
        if label not in self._label_ids:
            raise DataError(
                f"the label {quoted(label)} is in the data but not in the training split, whose labels are "
                f"{', '.join(map(visible_name, self.labels))}; correct the label, or add training examples of it"
            )
        return self._label_ids[label]

    def _count_by_class(self, train: Store) -> np.ndarray:
        """Texts of each class that contain each token, (classes, vocabulary). A bag holds each id once per text."""
        tokens, size = train.ragged("text_ids"), self.vectorizers["text"].size
        classes = np.repeat(np.asarray(train.flat("targets")), tokens.lengths)
        keys = classes.astype(np.int64) * size + tokens.values
        counts = np.bincount(keys, minlength=len(self.labels) * size)
        return counts.reshape(len(self.labels), -1)


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
            "notes_on_rows": "seqlab predict {run} --file new.csv -o answers.csv",
            "word_vectors": "seqlab neighbors --run {run} good",
            "text_vectors": 'seqlab similar --run {run} "a text" "another"',
            "explain": 'seqlab explain {run} "a text of your own"',
            "predict_from": 'seqlab predict {run} --threshold tuned "a text of your own"',
            "predict": 'seqlab predict {run} "a text of your own"',
        },
        check=check,
        fit=fit,
        restore=restore,
        unused_options={"linear": "classes have no least squares"},
        combines="probabilities",
        compares="classes",
    )
)
