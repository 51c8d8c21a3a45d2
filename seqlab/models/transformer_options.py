"""The options that the Transformers of all tasks share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from seqlab.models.embedding_options import EmbeddingOptions, HasEmbedding
from seqlab.registry import Layers, Width

if TYPE_CHECKING:
    import keras

MOST_HEADS_NAMED = 64

Positions = Literal["none", "learned", "sinusoidal", "rotary"]


class TransformerOptions(HasEmbedding):
    """Heads, positions, width and embedding."""

    layer_options: ClassVar[tuple[str, ...]] = ("layers", "heads", "width", "feed_forward", "positions")

    heads: Layers = 4
    """Attention heads in each block; each has `width` / `heads` dimensions."""
    positions: Positions = "sinusoidal"
    """Position encoding. learned: one vector per position; sinusoidal: fixed (Vaswani et al. 2017, section 3.5);
    rotary: relative, inside attention (Su et al. 2021); none: the order of the tokens is unknown to the model."""
    width: Width = 64
    """Width of the embedding and of every block."""
    embedding: EmbeddingOptions | None = None
    """A mapping: pretrained vectors, fixed ones, the number of rows; null: random vectors, `width` wide."""

    @model_validator(mode="after")
    def _width_is_shared_out(self) -> Self:
        if self.positions in {"sinusoidal", "rotary"} and self.width % 2:
            message = "{positions} positions need an even width, and {width} is odd"
            raise PydanticCustomError("odd_width", message, {"positions": self.positions, "width": self.width})
        if not self._fits(self.heads):
            possible = [heads for heads in range(1, MOST_HEADS_NAMED + 1) if self._fits(heads)]
            message = (
                "a width of {width} cannot be divided among {heads} heads{how}; possible numbers of heads: {possible}"
            )
            how = " in even parts, which rotary positions need" if self.positions == "rotary" else ""
            words = {"heads": self.heads, "width": self.width, "how": how, "possible": ", ".join(map(str, possible))}
            raise PydanticCustomError("heads", message, words)
        return self

    @model_validator(mode="after")
    def _embedding_is_as_wide(self) -> Self:
        for table in super().tables.values():
            if table.width not in (None, self.width):
                message = "a Transformer's embedding is as wide as its blocks, {width}: leave its width out"
                raise PydanticCustomError("embedding_width", message, {"width": self.width})
        return self

    @property
    def tables(self) -> Mapping[str, EmbeddingOptions]:
        return {side: table.model_copy(update={"width": self.width}) for side, table in super().tables.items()}

    def remedy_for_width(self, side: str, width: int) -> str:
        """All blocks are as wide as the embedding."""
        resized = self.model_copy(update={"width": width})
        heads = min(filter(resized._fits, range(1, width + 1)), key=lambda each: abs(each - self.heads), default=1)
        return f"set model.width={width} and model.heads={heads}"

    def _fits(self, heads: int) -> bool:
        return self.width % (2 * heads if self.positions == "rotary" else heads) == 0

    def added_positions(self, places: int | None) -> keras.layers.Layer | None:
        """The layer that adds positions to the embedding, or None. `places`: the number of learned positions."""
        from seqlab.layers.positions import LearnedPositions, SinusoidalPositions

        if self.positions == "sinusoidal":
            return SinusoidalPositions(name="positions")
        if self.positions == "learned" and places is not None:
            return LearnedPositions(places, name="positions")
        return None
