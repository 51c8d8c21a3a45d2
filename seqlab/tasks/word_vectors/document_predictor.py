"""Scoring documents with document vectors, and the vectors of texts and of n-grams."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from seqlab.data.store import Store
from seqlab.errors import RequestError
from seqlab.tasks.token_vectors import MatrixName
from seqlab.tasks.word_vectors.batching import Stream
from seqlab.tasks.word_vectors.predictor import WordVectorPredictor
from seqlab.tasks.word_vectors.whole_documents import without_unknown
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.vectors import WordVectors

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

TEXTS_AT_ONCE = 64


class DocumentVectorPredictor(WordVectorPredictor):
    """`kept`: the probability of each n-gram that training does not leave it out, (n-grams,) float32; None: 1."""

    matrices: ClassVar[tuple[MatrixName, ...]] = ("input",)

    def __init__(
        self,
        model: keras.Model,
        vectorizer: FittedVectorizer,
        stream_of: Callable[[Store], Stream],
        word_classes: Mapping[str, str],
        sample_words: Sequence[str],
        kept: np.ndarray | None,
    ) -> None:
        super().__init__(model, vectorizer, stream_of, None, word_classes, sample_words)
        self.kept = kept

    def text_features(self, texts: Sequence[str]) -> np.ndarray:
        """The vector of length 1 that tells best which n-grams each text has, (texts, width) float32; zeros for a text
        without an n-gram that has a vector. Each n-gram counts as much as training keeps of it."""
        width = int(self.model.embedding.table.shape[1])
        found = np.zeros((len(texts), width), np.float32)
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            self._find(texts[start : start + TEXTS_AT_ONCE], found[start : start + TEXTS_AT_ONCE])
        return found

    def word_vectors(self, side: str | None = None, matrix: MatrixName = "input") -> WordVectors:
        """The vectors of all n-grams, the most frequent first. Raises RequestError for a `side`, and for the matrix
        `output`: there is one of each."""
        if matrix == "output":
            raise RequestError("document vectors have one vector for each word, which predicts it: leave --matrix out")
        return super().word_vectors(side)

    def _find(self, texts: Sequence[str], found: np.ndarray) -> None:
        import tensorflow as tf

        rows = without_unknown(self.vectorizer.encode(texts).ids, len(self.vectorizer.vocabulary.specials))
        present = np.flatnonzero(rows.lengths)
        if len(present):
            documents = np.repeat(np.arange(len(present), dtype=np.int32), rows.lengths[present])
            weights = np.ones(len(documents), np.float32) if self.kept is None else self.kept[rows.values]
            batch = {"ids": tf.constant(rows.values), "documents": tf.constant(documents)}
            found[present] = self._ascend(batch, tf.constant(weights)).numpy()

    @cached_property
    def _ascend(self) -> Callable[..., tf.Tensor]:
        import tensorflow as tf

        return tf.function(self.model.document_vectors, autograph=False, reduce_retracing=True)
