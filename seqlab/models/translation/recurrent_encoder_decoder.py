"""Recurrent encoder-decoders: the options. The network is in `recurrent_network.py`, which imports TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from seqlab.models.embedding_options import BOTH, UNIT_LENGTH, Embeddings, HasEmbedding, normal
from seqlab.models.translation.translator import (
    TRANSLATORS,
    TeacherForcing,
    Translator,
    TranslatorContext,
    with_weights,
)
from seqlab.registry import Layers, Positive, PositiveNumber, Rate, Share, Width

if TYPE_CHECKING:
    import keras


@TRANSLATORS.add
class RecurrentEncoderDecoder(HasEmbedding, Translator):
    """A recurrent encoder reads the source, a recurrent decoder writes the target (Sutskever et al. 2014)."""

    layer_options: ClassVar[tuple[str, ...]] = ("cell", "units", "layers", "bidirectional")

    name: Literal["recurrent_encoder_decoder"] = "recurrent_encoder_decoder"
    cell: Literal["simple_rnn", "lstm", "gru"] = "lstm"
    """`simple_rnn` (Elman 1990), `lstm` (Hochreiter & Schmidhuber 1997), `gru` (Cho et al. 2014)."""
    units: Width = 256
    """Units of the decoder; a bidirectional encoder has half of them in each direction."""
    layers: Layers = 1
    """Recurrent layers of the encoder and of the decoder."""
    embedding: Embeddings = 128
    """Width of the token embeddings, or a mapping: pretrained vectors, fixed ones, or one for each side."""
    bidirectional: bool = True
    """Also encode each source sentence backwards; the decoder starts with the states of both directions."""
    bridge: bool = False
    """Pass the encoder's final states through a learned layer before the decoder starts with them."""
    attention: Literal["none", "luong", "bahdanau"] = "luong"
    """`none`; `luong`: queries with the decoder state after the step (Luong et al. 2015); `bahdanau`: with the state
    before it (Bahdanau et al. 2015)."""
    score: Literal["dot", "general"] = "dot"
    """luong: dot product of both states, or with a learned matrix between them."""
    attention_output: Literal["alone", "concatenated"] = "concatenated"
    """luong: feed the logits with the context alone, or with a layer over context and state (equation 5)."""
    input_feeding: bool = False
    """luong: concatenate that layer's output to the next step's input (section 3.3)."""
    teacher_forcing: Share | TeacherForcing = 1.0
    """Probability that training reads the true previous id, not the predicted one; a mapping: a schedule."""
    sampled_softmax: Positive | None = None
    """Number of ids sampled for the training softmax; null: the full softmax (Jean et al. 2015)."""
    uniform_init: PositiveNumber | None = None
    """Initialize all weights from U(−x, x) (0.08: Sutskever et al. 2014); null: each layer's own initializer."""
    tied: bool = False
    """Share the target embedding with the output layer (weight tying, Press & Wolf 2017)."""
    dropout: Rate = 0.3
    """Dropout rate of the embeddings and between layers."""
    output_dropout: Rate | None = None
    """Dropout rate before the logits; null: the same as `dropout` (Zaremba et al. 2014)."""

    sides = BOTH
    initializer = normal(0.3)
    tied_initializer = UNIT_LENGTH

    @model_validator(mode="after")
    def _options_fit_together(self) -> Self:
        if self.bidirectional and self.units % 2:
            message = (
                "each direction has half of the units, and {units} is odd: use an even number, or bidirectional: false"
            )
            raise PydanticCustomError("odd_units", message, {"units": self.units})
        if self.input_feeding and self.attention != "luong":
            message = "input_feeding passes luong attention's output to the next step, but attention is {attention}"
            raise PydanticCustomError("input_feeding", message, {"attention": self.attention})
        return self

    @property
    def tied_side(self) -> str | None:
        return "target" if self.tied else None

    def unused_options(self) -> Mapping[str, str]:
        luong_only = ("score", "attention_output") if self.attention != "luong" else ()
        unused = dict.fromkeys(luong_only, f"it belongs to luong attention, and attention is {self.attention}")
        if self.uniform_init is not None:
            unused |= dict.fromkeys(self.given_initializers, "uniform_init draws all weights")
        return unused

    @property
    def teacher_forcing_schedule(self) -> TeacherForcing:
        given = self.teacher_forcing
        return given if isinstance(given, TeacherForcing) else TeacherForcing(start=given, end=given)

    @property
    def softmax_samples(self) -> int | None:
        return self.sampled_softmax

    @property
    def attends(self) -> bool:
        return self.attention != "none"

    def build(self, context: TranslatorContext) -> keras.Model:
        from seqlab.models.translation.recurrent_network import RecurrentTranslatorNetwork

        model = RecurrentTranslatorNetwork(
            self.tables["source"].layer(context.source_size, name="source_embedding"),
            self.tables["target"].layer(context.target_size, name="target_embedding"),
            context.target_size,
            cell=self.cell,
            units=self.units,
            layers=self.layers,
            bidirectional=self.bidirectional,
            bridge=self.bridge,
            attention=self.attention,
            general=self.score == "general",
            context_alone=self.attention_output == "alone",
            input_feeding=self.input_feeding,
            dropout=self.dropout,
            output_dropout=self.dropout if self.output_dropout is None else self.output_dropout,
            tied=self.tied,
            name=self.name,
        )
        return with_weights(model, self.uniform_init)
