"""Examples as a model reads them, whatever is predicted: a text through a vectorizer or a sentence encoder, categories
and numbers beside it.

Classification and regression share this: what is fitted on the training split and saved with a run, how records become
columns of numbers, and how raw examples are read for a prediction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from seqlab.data.batching.batches import Batches
from seqlab.data.datasets import Dataset
from seqlab.data.features import FittedFeatures
from seqlab.data.ragged import Ragged
from seqlab.data.records import Records
from seqlab.data.store import Column, Store
from seqlab.models.classification import Classifier, ClassifierContext, SentenceEncoder
from seqlab.progress import SILENT, Progress
from seqlab.tasks.fitted_encoder import FittedEncoder
from seqlab.tasks.given_rows import Example, read_examples
from seqlab.tasks.model_inputs import Bags, ModelInputs, RawTexts, Sequences, TextInputs, TextVectors
from seqlab.tasks.task import Choices
from seqlab.text import Vectorizer
from seqlab.text.untrained import is_untrained
from seqlab.text.vectorizer import Encoded as EncodedTexts
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text.vocabulary import Vocabulary
from seqlab.text_format import joined_tokens
from seqlab.training.options import TrainingOptions

VOCABULARY = "vocabulary.json"


class ExampleTraining(TrainingOptions):
    """How a model of examples is trained."""

    buckets: bool = True
    """Batch examples of similar length, which reduces padding; false: batches are random."""


class Reading(NamedTuple):
    """What is read of an example."""

    cut_off: int = 0
    """Tokens at the end of its text that are not read."""
    empty: bool = False
    """Whether there is nothing to read."""
    unreadable: bool = False
    """Whether most of its tokens are unknown. Of a bag, unknown ones count once."""


@dataclass(frozen=True)
class Encoded:
    """Raw examples as columns, and what is read of each."""

    columns: dict[str, Column]
    readings: Sequence[Reading]


@dataclass(frozen=True)
class Examples:
    """What turns a text into the input of a model (a fitted vectorizer, or a sentence encoder), and fitted features.

    What is not an input of the model is None."""

    data: Dataset
    model: Classifier
    vectorizer: FittedVectorizer | None
    encoder: FittedEncoder | None
    features: FittedFeatures | None

    @classmethod
    def fit(cls, choices: Choices, train: Records, progress: Progress) -> Examples:
        """Learned from the training split, and from nothing else."""
        vectorizer = encoder = features = None
        if isinstance(choices.model, SentenceEncoder):
            encoder = FittedEncoder.fit(choices.model.found)
        if choices.vectorizer is not None:
            fields, take = choices.vectorizer.fit.fields, choices.vectorizer.fit.take
            texts = choices.data.input_texts(train, tuple(fields) if fields else None)
            vectorizer = as_read_by(choices.model, choices.vectorizer).fitted(texts[:take], progress)
        if choices.data.feature_columns:
            features = FittedFeatures.learn(choices.data.feature_columns, train)
        return cls(choices.data, choices.model, vectorizer, encoder, features)

    @classmethod
    def restore(cls, choices: Choices, directory: Path) -> Examples:
        """What `save` wrote. Raises DataError if it is damaged."""
        vectorizer = encoder = features = None
        if isinstance(choices.model, SentenceEncoder):
            encoder = FittedEncoder.restore(choices.model, directory)
        if choices.vectorizer is not None:
            vocabulary = Vocabulary.load(directory / VOCABULARY)
            vectorizer = as_read_by(choices.model, choices.vectorizer).restore(vocabulary)
        if choices.data.feature_columns:
            features = FittedFeatures.load(directory, choices.data.feature_columns)
        return cls(choices.data, choices.model, vectorizer, encoder, features)

    def save(self, directory: Path) -> None:
        if self.vectorizer is not None:
            self.vectorizer.vocabulary.save(directory / VOCABULARY)
        if self.encoder is not None:
            self.encoder.save(directory)
        if self.features is not None:
            self.features.save(directory)

    @property
    def reads_texts(self) -> bool:
        return self.vectorizer is not None or self.encoder is not None

    @property
    def vectorizers(self) -> Mapping[str, FittedVectorizer]:
        return {} if self.vectorizer is None else {"text": self.vectorizer}

    def inputs(self, targets: Literal["int32", "float32"]) -> ModelInputs:
        """The tensors of a batch. `targets`: the type of what is predicted."""
        features = self.features
        if features is None:
            return ModelInputs(self._text_inputs(), targets)
        return ModelInputs(self._text_inputs(), targets, len(features.categories), features.numbers_width)

    def _text_inputs(self) -> TextInputs | None:
        if self.encoder is not None:
            return RawTexts() if self._trains_encoder else TextVectors(self.encoder.width)
        if self.vectorizer is None:
            return None
        if self.model.reads == "bag":
            return Bags(self._weighted)
        return Sequences(self.vectorizer.max_length, self.model.skips_padding)

    def context(self, outputs: int) -> ClassifierContext:
        """What the training split decides about a model with so many outputs."""
        return ClassifierContext(
            0 if self.vectorizer is None else self.vectorizer.size,
            outputs,
            self._weighted,
            None if self.vectorizer is None else self.vectorizer.max_length,
            category_sizes=() if self.features is None else self.features.category_sizes,
            numbers_width=0 if self.features is None else self.features.numbers_width,
            text_width=0 if self.encoder is None else self.encoder.width,
            encoder=None if self.encoder is None else self.encoder.saved_model,
        )

    def encode(self, records: Records, progress: Progress) -> dict[str, Column]:
        """The inputs of all records, their content ids, and `text`, what a person is shown of them."""
        columns: dict[str, Column] = {"content_ids": records.content_ids.digits()}
        texts: Sequence[str] = self.data.input_texts(records) if self.reads_texts else []
        shown: Iterable[str] = texts
        if self.reads_texts:
            columns |= self.encode_texts(texts, progress)
        if self.features is not None:
            rows = records["features"]
            columns |= self.features.encode(rows)
            named = map(self.features.columns.shown, rows)
            shown = (f"{text}\n{row}" for text, row in zip(texts, named, strict=True)) if texts else named
        return columns | {"text": Ragged.from_texts(shown)}

    def encode_given(self, given: Sequence[Example]) -> Encoded:
        """Raw texts, or rows as mappings of columns if the data have features. Raises RequestError for anything else.

        A text without tokens is encoded as one unknown token, or as it is; it is empty unless there are features
        beside it.
        """
        texts, rows = read_examples(given, self.data)
        columns: dict[str, Column] = {}
        readings = [Reading()] * len(given)
        if self.encoder is not None:
            columns |= self.encode_texts(texts, SILENT)
            if self.features is None:  # beside features, no text is empty or a guess
                readings = [Reading(0, not text.strip(), self.encoder.hardly_knows(text)) for text in texts]
        if self.vectorizer is not None:
            encoded = self.vectorizer.encode(texts)
            columns |= self.columns_of(encoded)
            columns.pop("text_cut_off", None)
            readings = self._readings(texts, encoded)
        if self.features is not None:
            columns |= self.features.encode(rows)
        return Encoded(columns, readings)

    def _readings(self, texts: Sequence[str], encoded: EncodedTexts) -> list[Reading]:
        """What is read of texts: with features beside it, no text is empty or a guess."""
        assert self.vectorizer is not None
        cut_off = np.zeros(len(texts), int) if encoded.cut_off is None else encoded.cut_off
        if self.features is not None:
            return [Reading(each) for each in cut_off.tolist()]
        lengths = encoded.ids.lengths
        empty = [length <= 1 and not self.vectorizer.tokens(text) for text, length in zip(texts, lengths, strict=True)]
        unknown = is_untrained(encoded.ids.values, self.vectorizer.vocabulary)
        guessed = 2 * np.diff(np.concatenate([[0], np.cumsum(unknown)])[encoded.ids.offsets]) > lengths
        unreadable = guessed & ~np.array(empty, bool)
        return [Reading(*each) for each in zip(cut_off.tolist(), empty, unreadable.tolist(), strict=True)]

    def encode_texts(self, texts: Sequence[str], progress: Progress) -> dict[str, Column]:
        """The columns of texts alone."""
        if self.encoder is not None:
            if self._trains_encoder:
                return {"raw_texts": Ragged.from_texts(texts)}
            return {"vectors": self.encoder.vectors(texts, progress)}
        assert self.vectorizer is not None
        return self.columns_of(self.vectorizer.encode(texts, progress))

    def columns_of(self, encoded: EncodedTexts) -> dict[str, Column]:
        """What the model reads of texts that its vectorizer encoded."""
        columns: dict[str, Column] = {"text_ids": encoded.ids}
        if encoded.weights is not None and self._weighted:
            columns["weights"] = Ragged(encoded.weights, encoded.ids.offsets)
        if encoded.cut_off is not None:
            columns["text_cut_off"] = encoded.cut_off
        return columns

    def batches(self, store: Store, training: ExampleTraining, inputs: ModelInputs, answer: str) -> Batches:
        """Training batches. `answer`: the column of the records with what is predicted."""

        def describe(records: Records, row: int) -> Mapping[str, str]:
            record = records.rows([row])
            described = {answer: str(record[answer][0])}
            if self.reads_texts:
                text = self.data.input_texts(record)[0]
                described = {"text": text, **described}
                if self.vectorizer is not None:
                    described["tokenized"] = joined_tokens(self.vectorizer.tokens(text))
            if self.features is not None:
                described["features"] = self.features.columns.shown(record["features"][0])
            return described

        return inputs.training_batches(
            store, batch_size=training.effective_batch_size, buckets=training.buckets, describe=describe
        )

    @property
    def _trains_encoder(self) -> bool:
        return isinstance(self.model, SentenceEncoder) and self.model.trainable

    @property
    def _weighted(self) -> bool:
        """Multi-hot bags carry no weights: all are 1."""
        return self.vectorizer is not None and self.vectorizer.output in ("count", "tf_idf")


def as_read_by(model: Classifier, vectorizer: Vectorizer) -> Vectorizer:
    """A bag reads `output: ids` as multi-hot: which tokens a text has."""
    if model.reads == "bag" and vectorizer.traits.output == "ids":
        return vectorizer.with_output("multi_hot")
    return vectorizer
