"""Vectors of n-grams, and the vector of a document that predicts its n-grams best.

PV-DBOW (Le & Mikolov 2014) of n-grams (Li et al. 2015) by cosine (Thongtan & Phienthrakul 2019): a document tells its
n-grams from random ones, with the logit `scale` · cosine. There, each document has a row of a table, which is trained
with the n-grams, and a new document needs a training of its own. Here there is no such table. For given n-grams, the
vector of a document is the maximum of its own likelihood, and a few steps of gradient ascent find it, so that documents
of training and new ones get theirs in the same way. At the maximum, the gradient of the n-grams is that of both
together (the envelope theorem): it goes through the loss alone, and not through the steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqlab.layers.embedding import Embedding
from seqlab.models.word_vectors.word_vector_network import POWER

NOISE = 256
"""Random n-grams that all documents of a batch share. Each is weighted so that an example has `negatives` of them."""
STEP = 0.3
"""Of the ascent, as a share of the gradient of the mean over all examples and their negatives."""

Documents = Mapping[str, tf.Tensor]
"""`ids` (n-grams,) int32: the n-grams of some documents, one after the other; `documents` (n-grams,) int32, ascending
from 0, each number there: the document of each."""


class DocumentVectorNetwork(keras.Model):
    """A row for each n-gram in `embedding`, of which only the direction counts.

    `counts`: how often each n-gram is an example, (n-grams,), by which negatives are drawn.
    """

    def __init__(
        self, counts: np.ndarray, *, dimensions: int, negatives: int, scale: float, steps: int, **options: Any
    ) -> None:
        super().__init__(**options)
        self.negatives, self.scale, self.steps = negatives, scale, steps
        noise = np.cumsum(np.asarray(counts, np.float64) ** POWER)
        self._noise = (noise / noise[-1]).astype(np.float32)
        self.seeds = keras.random.SeedGenerator()
        initializer = keras.initializers.RandomNormal(stddev=dimensions**-0.5)
        self.embedding = Embedding(len(counts), dimensions, initializer=initializer, name="embedding")
        self.embedding.build()
        self.built = True

    def call(self, inputs: Mapping[str, tf.Tensor], training: bool | None = None) -> tf.Tensor:
        """The vectors of `ids`, (…) → (…, dimensions)."""
        return self.embedding(inputs["ids"])

    def losses(self, documents: Documents, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The loss in nats of all examples of each document, and their number: two tensors (documents,), float32.

        `seed` (2,) int64 decides the negatives.
        """
        ids, rows = documents["ids"], documents["documents"]
        noise = self._draw(seed)
        ngrams, others = self._directions(ids), self._directions(noise)
        weights = tf.ones_like(ids, tf.float32)
        examples = tf.math.segment_sum(weights, rows)
        against = self._noise_weights(ids, rows, weights, noise)
        constant, of_noise = tf.stop_gradient(ngrams), tf.stop_gradient(others)
        vectors = self._ascend(constant, of_noise, rows, weights, against)
        right = tf.reduce_sum(ngrams * tf.gather(vectors, rows), axis=-1)
        wrong = tf.matmul(vectors, others, transpose_b=True)
        losses = tf.math.segment_sum(tf.math.softplus(-self.scale * right), rows)
        return losses + tf.reduce_sum(against * tf.math.softplus(self.scale * wrong), axis=-1), examples

    def document_vectors(self, documents: Documents, weights: tf.Tensor) -> tf.Tensor:
        """The vectors of documents, (documents, dimensions) float32 of length 1; always the same for the same n-grams.

        `weights` (n-grams,) float32: what share of an example each n-gram is.
        """
        ids, rows = documents["ids"], documents["documents"]
        noise = self._draw(tf.zeros(2, tf.int64))
        against = self._noise_weights(ids, rows, weights, noise)
        return self._ascend(self._directions(ids), self._directions(noise), rows, weights, against)

    def _draw(self, seed: tf.Tensor) -> tf.Tensor:
        drawn = tf.random.stateless_uniform([NOISE], seed, dtype=tf.float32)
        return tf.minimum(tf.searchsorted(self._noise, drawn, side="right"), len(self._noise) - 1)

    def _directions(self, ids: tf.Tensor) -> tf.Tensor:
        return tf.math.l2_normalize(tf.cast(self.embedding(ids), tf.float32), axis=-1)

    def _noise_weights(self, ids: tf.Tensor, rows: tf.Tensor, weights: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
        """How often each random n-gram is the negative of an example, (documents, noise): of its own it is none."""
        own = tf.where(ids[:, None] == noise[None], weights[:, None], 0.0)
        examples = tf.math.segment_sum(weights, rows)
        return (examples[:, None] - tf.math.segment_sum(own, rows)) * (self.negatives / NOISE)

    def _ascend(
        self, ngrams: tf.Tensor, noise: tf.Tensor, rows: tf.Tensor, weights: tf.Tensor, against: tf.Tensor
    ) -> tf.Tensor:
        """The directions of greatest likelihood, (documents, dimensions), from that of the gradient at zero."""
        total = tf.math.segment_sum(weights, rows)[:, None] + tf.reduce_sum(against, axis=-1, keepdims=True)
        rate = STEP * self.scale / tf.maximum(total, 1e-6)
        start = tf.math.segment_sum(weights[:, None] * ngrams, rows) - tf.matmul(against, noise)
        vectors = tf.math.l2_normalize(start, axis=-1)
        for _ in range(self.steps):
            right = tf.reduce_sum(ngrams * tf.gather(vectors, rows), axis=-1)
            wrong = tf.matmul(vectors, noise, transpose_b=True)
            pull, push = weights * tf.sigmoid(-self.scale * right), against * tf.sigmoid(self.scale * wrong)
            gradient = tf.math.segment_sum(pull[:, None] * ngrams, rows) - tf.matmul(push, noise)
            tangent = gradient - tf.reduce_sum(gradient * vectors, axis=-1, keepdims=True) * vectors
            vectors = tf.math.l2_normalize(vectors + rate * tangent, axis=-1)
        return vectors
