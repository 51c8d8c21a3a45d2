"""Word vectors by windows: all work is products of small matrices.

A text is cut into chunks of consecutive words. The vectors of a chunk's words are gathered once, whatever the number of
windows they are in, and one product of two matrices scores all pairs of the chunk; a mask selects those within a
window. Negative words are drawn once per chunk and shared by its examples (Ji et al. 2016, "Parallelizing Word2Vec in
Shared and Distributed Memory", section III), each weighted so that an example has `negatives` of them in expectation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from seqlab.data.ragged import Ragged, offsets_of
from seqlab.layers.embedding import Embedding, rows
from seqlab.models.word_vectors.character_ngrams import CharacterNgrams
from seqlab.models.word_vectors.word_vector_model import WORDS_PER_CHUNK, Predicts

NEGATIVES_PER_CHUNK = 48
"""Drawn for 32 words. With 32, `imdb/skipgram` trains at 1.04 times the speed of gensim and has a validation loss of
2.4243; with 64 at 0.63 times, and 2.4220 (benchmarks/README.md)."""
NONE = -1
"""The word where there is none: before and after a text."""
POWER = 0.75
"""Negatives are drawn by the count of a word to this power (Mikolov et al. 2013)."""

Chunks = Mapping[str, tf.Tensor]
"""`words` (chunks, words + 2 · window) int32: consecutive words, the first and last `window` of them context alone;
`documents` of the same shape: words of different documents are in no common window; `core` (chunks, words) bool: the
words whose examples are counted, the others being context for a part of the text that is in another batch."""


class WordVectorNetwork(keras.Model):
    """Input vectors (`embedding`) and output vectors (`logits`) of words: a row each, in the order of `words`.

    `frequencies`: how often each word is an answer, (words,), of which its bias is made; None: there is no bias.
    With `ngrams`, an input vector is the mean of the word's row and of the rows of its groups of letters, which follow.
    """

    def __init__(
        self,
        words: Sequence[str],
        counts: np.ndarray,
        *,
        predicts: Predicts,
        dimensions: int,
        window: int,
        dynamic_window: bool,
        negatives: int | None,
        ngrams: CharacterNgrams | None,
        initializer: Literal["word2vec", "normal"],
        frequencies: np.ndarray | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.predicts, self.window, self.dynamic_window = predicts, window, dynamic_window
        self.negatives, self.vocabulary_size = negatives, len(words)
        self._parts = None if ngrams is None else word_parts(words, ngrams)
        noise = np.asarray(counts, np.float64) ** POWER
        self._noise = (np.cumsum(noise) / noise.sum()).astype(np.float32)
        self._bias = None if frequencies is None else frequency_bias(frequencies, noise / noise.sum(), negatives)
        self._distances = _distances(WORDS_PER_CHUNK, window)
        self.seeds = keras.random.SeedGenerator()
        # Vectors are as many as words, and bounded by their number of dimensions: one is drawn without its table.
        first, second = _initializers(initializer, dimensions)
        total = len(words) + (ngrams.buckets if ngrams else 0)
        self.embedding = Embedding(total, dimensions, initializer=first, name="embedding")
        self.logits = Embedding(len(words), dimensions, initializer=second, name="logits")
        for table in (self.embedding, self.logits):
            table.build()
        self.built = True

    def call(self, inputs: Mapping[str, tf.Tensor], training: bool | None = None) -> tf.Tensor:
        """The input vectors of `ids`, (…) → (…, dimensions)."""
        return self.input_vectors(inputs["ids"])

    def input_vectors(self, words: tf.Tensor) -> tf.Tensor:
        if self._parts is None:
            return self.embedding(words)
        distinct, places = tf.unique(tf.reshape(words, [-1]))
        parts = tf.RaggedTensor.from_row_splits(self._parts.values, self._parts.offsets, validate=False)
        chosen = tf.gather(parts, distinct)
        means = tf.math.segment_mean(rows(self.embedding.table, chosen.values), chosen.value_rowids())
        shape = tf.concat([tf.shape(words), [means.shape[-1]]], axis=0)
        return tf.cast(tf.reshape(tf.gather(means, places), shape), self.compute_dtype)

    def losses(self, chunks: Chunks, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The loss in nats of the examples of each core word, and their number: two tensors (chunks, words), float32.

        `seed` (2,) int64 decides the width of the windows and the negatives.
        """
        around = chunks["words"]
        window = self._in_window(chunks, seed)  # (chunks, words, words + 2 · window)
        readable = tf.maximum(around, 0)
        core = readable[:, self.window : -self.window]
        examples = tf.reduce_sum(window, axis=-1)
        if self.predicts == "center_from_mean":
            weights = window / tf.maximum(examples, 1)[..., None]
            inputs = tf.matmul(tf.cast(weights, self.compute_dtype), self.input_vectors(readable))
            examples = tf.minimum(examples, 1)
            positives = tf.cast(tf.reduce_sum(inputs * self.logits(core), axis=-1), tf.float32)
            if self._bias is not None:
                positives += tf.gather(self._bias, core)
            right = tf.one_hot(tf.range(self.window, self.window + WORDS_PER_CHUNK), tf.shape(around)[1])
            window = examples[..., None] * right
            scores = positives[..., None] * right
        else:
            inputs = self.input_vectors(core)
            scores = self._scores(inputs, readable)
        if self.negatives is None:
            return self._softmax(inputs, scores, window, examples), examples
        losses = tf.reduce_sum(window * tf.math.softplus(-scores), axis=-1)
        return losses + self._noise_losses(inputs, around, window, examples, self.negatives, seed), examples

    def _scores(self, inputs: tf.Tensor, words: tf.Tensor) -> tf.Tensor:
        """Of all pairs of a chunk: (chunks, words, dimensions), (chunks, others) → (chunks, words, others) float32."""
        scores = tf.cast(tf.matmul(inputs, self.logits(words), transpose_b=True), tf.float32)
        return scores if self._bias is None else scores + tf.gather(self._bias, words)[:, None, :]

    def _in_window(self, chunks: Chunks, seed: tf.Tensor) -> tf.Tensor:
        """Which words (last axis) are in a window with a core word, of which one is the center: 1 or 0.

        Windows belong to their centers: where the core word is in the window of another word, that one has a width.
        """
        words, documents = chunks["words"], chunks["documents"]
        core = slice(self.window, -self.window)
        width: Any = self.window
        if self.dynamic_window:
            count, length = tf.shape(words)[0], tf.shape(words)[1]
            shape = [count, 1, length] if self.predicts == "center_from_word" else [count, WORDS_PER_CHUNK, 1]
            width = tf.random.stateless_uniform(shape, seed, 1, self.window + 1, tf.int32)
        near = self._distances <= width
        same = documents[:, core, None] == documents[:, None, :]
        there = (words != NONE)[:, None, :] & chunks["core"][:, :, None]
        return tf.cast(near & same & there, tf.float32)

    def _softmax(self, inputs: tf.Tensor, scores: tf.Tensor, window: tf.Tensor, examples: tf.Tensor) -> tf.Tensor:
        """-log softmax. The logits of a word are computed once, whatever the number of windows it is in."""
        table = tf.cast(self.logits.table.value, self.compute_dtype)
        logits = tf.cast(tf.tensordot(inputs, table, [[-1], [1]]), tf.float32)
        if self._bias is not None:
            logits += self._bias
        return examples * tf.reduce_logsumexp(logits, axis=-1) - tf.reduce_sum(window * scores, axis=-1)

    def _noise_losses(
        self,
        inputs: tf.Tensor,
        around: tf.Tensor,
        window: tf.Tensor,
        examples: tf.Tensor,
        negatives: int,
        seed: tf.Tensor,
    ) -> tf.Tensor:
        """-log(1 - σ) of the negatives of each core word. One that is the right word of an example is not its negative.

        `window`: (chunks, words, words around), 1 where that word is the right one of an example of the core word.
        """
        count = tf.shape(around)[0]
        drawn = tf.random.stateless_uniform(
            [count * NEGATIVES_PER_CHUNK], seed + tf.constant([0, 1], tf.int64), dtype=tf.float32
        )
        noise = tf.minimum(tf.searchsorted(self._noise, drawn, side="right"), self.vocabulary_size - 1)
        noise = tf.reshape(noise, [count, NEGATIVES_PER_CHUNK])
        scores = self._scores(inputs, noise)
        equal = tf.cast(around[:, :, None] == noise[:, None, :], tf.float32)
        weights = (examples[..., None] - tf.matmul(window, equal)) * (negatives / NEGATIVES_PER_CHUNK)
        return tf.reduce_sum(weights * tf.math.softplus(scores), axis=-1)


