"""Transformer language models: the options. The network is in `transformer_network.py`, which imports TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seqlab.models.embedding_options import UNIT_LENGTH
from seqlab.models.language_modeling.language_model import LANGUAGE_MODELS, LanguageModel, LanguageModelContext
from seqlab.models.transformer_options import TransformerOptions
from seqlab.registry import Layers, Positive, Rate, Width

if TYPE_CHECKING:
    import keras


@LANGUAGE_MODELS.add
class TransformerLanguageModel(TransformerOptions, LanguageModel):
    """Transformer blocks with causal attention (Radford et al. 2018, section 3.1)."""

    name: Literal["transformer"] = "transformer"
    layers: Layers = 4
    """Transformer blocks."""
    width: Width = 128
    """Width of the embedding and of every block."""
    feed_forward: Width = 512
    """Units of the hidden layer of each feed-forward network."""
    dropout: Rate = 0.1
    """Dropout rate of the embedding and of each sublayer's output."""
    tied: bool = False
    """Share the embedding with the output layer (weight tying, Press & Wolf 2017)."""
    context: Positive = 256
    """Tokens that the model can attend to, the current one included; at least `training.window`."""

    initializer = tied_initializer = UNIT_LENGTH

    @property
    def tied_side(self) -> str | None:
        return "text" if self.tied else None

    @property
    def max_context(self) -> int | None:
        return self.context

    def build(self, context: LanguageModelContext) -> keras.Model:
        from seqlab.models.language_modeling.transformer_network import TransformerLanguageModelNetwork

        return TransformerLanguageModelNetwork(
            context.vocabulary_size,
            layers=self.layers,
            heads=self.heads,
            width=self.width,
            embedding=self.tables["text"].layer(context.vocabulary_size, name="embedding"),
            feed_forward=self.feed_forward,
            positions=self.added_positions(self.context),
            rotary=self.positions == "rotary",
            dropout=self.dropout,
            tied=self.tied,
            context=self.context,
            name=self.name,
        )
