"""Datasets, their files and rows, and what a config makes of them: vectorizers, the first batch. Without TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seqlab import runs_directory
from seqlab.config import Experiment
from seqlab.config.choices import choices_of
from seqlab.data.datasets import Dataset
from seqlab.data.datasets.catalogue import catalogue, first_of_each_name
from seqlab.data.long_text import LongTexts
from seqlab.data.records import Corpus, SourceFile
from seqlab.data.sources.locations import cache_directory, missing, offline
from seqlab.data.splits.load_splits import Located, load, locate
from seqlab.errors import RequestError
from seqlab.experiment.init_from import with_vocabulary
from seqlab.experiment.named_run import with_encoder
from seqlab.experiment.prepare_data import PreparedData, prepare_data
from seqlab.progress import Progress
from seqlab.runs import Run
from seqlab.tasks import TASKS
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text_format import visible

__all__ = [
    "DenseBatch",
    "FirstBatch",
    "beginnings",
    "cache_directory",
    "catalogue",
    "characters_of",
    "datasets",
    "dense_batch",
    "encoded_data",
    "first_batch",
    "load_data",
    "locate_data",
    "missing",
    "offline",
    "vectorizers_of",
]


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


@dataclass(frozen=True)
class DenseBatch:
    """The bags of the first training batch as the array that they stand for, with a column per token."""

    rows: int
    width: int
    nonzero: int
    """Values of all rows that are not 0."""
    columns: np.ndarray
    """Columns of the first row whose values are not 0, ascending."""
    values: np.ndarray
    """The values in these columns, float32."""
    tokens: list[str]
    """The tokens of these columns."""

    @property
    def bytes(self) -> int:
        return self.rows * self.width * self.values.itemsize


def beginnings(texts: Sequence[str], longest: int) -> Iterator[tuple[str, int]]:
    """The first `longest` characters of each text on one line, control characters escaped, and how many the whole line
    has."""
    for text in LongTexts.of(texts).texts:
        line, characters, after_space = "", 0, False
        for piece in map(visible, text.pieces()):
            after_space = after_space or piece[0].isspace()
            words = " ".join(piece.split())
            if words:
                words = f" {words}" if after_space and characters else words
                line += words[: longest - len(line)]
                characters += len(words)
                after_space = piece[-1].isspace()
        yield line, characters


def characters_of(texts: Sequence[str]) -> int:
    """All texts together."""
    return sum(map(len, texts.texts if isinstance(texts, LongTexts) else texts))


def datasets() -> list[type[Dataset]]:
    """One dataset per name: datasets of several tasks with one name read the same files."""
    return first_of_each_name()


def locate_data(dataset: Dataset, progress: Progress) -> tuple[SourceFile, ...]:
    """The files of a dataset with their checksums; published files that are missing are downloaded."""
    return locate(dataset, progress).sources


def load_data(dataset: Dataset, progress: Progress) -> Corpus:
    """The three splits of a dataset with notes for the user."""
    return load(dataset, progress)


def first_batch(experiment: Experiment, progress: Progress) -> FirstBatch:
    experiment = with_encoder(None, with_vocabulary(None, experiment, runs_directory()), runs_directory())
    located = locate(experiment.data, progress)
    corpus = load(located, progress)
    prepared = prepare_data(experiment, located, progress, corpus=corpus)
    train = prepared.stores["train"]
    batches = prepared.task.batches(train, experiment.training)
    rows = batches.plan(seed=experiment.runtime.seed, epoch=1)[0]
    tensors = [(name, str(array.shape), str(array.dtype)) for name, array in batches.gather(rows).items()]
    records, first = corpus.splits["train"], int(rows[0])
    item = batches.gather(batches.first_item(rows))
    return FirstBatch(tensors, first, batches.examples, batches.describe(records, first), item)


def dense_batch(experiment: Experiment, progress: Progress) -> DenseBatch:
    """The first batch as an array, without making it. Raises RequestError if the model reads no bags."""
    prepared = prepare_data(experiment, locate(experiment.data, progress), progress)
    batches = prepared.task.batches(prepared.stores["train"], experiment.training)
    batch = batches.gather(batches.plan(seed=experiment.runtime.seed, epoch=1)[0])
    if "offsets" not in batch:
        raise RequestError(
            f"'{experiment.model.name}' reads no bags, which are what --dense shows: use a model that does "
            "(model=bag), or --batch"
        )
    (vectorizer,) = prepared.task.vectorizers.values()
    ids = batch["tokens"][: batch["offsets"][1]]
    values = batch["weights"][: len(ids)] if "weights" in batch else np.ones(len(ids), np.float32)
    tokens = [vectorizer.vocabulary.token(int(index)) for index in ids]
    return DenseBatch(len(batch["offsets"]) - 1, vectorizer.size, len(batch["tokens"]), ids, values, tokens)


def encoded_data(
    experiment: Experiment, located: Located, corpus: Corpus, runs_dir: Path, progress: Progress
) -> PreparedData:
    """The splits as a model of the config reads them, from the cache or made now. Raises UnknownRun if `runs_dir` lacks
    the run that it takes its vocabulary from."""
    experiment = with_vocabulary(None, experiment, runs_dir)
    return prepare_data(experiment, located, progress, corpus=corpus, import_tensorflow=False)


def vectorizers_of(
    experiment: Experiment, run: Run | None, runs_dir: Path, progress: Progress
) -> Mapping[str, FittedVectorizer]:
    """Side → vectorizer: of a run as it was saved, of a config fitted on its training split, or taken from the run in
    `runs_dir` that it begins with."""
    if run is not None:
        return TASKS[experiment.task].restore(choices_of(experiment), run.directory).vectorizers
    experiment = with_encoder(None, with_vocabulary(None, experiment, runs_dir), runs_dir)
    return prepare_data(experiment, locate(experiment.data, progress), progress).task.vectorizers
