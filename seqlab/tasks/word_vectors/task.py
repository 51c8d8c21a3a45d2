"""Word vectors: words that occur in the same contexts get similar vectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.data.batching.batches import Batches
from seqlab.data.datasets import DOCUMENTS, Dataset
from seqlab.data.datasets.documents import Documents
from seqlab.data.ragged import Ragged
from seqlab.data.records import Records
from seqlab.data.store import Store
from seqlab.errors import DataError
from seqlab.keras_names import OPTIMIZERS, Optimizer
from seqlab.metrics.word_vectors import WORD_VECTOR_METRICS
from seqlab.models.word_vectors import (
    WORD_VECTOR_MODELS,
    DocumentVectors,
    VectorModel,
    WordVectorContext,
    WordVectorModel,
)
from seqlab.models.word_vectors.word_vector_model import WORDS_PER_CHUNK
from seqlab.progress import Progress
from seqlab.registry import Positive, PositiveNumber
from seqlab.tasks.task import Choices, Problem, Registries, Task, register
from seqlab.tasks.word_vectors.batching import Stream, WordStream, keep_probabilities, training_batches
from seqlab.tasks.word_vectors.class_ratios import RATIOS, class_ratios, kept_by_ratio, load_ratios
from seqlab.tasks.word_vectors.document_predictor import DocumentVectorPredictor
from seqlab.tasks.word_vectors.loss import WindowLoss
from seqlab.tasks.word_vectors.predictor import WordVectorPredictor
from seqlab.tasks.word_vectors.whole_documents import DocumentStream, without_unknown
from seqlab.text import VECTORIZERS
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text.vocabulary import RESTORE, Vocabulary
from seqlab.training.options import BatchSize, TrainingOptions

if TYPE_CHECKING:
    import keras


class WordVectorTraining(TrainingOptions):
    """How word vectors are trained."""

    epochs: Positive = 10
    batch_size: BatchSize = 512
    """Words per step; each is in as many examples as its window has words."""
    optimizer: Optimizer = OPTIMIZERS.read({"name": "adagrad", "initial_accumulator_value": 0.0, "epsilon": 1e-20})
    """A Keras optimizer: its name, or a mapping of its name and options. Adagrad gives each word a rate of its own."""
    learning_rate: PositiveNumber = 0.05
    """Learning rate; the initial value if there is a schedule. Of adam and rmsprop, about 0.01."""
    patience: Positive | None = None


def check(choices: Choices, training: Any) -> Iterator[Problem]:
    traits = choices.vectorizer.traits
    if traits.output != "ids":
        yield ("vectorizer", "output"), "documents are read word by word: word vectors need output: ids"
    if traits.ngrams != 1 and isinstance(choices.model, WordVectorModel):
        yield (
            ("vectorizer", "ngrams"),
            f"the windows of '{choices.model.name}' are of single words: leave out ngrams, or use document_vectors",
        )
    by_class = _keeps_by_class(choices.model)
    has_classes = isinstance(choices.data, Documents) and choices.data.has_classes
    if by_class and not has_classes:
        yield (
            ("model", "keep_ratio"),
            "the data have no classes to take ratios of: leave it out, or use imdb with labels",
        )
    if has_classes and not by_class:
        yield ("data", "labels"), "has no effect: no word is kept by its class; leave it out, or set model.keep_ratio"
    if traits.reverses:
        yield ("vectorizer", "reverse"), "a window has the same words in both directions: leave out reverse"
    if not traits.decodes:
        yield ("vectorizer", "hash_buckets"), "a word vector belongs to one word: leave hash_buckets out"
    if traits.optional_unknown:
        yield ("vectorizer", "unknown"), "unknown words are left out and have no vector: leave out unknown"
    if choices.vectorizer.fit.fields is not None:
        yield ("vectorizer", "fit", "fields"), "documents are read as a whole: leave out fields"
    if training.label_smoothing:
        yield ("training", "label_smoothing"), "the objectives of word vectors have no label smoothing: leave it out"


def fit(choices: Choices, train: Records, progress: Progress) -> FittedWordVectors:
    texts = choices.data.input_texts(train)[: choices.vectorizer.fit.take]
    vocabulary = choices.vectorizer.fitted(texts, progress).vocabulary
    if len(vocabulary.tokens) < 2:
        raise DataError(
            f"the vocabulary has one word, '{vocabulary.tokens[0]}', which has no other to be near to: check "
            "vectorizer (min_count, max_tokens, keep, split), or provide more text"
        )
    vectorizer = choices.vectorizer.unpadded(vocabulary)
    if not _keeps_by_class(choices.model):
        return FittedWordVectors(choices, vectorizer)
    labelled = train.rows([row for row, name in enumerate(train["class"]) if name])
    encoded = vectorizer.encode(choices.data.input_texts(labelled), progress)
    known = without_unknown(encoded.ids, len(vectorizer.vocabulary.specials))
    size = len(vectorizer.vocabulary.tokens)
    return FittedWordVectors(choices, vectorizer, class_ratios(known, labelled["class"], size, choices.model.smoothing))


def restore(choices: Choices, directory: Path) -> FittedWordVectors:
    path = directory / "vocabulary.json"
    vectorizer = choices.vectorizer.unpadded(Vocabulary.load(path))
    if not vectorizer.vocabulary.counts.any():
        raise DataError(f"{path} has no token that was counted: {RESTORE}")
    if not _keeps_by_class(choices.model):
        return FittedWordVectors(choices, vectorizer)
    return FittedWordVectors(choices, vectorizer, load_ratios(directory, len(vectorizer.vocabulary.tokens)))


def _keeps_by_class(model: VectorModel) -> bool:
    return isinstance(model, DocumentVectors) and model.keep_ratio is not None


class FittedWordVectors:
    """The task with its vocabulary."""

    def __init__(self, choices: Choices, vectorizer: FittedVectorizer, ratios: np.ndarray | None = None) -> None:
        self.data: Dataset = choices.data
        self.model: VectorModel = choices.model
        self.vectorizer = vectorizer
        self.ratios = ratios
        if isinstance(self.model, DocumentVectors) and self.model.keep_ratio is not None and ratios is not None:
            self.kept: np.ndarray | None = kept_by_ratio(ratios, self.model.keep_ratio)
        else:
            self.kept = keep_probabilities(vectorizer.vocabulary.counts, self.model.subsample)

    @property
    def vectorizers(self) -> Mapping[str, FittedVectorizer]:
        return {"text": self.vectorizer}

    def save(self, directory: Path) -> None:
        self.vectorizer.vocabulary.save(directory / "vocabulary.json")
        if self.ratios is not None:
            np.save(directory / RATIOS, self.ratios, allow_pickle=False)

    def encode(self, records: Records, progress: Progress) -> Store:
        """The known words of each document. Raises DataError if no document has two."""
        encoded = self.vectorizer.encode(self.data.input_texts(records), progress)
        columns: dict[str, Any] = {
            "text_ids": known_words(encoded.ids, self._first_id),
            "content_ids": records.content_ids.digits(),
        }
        if encoded.cut_off is not None:
            columns["text_cut_off"] = encoded.cut_off
        return Store(columns)

    def batches(self, store: Store, training: WordVectorTraining) -> Batches:
        return training_batches(
            self._stream(store),
            batch_size=training.effective_batch_size,
            texts_of=self.data.input_texts,
            words_of=lambda words: self.vectorizer.vocabulary.tokens_of(words + self._first_id),
        )

    def build(self, train: Store | None) -> keras.Model:
        vocabulary = self.vectorizer.vocabulary
        return self.model.build(WordVectorContext(vocabulary.tokens, vocabulary.counts, self.kept))

    def loss(self, train: Store, model: keras.Model, training: WordVectorTraining) -> WindowLoss:
        return WindowLoss()

    def predictor(self, model: keras.Model) -> WordVectorPredictor:
        classes, asked = self.data.word_classes, self.model.sample_words
        if isinstance(self.model, WordVectorModel):
            ngrams = self.model.character_ngrams()
            return WordVectorPredictor(model, self.vectorizer, self._stream, ngrams, classes, asked)
        return DocumentVectorPredictor(model, self.vectorizer, self._stream, classes, asked, self.kept)

    @property
    def _first_id(self) -> int:
        return len(self.vectorizer.vocabulary.specials)

    def _stream(self, store: Store) -> Stream:
        rows = store.ragged("text_ids")
        if isinstance(self.model, WordVectorModel):
            return WordStream.of(rows, self._first_id, self.kept, window=self.model.window, chunk=WORDS_PER_CHUNK)
        return DocumentStream.of(rows, self._first_id, self.kept)


def known_words(rows: Ragged, first_id: int) -> Ragged:
    """Rows without special and unknown ids: windows are cut after rare words are left out.

    Raises DataError unless some row has two words left, of which one can predict the other.
    """
    values = np.asarray(rows.values)
    known = values >= first_id
    offsets = np.concatenate([[0], np.cumsum(known)])[rows.offsets]
    kept = Ragged(values[known], offsets)
    if kept.lengths.max(initial=0) < 2:
        raise DataError(
            "no document of a split has two words of the vocabulary, of which one could predict the other: each line "
            "or row is a document; lower vectorizer.min_count, or provide longer documents"
        )
    return kept


WORD_VECTORS = register(
    Task(
        name="word_vectors",
        registries=Registries(DOCUMENTS, VECTORIZERS, WORD_VECTOR_MODELS, WORD_VECTOR_METRICS),
        training=WordVectorTraining,
        monitor="validation.loss",
        training_metrics=("loss",),
        capabilities={
            "text_vectors": 'seqlab similar --run {run} "a text" "another"',
            "word_vectors": "seqlab neighbors WORD --run {run}",
        },
        check=check,
        fit=fit,
        restore=restore,
    )
)
