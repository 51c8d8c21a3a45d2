"""The option `take`: how much of each split is kept.

take: 3000                                        so much of training, and the same share of the other splits
take: {train: 3000, validation: 500, test: 500}   so much of each; all of a split that is not named
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from seqlab.data.records import SplitName
from seqlab.registry import Options, Positive

PROPORTIONAL = "proportional"


class TakeOfSplits(Options):
    """How much is kept of each split; null: all."""

    train: Positive | None = None
    """Of the training split."""
    validation: Positive | Literal["proportional"] | None = None
    """Of the validation split; proportional: the same share as of training."""
    test: Positive | Literal["proportional"] | None = None
    """Of the test split; proportional: the same share as of training."""

    def of(self, split: SplitName, size: int, *, training: int, fewest: int) -> int:
        """How much is kept of a split of this size, at least `fewest`. `training`: the size of the training split."""
        wanted = getattr(self, split)
        if wanted == PROPORTIONAL:
            wanted = size if self.train is None else max(round(size * self.train / training), fewest)
        return size if wanted is None else min(wanted, size)


def _number_or_mapping(value: Any) -> Any:
    """A number means all splits; it is stored as a mapping, because runs of seqlab 0.1 stored numbers that meant the
    training split alone."""
    if isinstance(value, bool) or not isinstance(value, int | dict | TakeOfSplits | None):
        message = "expected a number above 0, or a mapping such as {train: 3000, validation: 500, test: 500}"
        raise PydanticCustomError("take", message)
    return {"train": value, "validation": PROPORTIONAL, "test": PROPORTIONAL} if isinstance(value, int) else value


if TYPE_CHECKING:
    Take = TakeOfSplits | int | None
else:
    Take = Annotated[
        TakeOfSplits | None,
        BeforeValidator(_number_or_mapping),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "integer", "exclusiveMinimum": 0},
                    TakeOfSplits.model_json_schema(),
                    {"type": "null"},
                ]
            }
        ),
    ]
