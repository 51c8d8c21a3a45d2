"""The space of a sweep: config keys, the values that each may take, and the conditions under which it has one."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seqlab.config.overrides import as_arguments
from seqlab.sweeps.options import LARGEST_GRID, Choices, Range, as_json


@dataclass(frozen=True)
class Parameter:
    """A key of the config that is varied."""

    key: str
    domain: Choices | Range

    def value(self, drawn: Any) -> Any:
        """The value for the config, of one that Optuna drew. Choices are JSON texts: it finds `true` equal to `1`."""
        if not isinstance(self.domain, Choices):
            return self.domain.typed(drawn)
        as_written = (each for each in self.domain.values if as_json(each) == drawn)  # with its keys in their order
        return next(as_written, json.loads(drawn))

    def drawn(self, value: Any) -> Any:
        """The inverse of `value`."""
        return as_json(value) if isinstance(self.domain, Choices) else value

    def corners(self) -> list[Any]:
        """All choices, or both ends of the range."""
        domain = self.domain
        return (
            list(domain.values)
            if isinstance(domain, Choices)
            else [domain.typed(domain.low), domain.typed(domain.last)]
        )

    def all_values(self) -> list[Any] | None:
        """Every value; None for a range without steps."""
        domain = self.domain
        if isinstance(domain, Choices):
            return list(domain.values)
        if domain.spacing is None:
            return None
        count = round((domain.last - domain.low) / domain.spacing) + 1
        return [domain.typed(domain.low + number * domain.spacing) for number in range(min(count, LARGEST_GRID + 1))]

    def contains(self, value: Any) -> bool:
        """Whether a value of a config is one of these."""
        domain = self.domain
        if isinstance(domain, Choices):
            return as_json(value) in map(as_json, domain.values)
        if isinstance(value, bool) or not isinstance(value, int if domain.integer else int | float):
            return False
        values = self.all_values() if domain.spacing else None
        return domain.low <= value <= domain.last and (values is None or value in values)

    @property
    def conditions(self) -> dict[str, list[Any]]:
        """Key → the values of which it must have one."""
        return {key: given if isinstance(given, list) else [given] for key, given in (self.domain.when or {}).items()}


@dataclass(frozen=True)
class Space:
    """All parameters; one with conditions follows those that it depends on."""

    parameters: tuple[Parameter, ...]

    def point(self, choose: Callable[[Parameter], Any]) -> dict[str, Any]:
        """Key → value of the parameters that have one, each chosen when its conditions are known to hold."""
        values: dict[str, Any] = {}
        for parameter in self.parameters:
            if holds(parameter, values):
                values[parameter.key] = choose(parameter)
        return values

    def points(self, values_of: Callable[[Parameter], Sequence[Any]]) -> Iterator[dict[str, Any]]:
        """Every combination of these values, each once."""

        def rest(number: int, values: dict[str, Any]) -> Iterator[dict[str, Any]]:
            if number == len(self.parameters):
                yield values
                return
            parameter = self.parameters[number]
            if not holds(parameter, values):
                yield from rest(number + 1, values)
                return
            for value in values_of(parameter):
                yield from rest(number + 1, {**values, parameter.key: value})

        return rest(0, {})

    def grid(self) -> list[dict[str, Any]]:
        """All points, at most one more than the largest grid has. Every parameter must have finitely many values."""
        return list(itertools.islice(self.points(lambda parameter: parameter.all_values() or []), LARGEST_GRID + 1))

    def chain(self, parameter: Parameter) -> dict[str, Any]:
        """Values under which the conditions of a parameter hold."""
        by_key = {each.key: each for each in self.parameters}
        needed: dict[str, Any] = {}
        for key, values in parameter.conditions.items():
            needed |= {**self.chain(by_key[key]), key: values[0]}
        return needed


def holds(parameter: Parameter, values: Mapping[str, Any]) -> bool:
    """Whether the conditions of a parameter hold, given the values of those before it."""
    return all(
        key in values and as_json(values[key]) in map(as_json, allowed) for key, allowed in parameter.conditions.items()
    )


def as_overrides(values: Mapping[str, Any]) -> tuple[str, ...]:
    """`KEY=VALUE` for each value, a section before the keys in it."""
    ordered = sorted(values, key=lambda key: key.count("."))
    return as_arguments([{key: values[key]} for key in ordered])
