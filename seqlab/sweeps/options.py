"""The options of a sweep file: how its values are given, searched and counted."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from seqlab.registry import Number, Options, PositiveNumber

LARGEST_GRID = 10_000
DIGITS = ".12g"
"""Values of a stepped range are rounded to so many digits: 0.1 + 2 · 0.1 is written 0.3."""

When = Annotated[dict[str, Any], Field(min_length=1)]


class Choices(Options):
    """One of several values."""

    values: Annotated[list[Any], Field(min_length=1)]
    """The values to choose from."""
    when: When | None = None
    """Other keys of the space and the value, or list of values, that they must have for this key to be varied."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        written = [as_json(value) for value in self.values]
        for number, value in enumerate(written):
            if value in written[:number]:
                raise PydanticCustomError("value_error", "{value} is listed twice; keep one", {"value": value})
        return self


class Range(Options):
    """A number between two others, both included."""

    low: Number
    """The lowest value."""
    high: Number
    """The highest value."""
    log: bool = False
    """Draw evenly from the logarithms: for values that span orders of magnitude."""
    step: PositiveNumber | None = None
    """The distance between neighbouring values; null: any value."""
    integer: bool = False
    """Whole numbers only."""
    when: When | None = None
    """Other keys of the space and the value, or list of values, that they must have for this key to be varied."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        for message in self._problems():
            raise PydanticCustomError("value_error", "{message}", {"message": message})
        return self

    def _problems(self) -> Iterator[str]:
        low, high = f"{self.low:{DIGITS}}", f"{self.high:{DIGITS}}"
        if self.low > self.high:
            yield f"low is {low}, above high, which is {high}; exchange them"
        if self.low == self.high:
            yield f"low and high are both {low}: nothing is varied; set the value in the base config"
        if self.log and self.low <= 0:
            yield f"a logarithmic range begins above 0, got low: {low}; raise low, or remove log"
        if self.log and self.step is not None:
            yield "log and step exclude each other; keep one"
        if self.integer and not all(float(each).is_integer() for each in (self.low, self.high, self.step or 1)):
            yield "with integer, low, high and step are whole numbers"
        if self.step is not None and self.step > self.high - self.low:
            yield f"step is {self.step:{DIGITS}}, wider than the range from {low} to {high}; lower it"

    @property
    def spacing(self) -> float | None:
        """The distance between neighbouring values; None if there is any value between two."""
        return self.step or (1.0 if self.integer and not self.log else None)

    @property
    def last(self) -> float:
        """The highest value: `high`, or less if the steps do not meet it."""
        if self.spacing is None:
            return self.high
        steps = math.floor((self.high - self.low) / self.spacing + 1e-9)
        return float(f"{self.low + steps * self.spacing:{DIGITS}}")  # Optuna warns of 0.6000000000000001

    def typed(self, number: float) -> int | float:
        """A number as it is written into a config."""
        if self.integer:
            return round(number)
        return float(number) if self.step is None else float(f"{number:{DIGITS}}")


SearchName = Literal["grid", "random", "tpe"]


class Search(Options):
    """How values are chosen, and for how long."""

    name: SearchName = "tpe"
    """`grid`: every combination once; `random`; `tpe`: by what earlier trials reached."""
    trials: Annotated[int, Field(gt=0, le=LARGEST_GRID)] | None = None
    """How many trials; null: as many as fit into the minutes, or the whole grid."""
    minutes: PositiveNumber | None = None
    """After so many minutes no trial is begun; those that run are finished. null: no limit."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 1
    """Seed of what is drawn."""
    pruning: Literal["none", "median", "hyperband"] = "none"
    """End trials early that are worse than others at the same epoch: than their median, or by Hyperband."""
    warmup: Annotated[int, Field(ge=1)] = 1
    """Epochs before a trial may be pruned."""


class SweepFile(Options):
    """A sweep."""

    version: Literal[1] = 1
    """Version of the format."""
    base: Annotated[str, Field(min_length=1)]
    """The recipe or the path of the config whose values are varied."""
    space: Annotated[dict[str, Any], Field(min_length=1)]
    """Keys of the config: a list of values, or a mapping with `low` and `high`."""
    search: Search = Search()
    """How values are chosen, and for how long."""
    goal: str | None = None
    """The metric of the validation split that is to become best; null: what the base config monitors."""


def as_json(value: Any) -> str:
    """A value as one text; equal values have equal texts."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def parsed_domain(value: Any) -> Choices | Range:
    """The values of a parameter as they are written: a list, `{values: …}` or `{low: …, high: …}`. Raises pydantic's
    ValidationError, or PydanticCustomError for anything else."""
    if isinstance(value, list):
        return Choices.model_validate({"values": value})
    if isinstance(value, dict):
        return Choices.model_validate(value) if "values" in value else Range.model_validate(value)
    raise PydanticCustomError("value_error", "expected a list of values, or a mapping with low and high")
