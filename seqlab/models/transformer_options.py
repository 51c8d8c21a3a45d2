"""What the Transformers of all tasks are described by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from seqlab.registry import Options, Positive

if TYPE_CHECKING:
    import keras

MOST_HEADS_NAMED = 64


class TransformerOptions(Options):
    """Heads and positions; a subclass names the `width` that the heads share."""

    heads: Positive = 4
    """Attention heads in each block; they share the width."""
    positions: Literal["none", "learned", "sinusoidal", "rotary"] = "sinusoidal"
    """How the model knows where a token stands. learned: a row for each place; sinusoidal: fixed waves (Vaswani et al.
    2017, section 3.5); rotary: attention sees distances (Su et al. 2021); none: a text is a set of words."""
    width: Positive = 64
    """Width of the vector of each token, from the embedding to the end."""

    @model_validator(mode="after")
    def _width_is_shared_out(self) -> Self:
        if self.positions in {"sinusoidal", "rotary"} and self.width % 2:
            message = "{positions} positions come in pairs, and width {width} is odd: take an even width"
            raise PydanticCustomError("odd_width", message, {"positions": self.positions, "width": self.width})
        if not self._fits(self.heads):
            possible = [heads for heads in range(1, MOST_HEADS_NAMED + 1) if self._fits(heads)]
            message = "{heads} heads cannot share a width of {width} {how}: with this width there can be {possible}"
            how = "in even parts, which rotary positions need" if self.positions == "rotary" else "equally"
            words = {"heads": self.heads, "width": self.width, "how": how, "possible": ", ".join(map(str, possible))}
            raise PydanticCustomError("heads", message, words)
        return self

    def _fits(self, heads: int) -> bool:
        return self.width % (2 * heads if self.positions == "rotary" else heads) == 0

    def added_positions(self, places: int | None) -> keras.layers.Layer | None:
        """What is added to the embedding, with a row for each of so many places where rows are learned; None where
        nothing is."""
        from seqlab.layers.positions import LearnedPositions, SinusoidalPositions

        if self.positions == "sinusoidal":
            return SinusoidalPositions(name="positions")
        if self.positions == "learned" and places is not None:
            return LearnedPositions(places, name="positions")
        return None
