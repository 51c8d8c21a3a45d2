"""Language modeling: at every position of a text, the next token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.data.batching.batches import Batches
from seqlab.data.datasets import TEXTS, Dataset
from seqlab.data.long_text import LongTexts
from seqlab.data.ragged import Ragged
from seqlab.data.records import Records
from seqlab.data.spool import ArrayWriter, portions
from seqlab.data.store import Store
from seqlab.metrics.language_model import LANGUAGE_MODEL_METRICS
from seqlab.models.language_modeling import LANGUAGE_MODELS, LanguageModel, LanguageModelContext
from seqlab.progress import Progress
from seqlab.registry import Positive, PositiveNumber
from seqlab.tasks.constant_answer import ConstantAnswer, counts_of, losses_of_frequencies
from seqlab.tasks.language_modeling.batching import training_batches
from seqlab.tasks.language_modeling.loss import NextTokenLoss
from seqlab.tasks.language_modeling.predictor import LanguageModelPredictor, joined_documents
from seqlab.tasks.task import Choices, Problem, Registries, Task, register
from seqlab.text import VECTORIZERS
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text.vocabulary import Vocabulary
from seqlab.training.options import TrainingOptions

if TYPE_CHECKING:
    import keras


class LanguageModelTraining(TrainingOptions):
    """How a language model is trained."""

    clip_norm: PositiveNumber | None = 1.0
    window: Positive = 100
    """Tokens of running text per training example."""
    shift: Positive | None = None
    """Tokens between the starts of consecutive windows; null: windows do not overlap, and their offset changes with the
    epoch."""


def check(choices: Choices, training: Any) -> Iterator[Problem]:
    vectorizer, model = choices.vectorizer, choices.model
    if model.max_context is not None and training.window > model.max_context:
        message = f"a window of {training.window} tokens is more than the model's context of {model.max_context}"
        yield ("training", "window"), f"{message}: lower it, or raise model.context"
    if model.carries_state and training.shift is not None:
        message = "parallel streams read the text once from start to end, so windows cannot overlap: leave out shift"
        yield ("training", "shift"), f"{message}, or model.stateful"
    if vectorizer.traits.output != "ids":
        yield ("vectorizer", "output"), "a language model reads tokens in order: it needs output: ids"
    if vectorizer.traits.ngrams != 1:
        yield ("vectorizer", "ngrams"), "a language model reads each word once: leave out ngrams"
    if vectorizer.traits.max_length is not None:
        yield ("vectorizer", "max_length"), "a language model reads the whole text: leave out max_length"
    if vectorizer.traits.reverses:
        yield ("vectorizer", "reverse"), "a language model reads the text from its beginning: leave out reverse"
    if not vectorizer.traits.decodes:
        yield ("vectorizer", "hash_buckets"), "a language model writes tokens, which no bucket gives back: leave it out"
    if vectorizer.fit.fields is not None:
        yield ("vectorizer", "fit", "fields"), "running text has one field: leave out fields"


def fit(choices: Choices, train: Records, progress: Progress) -> FittedLanguageModeling:
    texts = LongTexts.of(choices.data.input_texts(train)[: choices.vectorizer.fit.take])
    vocabulary = choices.vectorizer.fitted(texts, progress).vocabulary
    return FittedLanguageModeling(choices.data, choices.model, choices.vectorizer.unpadded(vocabulary))


def restore(choices: Choices, directory: Path) -> FittedLanguageModeling:
    vocabulary = Vocabulary.load(directory / "vocabulary.json")
    return FittedLanguageModeling(choices.data, choices.model, choices.vectorizer.unpadded(vocabulary))


class FittedLanguageModeling:
    """A language modeling task with its vocabulary."""

    def __init__(self, data: Dataset, model: LanguageModel, vectorizer: FittedVectorizer) -> None:
        self.data, self.model, self.vectorizer = data, model, vectorizer

    @property
    def vectorizers(self) -> Mapping[str, FittedVectorizer]:
        return {"text": self.vectorizer}

    def save(self, directory: Path) -> None:
        self.vectorizer.vocabulary.save(directory / "vocabulary.json")

    def encode(self, records: Records, progress: Progress) -> Store:
        """The ids of the whole split as one row, in as few bytes as they need.

        A character that is not in the training text is `NO_ID`, unless the vocabulary has an unknown id.
        """
        text = joined_documents(self.data.input_texts(records))
        ids = self.vectorizer.encode(LongTexts([text]), progress).ids.values
        narrow = ArrayWriter(np.min_scalar_type(-max(self.vectorizer.size, 1)))
        for part in portions(ids):
            narrow.append(part)
        return Store({"text_ids": Ragged(narrow.finish(), np.array([0, len(ids)]))})

    def batches(self, store: Store, training: LanguageModelTraining) -> Batches:
        return training_batches(
            store,
            batch_size=training.effective_batch_size,
            window=training.window,
            shift=training.shift,
            stateful=self.model.carries_state,
            decode=self.vectorizer.decode,
        )

    def build(self, train: Store | None) -> keras.Model:
        import tensorflow as tf

        model = self.model.build(LanguageModelContext(self.vectorizer.size))
        model({"ids": tf.zeros((1, 1), tf.int32)})
        return model

    def loss(self, train: Store, model: keras.Model, training: LanguageModelTraining) -> NextTokenLoss:
        streams = training.effective_batch_size if self.model.carries_state else None
        return NextTokenLoss(model, label_smoothing=training.label_smoothing, streams=streams)

    def constant_answer(self, train: Store, training: LanguageModelTraining) -> ConstantAnswer:
        targets = train.ragged("text_ids").values[1:]  # no window predicts the first
        counts = counts_of(targets, self.vectorizer.size)
        losses = losses_of_frequencies(counts, label_smoothing=training.label_smoothing)
        return ConstantAnswer("the frequencies of the tokens", *losses)

    def predictor(self, model: keras.Model) -> LanguageModelPredictor:
        return LanguageModelPredictor(model, self.vectorizer, self.model.max_context)


LANGUAGE_MODELING = register(
    Task(
        name="language_model",
        registries=Registries(TEXTS, VECTORIZERS, LANGUAGE_MODELS, LANGUAGE_MODEL_METRICS),
        training=LanguageModelTraining,
        monitor="validation.loss",
        capabilities={
            "word_vectors": "seqlab neighbors --run {run} love",
            "predict": 'seqlab predict {run} "To be or not to b"',
            "text_vectors": 'seqlab similar --run {run} "a text" "another"',
            "explain": 'seqlab explain {run} "To be or not to be"',
            "generate": "seqlab generate --run {run} --temperature 0.8",
        },
        check=check,
        fit=fit,
        restore=restore,
        speed_unit="tokens",
        compares="tokens",
    )
)
