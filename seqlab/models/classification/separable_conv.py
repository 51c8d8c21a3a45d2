"""Convolutional classifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqlab.models.classification.classifier import CLASSIFIERS, ClassifierContext, WithFeatures
from seqlab.models.classification.pooled_output import pooled_classifier
from seqlab.models.embedding_options import EmbeddingOptions, HasEmbedding
from seqlab.registry import Layers, Positive, Rate, Width

if TYPE_CHECKING:
    import keras


@CLASSIFIERS.add
class SeparableConvClassifier(HasEmbedding, WithFeatures):
    """Residual stack of depthwise-separable convolutions over word embeddings (Chollet 2017, section 3).

    Each block of two convolutions widens the receptive field by `kernel` − 1 tokens on each side.
    """

    name: Literal["separable_conv"] = "separable_conv"
    embedding: Width | EmbeddingOptions = 128
    """Width of the token embedding, or a mapping: pretrained vectors, fixed ones, the number of rows."""
    filters: Width = 128
    """Output channels of each convolution."""
    kernel: Positive = 5
    """Tokens in the window of a convolution."""
    blocks: Layers = 2
    """Residual blocks, each of two convolutions."""
    dropout: Rate = 0.5
    """Dropout rate of the embedding and before the output layer."""
    pooling: Literal["mean", "max"] = "mean"
    """Summary over all tokens: the mean or the maximum of each channel."""

    def build(self, context: ClassifierContext) -> keras.Model:
        import keras

        from seqlab.layers import separable_conv as layers
        from seqlab.layers.embedding import token_mask

        ids = keras.Input((None,), dtype="int32", name="ids")
        mask = token_mask(ids)
        vectors = self.tables["text"].layer(context.vocabulary_size, name="embedding")(ids)
        vectors = keras.layers.Dropout(self.dropout, name="embedding_dropout")(vectors)
        vectors = layers.SeparableConv(self.filters, self.kernel, name="convolution")(vectors, mask=mask)
        for number in range(1, self.blocks + 1):
            block = layers.SeparableConvBlock(self.filters, self.kernel, name=f"block_{number}")
            vectors = block(vectors, mask=mask)
        return pooled_classifier(self, context, ids, vectors, mask, pooling=self.pooling)
