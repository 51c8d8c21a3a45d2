"""Scoring documents with word vectors, and the vectors themselves."""

from __future__ import annotations

import contextlib
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from seqlab.data.store import Store
from seqlab.errors import OptionError, RequestError
from seqlab.metrics.word_vectors import WordVectorOutputs
from seqlab.models.word_vectors.character_ngrams import CharacterNgrams
from seqlab.progress import Progress, tracked
from seqlab.registry import Component
from seqlab.tasks.token_vectors import MatrixName
from seqlab.tasks.word_vectors.batching import Stream
from seqlab.tasks.word_vectors.evaluate import WordVectorEvaluation
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text_format import quoted
from seqlab.vectors import WordNotFound, WordVectors, similarity

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

WORDS_PER_BATCH = 2048
SAMPLE_WORDS, SAMPLE_NEIGHBORS = 10, 10
"""Frequent words in `samples.txt`, and how many neighbors of each."""
AT_ONCE = 1000
"""Words whose vectors are made of their groups of letters at once."""


class WordVectorPredictor:
    """`stream_of`: the words of a prepared split. `word_classes`: word → class, where classes are known.
    `sample_words`: words whose neighbors `samples` shows, beside those of the most frequent ones."""

    matrices: ClassVar[tuple[MatrixName, ...]] = ("input", "output")
    """Tables of the model with a row for each word."""

    def __init__(
        self,
        model: keras.Model,
        vectorizer: FittedVectorizer,
        stream_of: Callable[[Store], Stream],
        ngrams: CharacterNgrams | None,
        word_classes: Mapping[str, str],
        sample_words: Sequence[str],
    ) -> None:
        self.model, self.vectorizer, self.stream_of = model, vectorizer, stream_of
        self.ngrams, self.word_classes, self.sample_words = ngrams, word_classes, sample_words

    def evaluate(self, store: Store, metrics: Sequence[Component], progress: Progress) -> WordVectorEvaluation:
        """With the same windows, negatives and words left out at every call."""
        import tensorflow as tf

        stream = self.stream_of(store)
        totals = np.zeros((2, len(store)))  # losses and examples
        plan = stream.plan_in_order(WORDS_PER_BATCH)
        for number, rows in enumerate(tracked(plan, progress, "evaluating", len(plan), "batches")):
            batch = stream.gather(rows)
            found = self._score({name: tf.constant(value) for name, value in batch.items()}, tf.constant([number, 0]))
            for total, values in zip(totals, found, strict=True):
                np.add.at(total, *stream.by_document(rows, batch, values.numpy()))
        losses, examples = totals
        outputs = WordVectorOutputs(losses, examples, self._similarity, self._analogies, self._neighbor_precision)
        return WordVectorEvaluation(outputs, store.flat("content_ids"), tuple(metrics), self.samples)

    def text_vectors(self, texts: Sequence[str]) -> np.ndarray:
        """`text_features`, (texts, width) float32. Raises RequestError for a text without a word that has a vector."""
        vectors = self.text_features(texts)
        if len(without := np.flatnonzero(~vectors.any(axis=1))):
            raise RequestError(f"no word of {quoted(texts[without[0]])} has a vector")
        return vectors

    def text_features(self, texts: Sequence[str]) -> np.ndarray:
        """The mean of the vectors of the words of each text, (texts, width) float32; zeros for a text without one.

        With `subwords`, words that training never had count with the vectors that are made for them.
        """
        known = self.word_vectors()
        vectors: dict[str, np.ndarray | None] = dict(zip(known.words, known.matrix, strict=True))
        means = np.zeros((len(texts), known.dimensions), np.float32)
        for mean, text in zip(means, texts, strict=True):
            tokens = self.vectorizer.tokens(text)
            for token in tokens:
                if token not in vectors:
                    vectors[token] = _made(known, token)
            if found := [vector for token in tokens if (vector := vectors[token]) is not None]:
                mean[:] = np.mean(found, axis=0)
        return means

    def word_vectors(self, side: str | None = None, matrix: MatrixName = "input") -> WordVectors:
        """The vectors of all words, the most frequent first: those that read a word, or those that predict it.

        With `subwords`, the input vectors of other words are made when they are asked for. Raises RequestError for a
        `side` other than `text`.
        """
        if side not in {None, "text"}:
            message = f"word vectors have one side, so there is no side '{side}': leave it out"
            raise OptionError(message, "side", side)
        words = self.vectorizer.vocabulary.tokens
        if matrix == "output":
            return WordVectors(words, self.model.logits.table.numpy())
        return WordVectors(words, self._input_matrix, None if self.ngrams is None else self._vector_maker(self.ngrams))

    def samples(self) -> str:
        """The neighbors of the asked words and of the most frequent ones, by every matrix."""
        asked = [token for word in self.sample_words for token in self.vectorizer.tokens(word)]
        frequent = self.vectorizer.vocabulary.tokens[:SAMPLE_WORDS]
        blocks = []
        for matrix in self.matrices:
            each = self.word_vectors(matrix=matrix)
            lines = [_sample(each, word) for word in dict.fromkeys((*asked, *frequent))]
            blocks.append("\n".join([f"--- nearest words by the {matrix} vectors ---", *lines]))
        return "\n\n".join(blocks) + "\n"

    @cached_property
    def _score(self) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
        import tensorflow as tf

        return tf.function(
            lambda batch, seed: self.model.losses(batch, tf.cast(seed, tf.int64)),
            autograph=False,
            reduce_retracing=True,
        )

    @property
    def _input_matrix(self) -> np.ndarray:
        import tensorflow as tf

        count = len(self.vectorizer.vocabulary.tokens)
        if self.ngrams is None:
            table: np.ndarray = self.model.embedding.table.numpy()
            return table
        parts = [np.arange(start, min(start + AT_ONCE, count)) for start in range(0, count, AT_ONCE)]
        return np.concatenate([self.model.input_vectors(tf.constant(each)).numpy() for each in parts])

    def _vector_maker(self, ngrams: CharacterNgrams) -> Callable[[str], np.ndarray]:
        """Of a word that training never had: the mean of the rows of its groups of letters."""
        words = self.vectorizer.vocabulary.tokens
        table = self.model.embedding.table.numpy()[len(words) :]
        marked = "".join(f"<{word}>" for word in words)

        def vector_of(word: str) -> np.ndarray:
            if (tokens := self.vectorizer.tokens(word)) != [word]:
                read = ", ".join(f"'{token}'" for token in tokens) or "nothing"
                raise WordNotFound(f"'{word}' has no vector: the vectorizer makes {read} of it")
            if not any(group in marked for group in ngrams.of(word)):
                raise WordNotFound(f"'{word}' has no vector: it shares no group of letters with a word of training")
            mean: np.ndarray = table[ngrams.rows([word]).values].mean(axis=0)
            return mean

        return vector_of

    def _similarity(self) -> Mapping[str, float]:
        if (path := similarity.find_set(similarity.WORDSIM353)) is None:
            return {}
        found = similarity.wordsim353(self.word_vectors(), path)
        return _known({"wordsim353.spearman": found.spearman, "wordsim353.coverage": found.coverage})

    def _analogies(self) -> Mapping[str, float]:
        if (path := similarity.find_set(similarity.ANALOGIES)) is None:
            return {}
        found = similarity.analogies(self.word_vectors(), path)
        overall = {"analogies.accuracy": found.accuracy, "analogies.coverage": found.coverage}
        return _known(overall | {f"analogies.{group}": value for group, value in found.groups.items()})

    def _neighbor_precision(self) -> Mapping[str, float]:
        return neighbor_precision(self.word_vectors(), self.word_classes)


