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

NOISE = 2048
"""Random n-grams that all documents of a batch share. Each is weighted so that an example has `negatives` of them: with
few, the weights would be so great that a step throws the vectors of these n-grams far off."""
STEP = 4.0
"""Of the ascent, as a multiple of the gradient of the mean over all examples and their negatives."""
SHORTER = 4.0
"""By what a step is divided that would make a document less probable."""

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
        noise, times = self._draw(seed)
        ngrams, others = self._directions(ids), self._directions(noise)
        weights = tf.ones_like(ids, tf.float32)
        examples = tf.math.segment_sum(weights, rows)
        against = self._noise_weights(ids, rows, weights, noise, times)
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
        noise, times = self._draw(tf.zeros(2, tf.int64))
        against = self._noise_weights(ids, rows, weights, noise, times)
        return self._ascend(self._directions(ids), self._directions(noise), rows, weights, against)

    def _draw(self, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Random n-grams, ascending, and how often each was drawn: (noise,) int32 each, `NOISE` in all."""
        drawn = tf.sort(tf.random.stateless_uniform([NOISE], seed, dtype=tf.float32))
        ids = tf.minimum(tf.searchsorted(self._noise, drawn, side="right"), len(self._noise) - 1)
        different, _, times = tf.unique_with_counts(ids)
        return different, times

    def _directions(self, ids: tf.Tensor) -> tf.Tensor:
        return tf.math.l2_normalize(tf.cast(self.embedding(ids), tf.float32), axis=-1)

    def _noise_weights(
        self, ids: tf.Tensor, rows: tf.Tensor, weights: tf.Tensor, noise: tf.Tensor, times: tf.Tensor
    ) -> tf.Tensor:
        """How often each random n-gram is the negative of an example, (documents, noise): of its own it is none."""
        examples = tf.math.segment_sum(weights, rows)
        place = tf.minimum(tf.searchsorted(noise, ids), tf.size(noise) - 1)
        equal = tf.where(tf.gather(noise, place) == ids, weights, 0.0)
        shape = tf.stack([tf.size(examples), tf.size(noise)])
        own = tf.scatter_nd(tf.stack([rows, place], axis=1), equal, shape)
        return (examples[:, None] - own) * tf.cast(times, tf.float32) * (self.negatives / NOISE)

    def _ascend(
        self, ngrams: tf.Tensor, noise: tf.Tensor, rows: tf.Tensor, weights: tf.Tensor, against: tf.Tensor
    ) -> tf.Tensor:
        """The directions of greatest likelihood, (documents, dimensions), from that of the gradient at zero. A step
        that goes too far is taken back."""
        total = tf.math.segment_sum(weights, rows) + tf.reduce_sum(against, axis=-1)
        start = tf.math.segment_sum(weights[:, None] * ngrams, rows) - tf.matmul(against, noise)
        vectors = candidates = tf.math.l2_normalize(start, axis=-1)
        gradients, least = tf.zeros_like(vectors), tf.fill(tf.shape(total), np.float32(np.inf))
        rates = STEP * self.scale / tf.maximum(total, 1e-6)
        for _ in range(self.steps):
            right = self.scale * tf.reduce_sum(ngrams * tf.gather(candidates, rows), axis=-1)
            wrong = self.scale * tf.matmul(candidates, noise, transpose_b=True)
            losses = tf.math.segment_sum(weights * tf.math.softplus(-right), rows)
            losses += tf.reduce_sum(against * tf.math.softplus(wrong), axis=-1)
            pull, push = weights * tf.sigmoid(-right), against * tf.sigmoid(wrong)
            found = tf.math.segment_sum(pull[:, None] * ngrams, rows) - tf.matmul(push, noise)
            better = losses < least
            vectors = tf.where(better[:, None], candidates, vectors)
            gradients = tf.where(better[:, None], found, gradients)
            least, rates = tf.minimum(losses, least), tf.where(better, rates, rates / SHORTER)
            tangents = gradients - tf.reduce_sum(gradients * vectors, axis=-1, keepdims=True) * vectors
            candidates = tf.math.l2_normalize(vectors + rates[:, None] * tangents, axis=-1)
        return vectors