def word_parts(words: Sequence[str], ngrams: CharacterNgrams) -> Ragged:
    """The rows of the table of input vectors of which the vector of each word is the mean: its own, and its groups'."""
    groups = ngrams.rows(words)
    lengths = groups.lengths + 1
    offsets = offsets_of(lengths)
    values = np.empty(offsets[-1], np.int32)
    values[offsets[:-1]] = np.arange(len(words))
    others = np.ones(len(values), bool)
    others[offsets[:-1]] = False
    values[others] = len(words) + groups.values
    return Ragged(values, offsets)


def frequency_bias(frequencies: np.ndarray, noise: np.ndarray, negatives: int | None) -> np.ndarray:
    """The best score of each word if vectors are zero, (words,) float32: log p of the right word for a softmax, else
    log p / (negatives · noise) (Levy & Goldberg 2014, section 3.1). `noise`: the probabilities of negatives, (words,).
    """
    shares = frequencies / frequencies.sum()
    bias: np.ndarray = np.log(shares if negatives is None else shares / (negatives * noise))
    return bias.astype(np.float32)


def _distances(length: int, window: int) -> np.ndarray:
    """(length, length + 2 · window) int32: how far apart a core word and each word around are; itself is too far."""
    apart = np.abs(np.arange(length)[:, None] + window - np.arange(length + 2 * window)[None])
    return np.where(apart == 0, window + 1, apart).astype(np.int32)


def _initializers(name: str, dimensions: int) -> tuple[keras.Initializer, keras.Initializer]:
    """Of input and output vectors."""
    if name == "normal":
        bound = dimensions**-0.5
        return keras.initializers.RandomNormal(stddev=1.0), keras.initializers.RandomUniform(-bound, bound)
    bound = 0.5 / dimensions
    return keras.initializers.RandomUniform(-bound, bound), keras.initializers.Zeros()
