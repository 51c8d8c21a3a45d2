"""What a config makes of its data: vectorizers, and the first training batch. Neither needs TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from seqlab.config import Experiment
from seqlab.data.splits.load_splits import load, locate
from seqlab.experiment.prepare_data import choices_of, prepare_data
from seqlab.progress import Progress
from seqlab.runs import Run
from seqlab.tasks import TASKS
from seqlab.text.vectorizer import FittedVectorizer


@dataclass(frozen=True)
class FirstBatch:
    """The first training batch of a config, and its first item."""

    tensors: list[tuple[str, str, str]]
    """Name, shape and dtype of each tensor."""
    row: int
    """Row number of the first item in the training split, which has `rows` of them."""
    rows: int
    item_as_text: Mapping[str, str]
    item: Mapping[str, np.ndarray]
    """The tensors of a batch of the first item alone."""


def first_batch(experiment: Experiment, progress: Progress) -> FirstBatch:
    located = locate(experiment.data, progress)
    prepared = prepare_data(experiment, located, progress)
    train = prepared.stores["train"]
    batches = prepared.task.batches(train, experiment.training)
    rows = batches.plan(seed=experiment.runtime.seed, epoch=1)[0]
    tensors = [(name, str(array.shape), str(array.dtype)) for name, array in batches.gather(rows).items()]
    records, first = load(located, progress).splits["train"], int(rows[0])
    return FirstBatch(tensors, first, batches.examples, batches.describe(records, first), batches.gather(rows[:1]))


def vectorizers_of(experiment: Experiment, run: Run | None, progress: Progress) -> Mapping[str, FittedVectorizer]:
    """Side → vectorizer: of a run as it was saved, of a config fitted on its training split."""
    if run is not None:
        return TASKS[experiment.task].restore(choices_of(experiment), run.directory).vectorizers
    return prepare_data(experiment, locate(experiment.data, progress), progress).task.vectorizers
