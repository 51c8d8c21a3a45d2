"""What all models of word vectors have in common: the registry, the options, and what they are built from.

To add one, subclass `WordVectorModel` in a file of this package, give it a `name` and `predicts`, register it, and
import the file in `__init__.py`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from seqlab.models.model import ModelComponent
from seqlab.models.word_vectors.character_ngrams import CharacterNgrams
from seqlab.registry import Options, Positive, Registry, Width

if TYPE_CHECKING:
    import keras

    from seqlab.text.vocabulary import Vocabulary

WORDS_PER_CHUNK = 32
"""Consecutive words whose pairs are scored by one product. Of longer chunks more pairs are outside the windows, of
shorter ones more words are gathered twice."""

Predicts = Literal["center_from_word", "center_from_mean", "context_from_word"]
"""What an example is: the center word from one word of its window, the center word from the mean of its window, or one
word of the window from the center word."""


class Subwords(Options):
    """Groups of letters of a word, from each of which its vector is made."""

    min: Annotated[int, Field(ge=1, le=20)] = 3
    """Letters of the shortest groups; the word's beginning and end count as one each."""
    max: Annotated[int, Field(ge=1, le=20)] = 6
    """Letters of the longest groups."""
    buckets: Positive = 100_000
    """Rows of the table of groups; groups of equal hash share one."""

    @model_validator(mode="after")
    def _some_width(self) -> Self:
        if self.min > self.max:
            raise PydanticCustomError("subwords", "min is above max")
        return self


@dataclass(frozen=True)
class WordVectorContext:
    """What the training split decides about a model: its words, how often each occurs, (words,) int64, and the
    probability that it is then not left out, (words,) float32; None: none is left out."""

    words: Sequence[str]
    counts: np.ndarray
    kept: np.ndarray | None = None


class VectorModel(ModelComponent):
    """Options of every model that learns a vector for each token."""

    compiles: ClassVar[bool] = False
    """A batch has as many rows as its words need, and updates only the rows of its words: XLA would compile each."""
    divides_batches: ClassVar[bool] = False
    """A batch is consecutive words: windows across a cut would be lost, and so would documents."""
    predicts_tokens: ClassVar[bool] = True
    layer_options: ClassVar[tuple[str, ...]] = ("dimensions",)

    dimensions: Width = 100
    """Numbers of a vector."""
    negatives: Annotated[int, Field(gt=0, le=1000)] = 5
    """Random words per example, drawn by their count to the power of 0.75."""
    subsample: Annotated[float, Field(gt=0, lt=1)] | None = 1e-3
    """Leave out frequent words at random: one with a share of f of the text is kept with the probability √(t/f) + t/f,
    for this t. Windows are cut afterwards. null: keep all."""
    sample_words: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Words whose neighbors `samples.txt` shows, beside those of the most frequent ones."""

    def shared_rows(self, layer: str, before: Vocabulary, after: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
        """A row per word, none for special ids."""
        words = np.arange(min(len(before.tokens), len(after.tokens)))
        return words, words

    @abstractmethod
    def build(self, context: WordVectorContext) -> keras.Model:
        """A network with random weights, whose `losses` scores a batch."""


class WordVectorModel(VectorModel):
    """Options of every model of word vectors."""

    layer_options: ClassVar[tuple[str, ...]] = ("dimensions", "subwords")
    absent_before: ClassVar[Mapping[str, Any]] = {"frequency_bias": False}

    window: Annotated[int, Field(gt=0, le=100)] = 5
    """Words before and after a word that are its context."""
    dynamic_window: bool = True
    """Draw the width of each word's window from 1 to `window`, so that near words count more (Mikolov et al. 2013)."""
    objective: Literal["softmax", "negative_sampling"] = "negative_sampling"
    """softmax: among all words; negative_sampling: tell the word from `negatives` random ones (Mikolov et al. 2013)."""
    subwords: Subwords | None = None
    """Make the vector of a word from those of its groups of letters, as fastText does (Bojanowski et al. 2017), so that
    words that training never had have one too; {min: 3, max: 6}."""
    initializer: Literal["word2vec", "normal"] = "word2vec"
    """word2vec: input vectors small and uniform, output vectors of zeros; normal: input vectors from N(0, 1), output
    vectors from U(-1/√d, 1/√d) for d dimensions."""

    frequency_bias: bool = True
    """Score each word by how often it occurs too, so that vectors learn only what else is to be learned; false: by the
    product of two vectors alone, as word2vec does."""

    @property
    @abstractmethod
    def predicts(self) -> Predicts:
        """What an example is."""

    def unused_options(self) -> Mapping[str, str]:
        return {"negatives": "objective: softmax compares with all words"} if self.objective == "softmax" else {}

    def character_ngrams(self) -> CharacterNgrams | None:
        """How the vector of a word is made of those of its groups of letters; None: each word has a row of its own."""
        groups = self.subwords
        return None if groups is None else CharacterNgrams(groups.min, groups.max, groups.buckets)

    def shared_rows(self, layer: str, before: Vocabulary, after: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
        """Those of the groups of letters follow the words that they are read with."""
        words, _ = super().shared_rows(layer, before, after)
        groups = np.arange(self.subwords.buckets if self.subwords and layer == "embedding" else 0)
        first, second = (np.concatenate([words, len(each.tokens) + groups]) for each in (before, after))
        return first, second

    def _frequencies(self, context: WordVectorContext) -> np.ndarray:
        """How often each word is expected in a pass over the training split. A vocabulary of another run may have words
        that do not occur in it."""
        counts = np.maximum(context.counts, 1)
        return counts if context.kept is None else counts * context.kept

    def build(self, context: WordVectorContext) -> keras.Model:
        """A `WordVectorNetwork` with random weights."""
        from seqlab.models.word_vectors.word_vector_network import WordVectorNetwork

        return WordVectorNetwork(
            context.words,
            context.counts,
            predicts=self.predicts,
            dimensions=self.dimensions,
            window=self.window,
            dynamic_window=self.dynamic_window,
            negatives=None if self.objective == "softmax" else self.negatives,
            ngrams=self.character_ngrams(),
            initializer=self.initializer,
            frequencies=self._frequencies(context) if self.frequency_bias else None,
            name=self.name,
        )


WORD_VECTOR_MODELS: Registry[VectorModel] = Registry("model of word vectors")
