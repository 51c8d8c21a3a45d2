"""Classification: one label per text."""

from __future__ import annotations

from collections.abc import Iterator

from seqlab.data.datasets import LABELLED_TEXTS, Dataset
from seqlab.data.vectorizers import VECTORIZERS, Vectorizer
from seqlab.metrics.classification import CLASSIFICATION_METRICS
from seqlab.models.classifiers import CLASSIFIERS
from seqlab.registry import Part
from seqlab.tasks.task import Fault, Task


class Classification(Task):
    """One label per text."""

    name = "classification"
    datasets = LABELLED_TEXTS
    vectorizers = VECTORIZERS
    models = CLASSIFIERS
    metrics = CLASSIFICATION_METRICS
    monitor = "validation.loss"

    @classmethod
    def faults(cls, data: Dataset, vectorizer: Vectorizer, model: Part) -> Iterator[Fault]:
        yield from ()
