"""Recurrent classifiers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from seqlab.models.classification.classifier import CLASSIFIERS, ClassifierContext, WithFeatures
from seqlab.models.embedding_options import EmbeddingOptions, HasEmbedding
from seqlab.registry import Layers, Rate, Width
from seqlab.text import Vectorizer

if TYPE_CHECKING:
    import keras

LARGEST_ONE_HOT = 200_000
"""Tokens. The input kernel of 32 LSTM units in both directions then has 51 million weights, and its optimizer slots
as many again."""


@CLASSIFIERS.add
class RecurrentClassifier(HasEmbedding, WithFeatures):
    """Simple RNN, LSTM or GRU over word embeddings (Chollet 2021, section 11.3.3)."""

    layer_options: ClassVar[tuple[str, ...]] = ("cell", "units", "layers", "one_hot")

    name: Literal["recurrent"] = "recurrent"
    cell: Literal["simple_rnn", "lstm", "gru"] = "lstm"
    """`simple_rnn` (Elman 1990), `lstm` (Hochreiter & Schmidhuber 1997), `gru` (Cho et al. 2014)."""
    units: Width = 32
    """Units of the state, in each direction."""
    layers: Layers = 1
    """Stacked recurrent layers."""
    bidirectional: bool = False
    """Also read each text backwards, with weights of its own."""
    embedding: Width | EmbeddingOptions = 128
    """Width of the token embedding, or a mapping: pretrained vectors, fixed ones, the number of rows."""
    one_hot: bool = False
    """One-hot tokens instead of an embedding; computed as rows of the first layer's input kernel."""
    mask: bool = True
    """Skip padding; false: padding is read like words, and the state forgets a short text."""
    dropout: Rate = 0.5
    """Dropout rate between layers and before the output layer."""
    pooling: Literal["last", "mean", "max"] = "last"
    """Summary of the top layer: its last state, or the mean or maximum of its outputs over all tokens."""

    def unused_options(self) -> Mapping[str, str]:
        return {"embedding": "one_hot replaces the embedding"} if self.one_hot else {}

    @property
    def skips_padding(self) -> bool:
        return self.mask

    def obstacles(self) -> Iterator[str]:
        if not (self.mask or self.bidirectional) and self.pooling == "last":
            yield "padding read like words (model.mask: false)"
        yield from super().obstacles()

    def problems(self, vectorizer: Vectorizer) -> Iterator[tuple[str, str]]:
        tokens = vectorizer.traits.max_tokens
        if self.one_hot and tokens is not None and tokens > LARGEST_ONE_HOT:
            yield (
                "one_hot",
                f"one-hot vectors of {tokens:,} tokens make a kernel too large to learn: lower "
                f"vectorizer.max_tokens to {LARGEST_ONE_HOT:,} or less, or use an embedding (one_hot: false)",
            )

    def build(self, context: ClassifierContext) -> keras.Model:
        import keras

        from seqlab.layers.embedding import token_mask
        from seqlab.layers.pooling import masked_max, masked_mean
        from seqlab.layers.rnn import Recurrent

        ids = keras.Input((None,), dtype="int32", name="ids")
        mask = token_mask(ids) if self.mask else None
        table = self.tables["text"]
        hidden = ids if self.one_hot else table.layer(context.vocabulary_size, name="embedding")(ids)
        for number in range(1, self.layers + 1):
            if number > 1:
                hidden = keras.layers.Dropout(self.dropout, name=f"dropout_{number - 1}")(hidden)
            hidden = Recurrent(
                self.cell,
                self.units,
                bidirectional=self.bidirectional,
                return_sequences=number < self.layers or self.pooling != "last",
                vocabulary_size=context.vocabulary_size if self.one_hot and number == 1 else None,
                name=f"{self.cell}_{number}",
            )(hidden, mask=mask)
        if self.pooling != "last":
            hidden = {"mean": masked_mean, "max": masked_max}[self.pooling](hidden, mask)
        hidden = keras.layers.Dropout(self.dropout, name="dropout")(hidden)
        inputs = {"ids": ids}
        hidden = self.beside_features(context, inputs, hidden)
        logits = keras.layers.Dense(context.outputs, dtype="float32", name="logits")(hidden)
        return keras.Model(inputs, logits, name=self.name)