def neighbor_precision(vectors: WordVectors, classes: Mapping[str, str]) -> dict[str, float]:
    """The mean share of a word's nearest words that are of its class, as many as the class has others; words without
    a class are no neighbors. Empty if no class has two words with vectors."""
    known = [word for word in vectors.words if word in classes]
    sizes = Counter(classes[word] for word in known)
    among = WordVectors(known, vectors.matrix[[vectors.row(word) for word in known]])
    shares = []
    for word in known:
        if others := sizes[classes[word]] - 1:
            nearest = among.neighbors(word, top=others)
            shares.append(sum(classes[each.word] == classes[word] for each in nearest) / others)
    return {"neighbors.precision": float(np.mean(shares))} if shares else {}


def _known(figures: Mapping[str, float]) -> dict[str, float]:
    """None, not even the coverage, if too few words of the set have a vector for its score to be defined."""
    return {} if any(map(math.isnan, figures.values())) else dict(figures)


def _made(vectors: WordVectors, word: str) -> np.ndarray | None:
    """The vector that is made for a word without one; None if none can be."""
    if vectors.make_vector is None:
        return None
    with contextlib.suppress(WordNotFound):
        return vectors.make_vector(word)
    return None


def _sample(vectors: WordVectors, word: str) -> str:
    try:
        found = vectors.neighbors(word, top=SAMPLE_NEIGHBORS)
    except WordNotFound:
        return f"{word}: has no vector"
    return f"{word}: " + ", ".join(f"{each.word} {each.score:.3f}" for each in found)
