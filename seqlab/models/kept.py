"""What is compiled for a model, kept as long as the model is: asking it once more costs no trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import keras

T = TypeVar("T")


def kept(model: keras.Model, name: str, make: Callable[[], T]) -> T:
    """What `make` returned when it was first asked for under this name, which holds all that it depends on."""
    attribute = f"seqlab_{name}"
    if not hasattr(model, attribute):
        setattr(model, attribute, make())
    made: T = getattr(model, attribute)
    return made
