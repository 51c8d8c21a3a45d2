"""Transformer language models: the options. The network is in `transformer_network.py`, which imports TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

from seqlab.models.embedding_options import UNIT_LENGTH
from seqlab.models.language_modeling.language_model import LANGUAGE_MODELS, LanguageModel, LanguageModelContext
from seqlab.models.transformer_options import Positions, TransformerOptions
from seqlab.registry import Layers, Positive, Rate, Width

if TYPE_CHECKING:
    import keras


@LANGUAGE_MODELS.add
class TransformerLanguageModel(TransformerOptions, LanguageModel):
    """Transformer blocks with causal attention (Radford et al. 2018, section 3.1)."""

    name: Literal["transformer"] = "transformer"
    layers: Layers = 4
    """Transformer blocks."""
    positions: Positions = "rotary"
    """Position encoding. learned: one vector per position; sinusoidal: fixed (Vaswani et al. 2017, section 3.5);
    rotary: relative, inside attention (Su et al. 2021); none: the order of the tokens is unknown to the model."""
    width: Width = 128
    """Width of the embedding and of every block."""
    feed_forward: Width = 512
    """Units of the hidden layer of each feed-forward network."""
    dropout: Rate = 0.1
    """Dropout rate of the embedding and of each sublayer's output."""
    tied: bool = False
    """Share the embedding with the output layer (weight tying, Press & Wolf 2017)."""
    context: Positive | None = None
    """Tokens that the model can attend to, the current one included; null: those of a window, `training.window`. Not
    fewer, and not more: longer texts than it was trained on mean little to a Transformer, whatever its positions."""

    initializer = tied_initializer = UNIT_LENGTH

    @property
    def tied_side(self) -> str | None:
        return "text" if self.tied else None

    @property
    def max_context(self) -> int | None:
        return self.context

    def for_training(self, training: Any) -> Self:
        return self if self.context else self.model_copy(update={"context": training.window})

    def untrained_options(self, training: Any) -> Mapping[str, str]:
        if not self.context or self.context <= training.window:
            return {}
        never = f"training reads windows of {training.window} tokens, and more than these are never trained"
        return {"context": f"{never}: leave context out, or set training.window={self.context}"}

    def build(self, context: LanguageModelContext) -> keras.Model:
        if self.context is None:
            raise ValueError("the context is that of `for_training`")
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
