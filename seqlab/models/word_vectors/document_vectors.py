"""Document vectors: the n-grams of a document from a vector of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from seqlab.models.word_vectors.word_vector_model import WORD_VECTOR_MODELS, VectorModel, WordVectorContext
from seqlab.registry import PositiveNumber

if TYPE_CHECKING:
    import keras


@WORD_VECTOR_MODELS.add
class DocumentVectors(VectorModel):
    """Document vectors: a vector of a whole document predicts its words and n-grams by their cosine (Thongtan &
    Phienthrakul 2019)."""

    name: Literal["document_vectors"] = "document_vectors"
    subsample: Annotated[float, Field(gt=0, lt=1)] | None = 1e-5
    """Leave out frequent words and n-grams at random: one with a share of f of the text is kept with the probability
    √(t/f) + t/f, for this t. null: keep all."""
    keep_ratio: PositiveNumber | None = None
    """Instead, where documents have classes: keep a word or n-gram with the probability |r| / this number, at most 1,
    where r is its naive-Bayes log-count ratio (Wang & Manning 2012); null: by frequency."""
    smoothing: PositiveNumber = 1.0
    """Added to the count of each class before taking that ratio: the greater, the less rare words tell."""
    scale: Annotated[float, Field(gt=0, le=1000)] = 6.0
    """What the cosine is multiplied by, to be the logit of a word being in the document."""
    steps: Annotated[int, Field(gt=0, le=100)] = 5
    """Steps of the ascent that finds the vector of a document, in training and of new texts."""

    def unused_options(self) -> Mapping[str, str]:
        if self.keep_ratio is None:
            return {"smoothing": "words are kept by their frequency: set keep_ratio"}
        return {"subsample": "keep_ratio decides which words are kept"}

    def build(self, context: WordVectorContext) -> keras.Model:
        """A `DocumentVectorNetwork` with random weights."""
        from seqlab.models.word_vectors.document_vector_network import DocumentVectorNetwork

        return DocumentVectorNetwork(
            context.counts if context.kept is None else context.counts * context.kept,
            dimensions=self.dimensions,
            negatives=self.negatives,
            scale=self.scale,
            steps=self.steps,
            name=self.name,
        )
