"""Recurrent language models: the options. The network is in `recurrent_network.py`, which imports TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from seqlab.models.embedding_options import UNIT_LENGTH, EmbeddingOptions, HasEmbedding, normal
from seqlab.models.language_modeling.language_model import LANGUAGE_MODELS, LanguageModel, LanguageModelContext
from seqlab.registry import Layers, Rate, Width

if TYPE_CHECKING:
    import keras


@LANGUAGE_MODELS.add
class RecurrentLanguageModel(HasEmbedding, LanguageModel):
    """A recurrent network that predicts each token from those before it."""

    layer_options: ClassVar[tuple[str, ...]] = ("cell", "units", "layers", "one_hot")

    name: Literal["recurrent"] = "recurrent"
    cell: Literal["simple_rnn", "lstm", "gru"] = "gru"
    """`simple_rnn` (Elman 1990), `lstm` (Hochreiter & Schmidhuber 1997), `gru` (Cho et al. 2014)."""
    units: Width = 128
    """Units of the state."""
    layers: Layers = 1
    """Stacked recurrent layers."""
    embedding: Width | EmbeddingOptions = 16
    """Width of the token embedding, or a mapping: pretrained vectors, fixed ones, the number of rows."""
    one_hot: bool = False
    """One-hot tokens instead of an embedding; for small vocabularies."""
    dropout: Rate = 0.0
    """Dropout rate of each layer's outputs."""
    tied: bool = False
    """Share the embedding with the output layer (weight tying, Press & Wolf 2017)."""
    stateful: bool = False
    """Train on parallel streams: each window starts with the state in which the previous one ended."""

    initializer = normal(1.0)
    tied_initializer = UNIT_LENGTH

    @model_validator(mode="after")
    def _tying_needs_an_embedding(self) -> Self:
        if self.tied and self.one_hot:
            message = "one_hot replaces the embedding that tied logits would share: leave one of the two out"
            raise PydanticCustomError("tied", message)
        return self

    @property
    def tied_side(self) -> str | None:
        return "text" if self.tied else None

    def unused_options(self) -> Mapping[str, str]:
        return {"embedding": "one_hot replaces the embedding"} if self.one_hot else {}

    @property
    def carries_state(self) -> bool:
        return self.stateful

    def build(self, context: LanguageModelContext) -> keras.Model:
        from seqlab.models.language_modeling.recurrent_network import RecurrentLanguageModelNetwork

        return RecurrentLanguageModelNetwork(
            context.vocabulary_size,
            cell=self.cell,
            units=self.units,
            layers=self.layers,
            embedding=None if self.one_hot else self.tables["text"].layer(context.vocabulary_size, name="embedding"),
            dropout=self.dropout,
            tied=self.tied,
            name=self.name,
        )
