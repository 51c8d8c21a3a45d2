"""Transformer classifiers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from seqlab.errors import RequestError
from seqlab.models.classification.classifier import CLASSIFIERS, ClassifierContext, WithFeatures
from seqlab.models.classification.pooled_output import pooled_classifier
from seqlab.models.transformer_options import TransformerOptions
from seqlab.registry import Layers, Rate, Width
from seqlab.text import Vectorizer

if TYPE_CHECKING:
    import keras

NEEDS_MAX_LENGTH = (
    "learned positions need a table with one row per position: set vectorizer.max_length, or use sinusoidal or rotary "
    "positions, which have no limit"
)


@CLASSIFIERS.add
class TransformerClassifier(TransformerOptions, WithFeatures):
    """Transformer encoder blocks and the mean of their outputs (Vaswani et al. 2017, section 3.1)."""

    name: Literal["transformer"] = "transformer"
    layers: Layers = 1
    """Encoder blocks."""
    feed_forward: Width = 256
    """Units of the hidden layer of each feed-forward network."""
    dropout: Rate = 0.2
    """Dropout rate of the embedding, of each sublayer's output, and before the output layer."""

    def problems(self, vectorizer: Vectorizer) -> Iterator[tuple[str, str]]:
        if self.positions == "learned" and vectorizer.traits.max_length is None:
            yield "positions", NEEDS_MAX_LENGTH

    def build(self, context: ClassifierContext) -> keras.Model:
        import keras

        from seqlab.layers.embedding import token_mask
        from seqlab.layers.transformer import TransformerBlock

        ids = keras.Input((None,), dtype="int32", name="ids")
        mask = token_mask(ids)
        vectors = self.tables["text"].layer(context.vocabulary_size, name="embedding")(ids)
        if self.positions == "learned" and context.max_length is None:
            raise RequestError(NEEDS_MAX_LENGTH)
        if (positions := self.added_positions(context.max_length)) is not None:
            vectors = positions(vectors)
        vectors = keras.layers.Dropout(self.dropout, name="embedding_dropout")(vectors)
        rotary = self.positions == "rotary"
        for number in range(1, self.layers + 1):
            block = TransformerBlock(
                self.heads,
                self.width,
                self.feed_forward,
                dropout=self.dropout,
                rotary=rotary,
                name=f"block_{number}",
            )
            vectors = block(vectors, mask=mask)
        return pooled_classifier(self, context, ids, vectors, mask, pooling="mean")
