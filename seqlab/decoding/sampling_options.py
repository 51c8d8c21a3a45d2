"""Options of sampling, collected from the logits processors, described and checked without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from seqlab.decoding.logits_processors import COLDEST, LOGITS_PROCESSORS
from seqlab.errors import RequestError
from seqlab.registry import Component, did_you_mean

LARGEST_SEED = 2**63 - 1

OptionValue = bool | int | float | None

SEED_HELP = "The same seed and options give the same text."

_TYPES: Mapping[str, type[bool] | type[int] | type[float]] = {"boolean": bool, "integer": int, "number": float}
_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
}


@dataclass(frozen=True)
class ProcessorOption:
    """An option of a logits processor, as its function declares it."""

    name: str
    processor: type[Component]
    field: FieldInfo
    schema: Mapping[str, Any]
    """Its JSON schema."""

    @property
    def default(self) -> OptionValue:
        value: OptionValue = self.field.default
        return value

    @property
    def help(self) -> str:
        return self.field.description or self.processor.component_help().partition("\n")[0]

    @property
    def optional(self) -> bool:
        return any(each.get("type") == "null" for each in self._alternatives)

    @property
    def type(self) -> type[bool] | type[int] | type[float]:
        """Raises TypeError where the function declares another type: no scalar tensor can hold it."""
        names = {each.get("type", "") for each in self._alternatives} - {"null"}
        if len(names) != 1 or not names <= _TYPES.keys():
            raise TypeError(f"the option {self.name} of a logits processor must be a bool, an int or a float")
        return _TYPES[names.pop()]

    @property
    def allowed(self) -> str:
        """What it may be, as in "a finite number above 0 and at most 1"."""
        what = {bool: "true or false", int: "a whole number", float: "a finite number"}[self.type]
        (schema,) = (each for each in self._alternatives if each.get("type") != "null")
        bounds = " and ".join(f"{words} {schema[key]:.12g}" for key, words in _BOUNDS.items() if key in schema)
        range_of = f" {'' if bounds.startswith('above') else 'of '}{bounds}" if bounds else ""
        return what + range_of + (", or left out" if self.optional else "")

    def check(self, value: OptionValue) -> OptionValue:
        """Return the value. Raises RequestError with the value and the allowed range."""
        try:
            self.processor.model_validate({self.name: value})
        except ValidationError as error:
            shown = self.name.replace("_", "-")
            raise RequestError(f"{shown} is {value}; it must be {self.allowed}") from error
        return value

    @property
    def _alternatives(self) -> list[Mapping[str, Any]]:
        return list(self.schema.get("anyOf", [self.schema]))


def processor_options() -> dict[str, ProcessorOption]:
    """The options of all registered logits processors by name, in the order of the processors.

    Raises ValueError if two processors have an option of the same name.
    """
    found: dict[str, ProcessorOption] = {}
    for processor in LOGITS_PROCESSORS:
        properties = _properties(processor)
        for name, field in processor.model_fields.items():
            if name == "name":
                continue
            if name in found or name == "seed":
                raise ValueError(f"two logits processors have an option called '{name}': rename one of them")
            found[name] = ProcessorOption(name, processor, field, properties[name])
    return found


@cache
def _properties(processor: type[Component]) -> Mapping[str, Any]:
    """JSON schemas of a processor's options: a millisecond each to compute, needed once per drawn chunk."""
    properties: Mapping[str, Any] = processor.model_json_schema()["properties"]
    return properties


def sampling_schema() -> dict[str, Any]:
    """The JSON schema (draft 7) of the keyword arguments of `SamplingOptions`."""
    properties = {
        name: {"description": option.help} | {key: value for key, value in option.schema.items() if key != "title"}
        for name, option in processor_options().items()
    }
    seed = {"description": SEED_HELP, "type": "integer", "minimum": 0, "maximum": LARGEST_SEED, "default": 0}
    return {"type": "object", "properties": {**properties, "seed": seed}, "additionalProperties": False}


@dataclass(frozen=True, init=False)
class SamplingOptions:
    """How the next id is drawn: `SamplingOptions(temperature=0.8, top_k=40, seed=3)`.

    The options are those of the registered logits processors (see `logits_processors`) and `seed`. The defaults draw
    from the model's own distribution. Raises RequestError for an unknown option and for a value out of range.
    """

    seed: int
    given: Mapping[str, OptionValue]
    """Options other than the seed that were passed."""

    def __init__(self, *, seed: int = 0, **options: OptionValue) -> None:
        known = processor_options()
        for name in options:
            if name not in known:
                hint = did_you_mean(name, [*known, "seed"])
                raise RequestError(f"there is no sampling option '{name}'; {hint}there are {', '.join(known)}, seed")
        if type(seed) is not int or not 0 <= seed <= LARGEST_SEED:
            raise RequestError(f"seed is {seed}; it must be a whole number between 0 and {LARGEST_SEED}")
        object.__setattr__(self, "seed", seed)
        object.__setattr__(self, "given", {name: known[name].check(value) for name, value in options.items()})

    @property
    def values(self) -> dict[str, OptionValue]:
        """The value of every option of the processors registered now."""
        return {name: option.default for name, option in processor_options().items()} | dict(self.given)

    @property
    def greedy(self) -> bool:
        """Whether the most probable id is taken instead of drawing one."""
        return float(self.values["temperature"] or 0) < COLDEST

    @property
    def filtered(self) -> bool:
        """Whether any processor but the temperature changes the logits."""
        options = processor_options()
        return any(name != "temperature" and value != options[name].default for name, value in self.values.items())
