"""Classifiers that read all tokens of a text at once: convolutions and attention."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from seqlab.errors import RequestError
from seqlab.models.classification.classifier import CLASSIFIERS, Classifier, ClassifierContext
from seqlab.models.transformer_options import TransformerOptions
from seqlab.registry import Positive, Rate
from seqlab.text import Vectorizer

if TYPE_CHECKING:
    import keras


NO_END = (
    "learned positions are a table with a row for each place: set vectorizer.max_length, or use sinusoidal or rotary "
    "positions, which have no end"
)


@CLASSIFIERS.add
class SeparableConv(Classifier):
    """A residual stack of depthwise-separable convolutions over words as vectors (Chollet 2017, section 3).

    Each block of two convolutions lets a token see `kernel` − 1 more of them on each side.
    """

    name: Literal["separable_conv"] = "separable_conv"
    embedding: Positive = 128
    """Width of the learned vector of each token."""
    filters: Positive = 128
    """Width of each convolution's output."""
    kernel: Positive = 5
    """Tokens that a convolution sees at once."""
    blocks: Positive = 2
    """Residual blocks, each of two convolutions."""
    dropout: Rate = 0.5
    """Share that is dropped of the embedding and before the last layer."""
    pooling: Literal["mean", "max"] = "mean"
    """What of all tokens goes on: the mean or the maximum of each filter."""

    def build(self, context: ClassifierContext) -> keras.Model:
        import keras

        from seqlab.layers import separable_conv as layers
        from seqlab.layers.embedding import Embedding, mask_of

        ids = keras.Input((None,), dtype="int32", name="ids")
        mask = mask_of(ids)
        vectors = Embedding(context.vocabulary_size, self.embedding, name="embedding")(ids)
        vectors = keras.layers.Dropout(self.dropout, name="embedding_dropout")(vectors)
        vectors = layers.SeparableConv(self.filters, self.kernel, name="convolution")(vectors, mask=mask)
        for number in range(1, self.blocks + 1):
            block = layers.SeparableConvBlock(self.filters, self.kernel, name=f"block_{number}")
            vectors = block(vectors, mask=mask)
        return _classified(self, context, ids, vectors, mask, self.pooling)


@CLASSIFIERS.add
class Transformer(TransformerOptions, Classifier):
    """A stack of Transformer encoder blocks and the mean of what comes out (Vaswani et al. 2017, section 3.1)."""

    name: Literal["transformer"] = "transformer"
    layers: Positive = 1
    """Encoder blocks."""
    feed_forward: Positive = 256
    """Units of the dense layer between two blocks' attentions."""
    dropout: Rate = 0.2
    """Share that is dropped of the embedding, of what each sublayer adds, and before the last layer."""

    def problems(self, vectorizer: Vectorizer) -> Iterator[tuple[str, str]]:
        if self.positions == "learned" and vectorizer.traits.max_length is None:
            yield "positions", NO_END

    def build(self, context: ClassifierContext) -> keras.Model:
        import keras

        from seqlab.layers.embedding import Embedding, mask_of
        from seqlab.layers.transformer import TransformerBlock

        ids = keras.Input((None,), dtype="int32", name="ids")
        mask = mask_of(ids)
        vectors = Embedding(context.vocabulary_size, self.width, name="embedding")(ids)
        if self.positions == "learned" and context.max_length is None:
            raise RequestError(NO_END)
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
        return _classified(self, context, ids, vectors, mask, "mean")


def _classified(
    part: SeparableConv | Transformer,
    context: ClassifierContext,
    ids: keras.KerasTensor,
    vectors: keras.KerasTensor,
    mask: keras.KerasTensor,
    pooling: Literal["mean", "max"],
) -> keras.Model:
    """The end that both have: a last norm over the sum of all that the blocks added, pooling, dropout, logits."""
    import keras

    from seqlab.layers.normalization import layer_norm
    from seqlab.layers.pooling import masked_max, masked_mean

    pooled = {"mean": masked_mean, "max": masked_max}[pooling](layer_norm("norm")(vectors), mask)
    pooled = keras.layers.Dropout(part.dropout, name="dropout")(pooled)
    logits = keras.layers.Dense(context.outputs, dtype="float32", name="logits")(pooled)
    return keras.Model({"ids": ids}, logits, name=part.name)
