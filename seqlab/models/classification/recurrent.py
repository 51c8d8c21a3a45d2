"""The classifier that reads word by word and carries a state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from seqlab.models.classification.classifier import CLASSIFIERS, Classifier, ClassifierContext
from seqlab.registry import Positive, Rate
from seqlab.text import Vectorizer

if TYPE_CHECKING:
    import keras

LARGEST_ONE_HOT = 200_000
"""Rows of an input kernel: with 32 LSTM units each way the kernel then holds 51 million numbers, its optimizer twice
that."""


@CLASSIFIERS.add
class Recurrent(Classifier):
    """A recurrent network: words as vectors, read in order by simple RNN, LSTM or GRU cells (Chollet 2021, 11.3.3)."""

    name: Literal["recurrent"] = "recurrent"
    cell: Literal["simple_rnn", "lstm", "gru"] = "lstm"
    """`simple_rnn` (Elman 1990), `lstm` (Hochreiter & Schmidhuber 1997), `gru` (Cho et al. 2014)."""
    units: Positive = 32
    """Width of the state, in each direction."""
    layers: Positive = 1
    """Recurrent layers, one upon the other."""
    bidirectional: bool = False
    """Whether a second network reads each text from its end."""
    embedding: Positive = 128
    """Width of the learned vector of each token."""
    one_hot: bool = False
    """Tokens as one-hot vectors instead of an embedding; computed as rows of the first layer's input kernel."""
    mask: bool = True
    """Whether padding is skipped; false: it is read like words, and a short text is forgotten behind it."""
    dropout: Rate = 0.5
    """Share that is dropped between layers and before the last one."""
    pooling: Literal["last", "mean", "max"] = "last"
    """What of the top layer goes on: its last state, or the mean or the maximum of its outputs over all tokens."""

    @property
    def skips_padding(self) -> bool:
        return self.mask

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

        from seqlab.layers.embedding import Embedding, mask_of
        from seqlab.layers.pooling import masked_max, masked_mean
        from seqlab.layers.rnn.recurrent import Recurrent

        ids = keras.Input((None,), dtype="int32", name="ids")
        mask = mask_of(ids) if self.mask else None
        hidden = ids if self.one_hot else Embedding(context.vocabulary_size, self.embedding, name="embedding")(ids)
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
        logits = keras.layers.Dense(context.outputs, dtype="float32", name="logits")(hidden)
        return keras.Model({"ids": ids}, logits, name=self.name)
