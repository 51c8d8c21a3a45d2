"""A pretrained sentence encoder below a small network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, PrivateAttr, ValidationInfo
from pydantic_core import PydanticCustomError

from seqlab.encoders import FoundEncoder, find_encoder
from seqlab.encoders.find_encoder import is_handle
from seqlab.encoders.packages import PACKAGES
from seqlab.models.classification.classifier import CLASSIFIERS, ClassifierContext, WithFeatures
from seqlab.registry import WIDEST, Count, Reference, absolute, did_you_mean
from seqlab.runs.references import IN_CONFIGS

if TYPE_CHECKING:
    import keras


def _located(value: str, info: ValidationInfo) -> str:
    """Names of packages and of runs and addresses as they are, paths as absolute ones."""
    if value in PACKAGES or is_handle(value) or value.startswith(IN_CONFIGS):
        return value
    by_package = {each.package: name for name, each in PACKAGES.items()}
    if value in by_package or value.isidentifier():
        known = [by_package[value]] if value in by_package else list(PACKAGES)
        close = f"did you mean '{known[0]}'? " if value in by_package else did_you_mean(value, known)
        here = absolute(value, info)
        close = f"the folder of that name is ./{value}; " if Path(here).is_dir() else close
        message = (
            "there is no encoder '{given}'; {hint}there are {names}, runs of word_vectors and language_model (run:ID), "
            "and SavedModels by path or https://tfhub.dev/…"
        )
        words = {"given": value, "hint": close, "names": ", ".join(PACKAGES)}
        raise PydanticCustomError("encoder_name", message, words)
    return absolute(value, info)


@CLASSIFIERS.add
class SentenceEncoder(WithFeatures):
    """Pretrained sentence encoder, one hidden layer, output. Reads texts as they are, without a vectorizer."""

    reads = "text"
    needs_vectorizer = False
    compiles = False  # strings cannot be compiled

    name: Literal["sentence_encoder"] = "sentence_encoder"
    source: Annotated[Reference, AfterValidator(_located)] = "universal"
    """The encoder: universal or wordllama (packages), a run of word vectors, document vectors or a language model
    (run:ID), the path of a SavedModel, or its address on TensorFlow Hub."""
    hidden: Annotated[Count, Field(le=WIDEST)] = 64
    """Units of the hidden layer; 0: none, a linear model of the vectors."""
    trainable: bool = False
    """Whether training changes the encoder, which must be a SavedModel; false: each text is encoded once."""

    _found: FoundEncoder | None = PrivateAttr(default=None)

    def with_found(self, found: FoundEncoder) -> SentenceEncoder:
        """The same, with an encoder that was found by other means than its source."""
        copy = self.model_copy()
        copy._found = found
        return copy

    @property
    def found(self) -> FoundEncoder:
        """Raises RequestError if the encoder is not on this machine."""
        return find_encoder(self.source) if self._found is None else self._found

    @property
    def encoder_source(self) -> str:
        return self.source

    @property
    def prepared_for(self) -> str:
        """Prepared data hold the texts, or their vectors by this version of the encoder. Raises RequestError if it is
        not on this machine."""
        return f"{'text' if self.trainable else 'vectors'} {self.found.version}"

    def build(self, context: ClassifierContext) -> keras.Model:
        import keras

        inputs: dict[str, keras.KerasTensor] = {}
        if self.trainable:
            from seqlab.layers.text_encoder import TextEncoderLayer

            assert context.encoder is not None
            encoder = context.encoder()
            inputs["texts"] = keras.Input((), dtype="string", name="texts")
            layer = TextEncoderLayer(encoder.encode, encoder.variables, encoder.width, name="encoder")
            vectors = layer(inputs["texts"])
        else:
            vectors = inputs["vectors"] = keras.Input((context.text_width,), dtype="float32", name="vectors")
        if self.hidden:
            vectors = keras.layers.Dense(self.hidden, activation="relu", name="hidden")(vectors)
        vectors = self.beside_features(context, inputs, vectors)
        logits = keras.layers.Dense(context.outputs, dtype="float32", name="logits")(vectors)
        return keras.Model(inputs, logits, name=self.name)
