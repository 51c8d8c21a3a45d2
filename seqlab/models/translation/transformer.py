"""Transformer translators: the options. The network is in `transformer_network.py`, which imports TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from seqlab.models.embedding_options import BOTH, UNIT_LENGTH, Embeddings
from seqlab.models.transformer_options import TransformerOptions
from seqlab.models.translation.translator import TRANSLATORS, Translator, TranslatorContext, with_weights
from seqlab.registry import Layers, Positive, Rate, Width

if TYPE_CHECKING:
    import keras

    from seqlab.layers.embedding import Embedding

LEARNED_POSITIONS = 512
"""Rows of a table of learned positions: longer sentences are truncated."""


@TRANSLATORS.add
class TransformerTranslator(TransformerOptions, Translator):
    """Encoder and decoder of Transformer blocks (Vaswani et al. 2017, section 3)."""

    name: Literal["transformer"] = "transformer"
    layers: Layers = 4
    """Blocks of the encoder and of the decoder."""
    width: Width = 128
    """Width of the embeddings and of every block."""
    embedding: Embeddings | None = None  # type: ignore[assignment]  # one for each side, too
    """A mapping: pretrained vectors, fixed ones, or one for each side; null: random vectors, `width` wide."""
    feed_forward: Width = 512
    """Units of the hidden layer of each feed-forward network."""
    dropout: Rate = 0.1
    """Dropout rate of the embeddings and of each sublayer's output."""
    tied: bool = True
    """Share the target embedding with the output layer; both sides share it if they share a vocabulary."""
    context: Positive = LEARNED_POSITIONS
    """learned positions: the longest sentence, in ids; longer ones are truncated."""

    sides = BOTH
    shares_embedding = True
    initializer = tied_initializer = UNIT_LENGTH  # scaled by √width, rows are as large as the waves added to them

    @property
    def tied_side(self) -> str | None:
        return "target" if self.tied else None

    def unused_options(self) -> Mapping[str, str]:
        unlimited = f"{self.positions} positions have no longest sentence"
        return {} if self.positions == "learned" else {"context": unlimited}

    @property
    def max_ids(self) -> int | None:
        return self.context if self.positions == "learned" else None

    def _embeddings(self, context: TranslatorContext) -> tuple[Embedding, Embedding]:
        """The layers of source and target: one for both if they share a vocabulary."""
        source, target = self.tables["source"], self.tables["target"]
        if context.shared:
            both = target.layer(context.target_size, "embedding")
            return both, both
        return (
            source.layer(context.source_size, "source_embedding"),
            target.layer(context.target_size, "target_embedding"),
        )

    def build(self, context: TranslatorContext) -> keras.Model:
        from seqlab.models.translation.transformer_network import TransformerTranslatorNetwork

        source, target = self._embeddings(context)
        model = TransformerTranslatorNetwork(
            source,
            target,
            context.target_size,
            layers=self.layers,
            heads=self.heads,
            width=self.width,
            feed_forward=self.feed_forward,
            positions=lambda: self.added_positions(self.context),
            rotary=self.positions == "rotary",
            dropout=self.dropout,
            tied=self.tied,
            name=self.name,
        )
        return with_weights(model)
