"""The option `embedding`: the tables of token vectors of a model, their size, and what they begin with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    ModelWrapValidatorHandler,
    ValidationInfo,
    WrapValidator,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from seqlab.keras_names import INITIALIZERS, Initializer, KerasComponent
from seqlab.registry import Options, Positive, Reference, Width, absolute, did_you_mean
from seqlab.runs.references import IN_CONFIGS
from seqlab.runs.run_reference import refuse_vague
from seqlab.vectors.published import PUBLISHED

if TYPE_CHECKING:
    from seqlab.layers.embedding import Embedding

BOTH = ("source", "target")
"""The sides of a translator."""


def _located(value: str, info: ValidationInfo) -> str:
    """Names of published vectors and references of runs as they are, paths as absolute ones."""
    if value in PUBLISHED:
        return value
    if value.isidentifier():
        message = "there are no vectors '{given}'; {hint}there are {names}, and files of your own by their path"
        is_here = Path(absolute(value, info)).is_file()
        hint = f"the file of that name is ./{value}; " if is_here else did_you_mean(value, list(PUBLISHED))
        words = {"given": value, "hint": hint, "names": ", ".join(PUBLISHED)}
        raise PydanticCustomError("pretrained_name", message, words)
    if not value.startswith(IN_CONFIGS):
        return absolute(value, info)
    return refuse_vague(value)


# Which model has which was chosen on validation: docs/defaults.md.
SMALL = INITIALIZERS.read("random_uniform")
"""U(−0.05, 0.05), as `keras.layers.Embedding`."""
UNIT_LENGTH = INITIALIZERS.read({"name": "variance_scaling", "mode": "fan_out", "distribution": "untruncated_normal"})
"""N(0, 1/√width): rows of about unit length, whatever their width."""


def normal(deviation: float) -> KerasComponent:
    """N(0, deviation). What a recurrent layer gives of small vectors is nearly zero: a plateau to begin on."""
    return INITIALIZERS.read({"name": "random_normal", "stddev": deviation})


class EmbeddingOptions(Options):
    """A table of token vectors."""

    width: Width | None = None
    """Width of the vectors; null: that of the pretrained vectors, without them the default."""
    pretrained: Annotated[Reference, AfterValidator(_located)] | None = None
    """Vectors to begin with: published ones by name (glove_6b_100d), the path of a file, or run:ID; null: random."""
    trainable: bool = True
    """Whether training changes the vectors; false: they stay as they are, and words without one have zeros."""
    rows: Positive | None = None
    """Rows of the table, at least the size of the vocabulary; null: as many as that."""
    initializer: Initializer | None = None
    """What random vectors are drawn by, a random initializer of Keras: its name, or a mapping of its name and options
    (`{name: random_normal, stddev: 0.3}`); null: the model's own."""

    @field_validator("initializer")
    @classmethod
    def _something_is_drawn(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and info.data.get("pretrained") is not None and info.data.get("trainable") is False:
            message = "has no effect: words without a fixed vector have zeros; remove it"
            raise PydanticCustomError("initializer", message)
        if value is not None and value.name == "random_uniform":
            low, high = (value.options.get(name, default) for name, default in (("minval", -0.05), ("maxval", 0.05)))
            if low >= high:
                message = "random_uniform draws from minval to maxval, and {low} is not below {high}"
                raise PydanticCustomError("initializer", message, {"low": low, "high": high})
        return value

    def layer(self, vocabulary_size: int, name: str) -> Embedding:
        """The layer, with random vectors."""
        import keras

        from seqlab.layers.embedding import Embedding

        if self.width is None or self.initializer is None:
            raise ValueError("the model decides the initializer, and pretrained vectors the width when they are read")
        initializer = type(keras.initializers.get(self.initializer.name))(**self.initializer.options)
        rows = self.rows or vocabulary_size
        return Embedding(rows, self.width, trainable=self.trainable, initializer=initializer, name=name)


class EmbeddingsOfSides(Options):
    """The tables of both sides of a translator."""

    source: Width | EmbeddingOptions
    """Of the sentences that are read."""
    target: Width | EmbeddingOptions
    """Of the sentences that are written."""


def _one_or_per_side(value: Any, handler: ModelWrapValidatorHandler[Any], info: ValidationInfo) -> Any:
    """Of a mapping, only the errors of what it is meant to be."""
    if not isinstance(value, dict):
        return handler(value)
    meant = EmbeddingsOfSides if {*BOTH} & value.keys() else EmbeddingOptions
    return meant.model_validate(value, context=info.context)


Embeddings = Annotated[Width | EmbeddingOptions | EmbeddingsOfSides, WrapValidator(_one_or_per_side)]
"""One for both sides of a translator, or one for each."""


class HasEmbedding(Options):
    """A model with the option `embedding`, which it defines itself, with its default."""

    sides: ClassVar[tuple[str, ...]] = ("text",)
    """What has a table each."""
    initializer: ClassVar[KerasComponent] = SMALL
    """What the tables are drawn by if the config does not say it."""
    tied_initializer: ClassVar[KerasComponent] = SMALL
    """That of the table of `tied_side`."""

    @field_validator("embedding", check_fields=False)
    @classmethod
    def _default_width(cls, value: Any) -> Any:
        """A table whose width nothing decides has the default of the model."""
        default = cls.model_fields["embedding"].default
        if isinstance(value, EmbeddingsOfSides):
            tables = {side: cls._default_width(getattr(value, side)) for side in BOTH}
            return value.model_copy(update=tables)
        if isinstance(value, EmbeddingOptions) and value.width is None and value.pretrained is None:
            return value.model_copy(update={"width": default}) if isinstance(default, int) else value
        return value

    @property
    def tables(self) -> Mapping[str, EmbeddingOptions]:
        """Side → the table of its tokens."""
        given: Any = self.embedding  # type: ignore[attr-defined]  # each model has its own type and default
        each = {side: getattr(given, side) if isinstance(given, EmbeddingsOfSides) else given for side in self.sides}
        return {
            side: self._complete(of if isinstance(of, EmbeddingOptions) else EmbeddingOptions(width=of), side)
            for side, of in each.items()
        }

    def _complete(self, table: EmbeddingOptions, side: str) -> EmbeddingOptions:
        of_model = self.tied_initializer if side == self.tied_side else self.initializer
        return table.model_copy(update={"initializer": table.initializer or of_model})

    @property
    def given_initializers(self) -> tuple[str, ...]:
        """The options of the config that say how a table is drawn."""
        given: Any = self.embedding  # type: ignore[attr-defined]
        tables = {"embedding": given}
        if isinstance(given, EmbeddingsOfSides):
            tables = {f"embedding.{side}": getattr(given, side) for side in BOTH}
        return tuple(
            f"{path}.initializer"
            for path, table in tables.items()
            if isinstance(table, EmbeddingOptions) and table.initializer
        )

    @property
    def tied_side(self) -> str | None:
        """The side whose table is also that of the logits; None: no one's."""
        return None

    @model_validator(mode="after")
    def _logits_have_no_more_rows(self) -> Self:
        if self.tied_side is not None and self.tables[self.tied_side].rows is not None:
            message = "rows that belong to no token would be tokens of the tied output layer: leave rows or tied out"
            raise PydanticCustomError("tied_rows", message)
        return self

    def remedy_for_width(self, side: str, width: int) -> str:
        """What to set so that the table of a side is this wide."""
        of_side = f"{side}." if isinstance(self.embedding, EmbeddingsOfSides) else ""  # type: ignore[attr-defined]
        return f"set model.embedding.{of_side}width={width}"

    def with_widths(self, widths: Mapping[str, int]) -> Self:
        """The same model, where the tables of these sides have these widths instead of none."""
        given: Any = self.embedding  # type: ignore[attr-defined]
        if isinstance(given, EmbeddingOptions):
            # One for both sides of a translator has one width: that of vectors from one place.
            changed = given.model_copy(update={"width": next(iter(widths.values()))})
        else:
            changed = given.model_copy(
                update={
                    side: getattr(given, side).model_copy(update={"width": width}) for side, width in widths.items()
                }
            )
        return self.model_copy(update={"embedding": changed})
