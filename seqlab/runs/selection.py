"""Which runs a condition selects, and in which order: by keys of their configs, metrics, status or label."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from seqlab.errors import RequestError
from seqlab.runs.references import name_of
from seqlab.runs.summaries import RunSummary

CONDITION = re.compile(r"\s*([^\s=<>!]+)\s*(==|!=|>=|<=|=|>|<)\s*(.*?)\s*", re.DOTALL)
OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    ">": lambda one, other: one > other,
    "<": lambda one, other: one < other,
    ">=": lambda one, other: one >= other,
    "<=": lambda one, other: one <= other,
}
FIELDS: Mapping[str, Callable[[RunSummary], object]] = {
    "run": lambda each: each.run.id,
    "id": lambda each: each.run.id,
    "name": lambda each: name_of(each.run.id),
    "status": lambda each: each.status,
    "task": lambda each: each.task or None,
    "label": lambda each: each.label or None,
    "group": lambda each: each.group or None,
    "seed": lambda each: each.seed,
    "sweep": lambda each: each.metadata.get("sweep"),
    "trial": lambda each: each.metadata.get("trial"),
    "started": lambda each: each.started or None,
}
"""Keys that no config and no result has → their values."""
NULL = {"null", "none", "~", ""}
TIMES = {"started", "ended"}
"""Keys whose values are times in UTC, as text: `2026-11-29T21:41:02.405+00:00`."""
TIME = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d(:\d\d(:\d\d)?)?)?)?)?")
"""How one is typed: a part of it, down to the second, means all of a year, month, day, hour, minute or second."""


@dataclass(frozen=True)
class Condition:
    """`model.name=bag`, `test.accuracy>0.9`, `label!=draft`."""

    key: str
    operator: str
    value: str

    def holds(self, summary: RunSummary) -> bool:
        """Whether a run fulfils it. A run without the key fulfils only `!=`."""
        found = value_of(summary, self.key)
        if self.key in TIMES and isinstance(found, str):
            found = found[: len(self.value)]
        if self.operator in OPERATORS:
            return self._compares(found)
        equal = _equal(found, self.value) or (self.key == "group" and name_of(str(found or "")) == self.value)
        return equal is (self.operator == "=")

    def _compares(self, found: object) -> bool:
        wanted = number_of(self.value)
        if is_number(found) and wanted is not None:
            return OPERATORS[self.operator](float(found), wanted)
        # Texts that sort like what they mean: times.
        ranks = (found > self.value) - (found < self.value) if isinstance(found, str) else None
        return ranks is not None and OPERATORS[self.operator](ranks, 0)


def parse_condition(text: str) -> Condition:
    """A condition as it is typed. Raises RequestError if it is none."""
    found = CONDITION.fullmatch(text)
    if found is None:
        raise RequestError(
            f"--where {text!r:.80}: expected KEY=VALUE, such as model.name=bag, test.accuracy>0.9 or label!=draft"
        )
    key, operator, value = found.groups()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    if key in TIMES and value.lower() not in NULL:
        value = _time(text, value)
    return Condition(key, "=" if operator == "==" else operator, value)


def _time(condition: str, value: str) -> str:
    """A time as runs have it. Raises RequestError for what is none."""
    found = value.strip().upper().removesuffix("Z").replace(" ", "T")
    if TIME.fullmatch(found):
        return found
    raise RequestError(
        f"--where {condition!r:.80}: expected a time in UTC, or the beginning of one, such as 2026-11-29 or "
        "'2026-11-29 21:44'"
    )


def selected(summaries: Sequence[RunSummary], conditions: Sequence[Condition]) -> list[RunSummary]:
    """The runs that fulfil all conditions. Raises RequestError for a key that no run has."""
    for each in conditions:
        refuse_unknown_key(each.key, summaries)
        _refuse_no_number(each, summaries)
    return [run for run in summaries if all(each.holds(run) for each in conditions)]


def in_order(summaries: Sequence[RunSummary], key: str, *, descending: bool = False) -> list[RunSummary]:
    """The runs by the value of a key, numbers before texts; those without one last, in the order they had."""
    refuse_unknown_key(key, summaries)
    values = [(value_of(each, key), each) for each in summaries]
    numbers = [(float(value), each) for value, each in values if is_number(value)]
    texts = [(shown(value), each) for value, each in values if value is not None and not is_number(value)]
    numbers.sort(key=lambda pair: pair[0], reverse=descending)
    texts.sort(key=lambda pair: pair[0])
    return [each for _, each in numbers + texts] + [each for value, each in values if value is None]


def value_of(summary: RunSummary, key: str) -> object:
    """The value of a key of a run: a field such as `status`, a metric, a dotted key of the config or of `run.json`.

    None if it has none. Of a section, its name: `model` is that of `model.name`.
    """
    if key in FIELDS:
        return FIELDS[key](summary)
    if key in summary.result:
        return summary.result[key]
    for mapping in (summary.metadata.get("config"), summary.metadata):
        found: object = mapping
        for part in key.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        if found is not None:
            return found.get("name") if isinstance(found, Mapping) else found
    return None


def flat_config(summary: RunSummary) -> dict[str, object]:
    """Dotted key → value of the config of a run."""
    config = summary.metadata.get("config")
    return dict(flattened(config)) if isinstance(config, Mapping) else {}


def flattened(value: object, path: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted key and value of every key of a config; an empty mapping is a value."""
    if not isinstance(value, Mapping) or not value:
        yield path, value
        return
    for key, item in value.items():
        yield from flattened(item, f"{path}.{key}" if path else str(key))


def refuse_unknown_key(key: str, summaries: Sequence[RunSummary]) -> None:
    """Raises RequestError, with what may be meant, for a key that none of the runs has."""
    if not summaries or key in FIELDS or any(value_of(each, key) is not None for each in summaries):
        return
    known: dict[str, None] = dict.fromkeys(FIELDS)
    for each in summaries:
        keys = flat_config(each)
        known |= dict.fromkeys([*each.result, *keys, *(name.partition(".")[0] for name in keys)])
    if key in known or any(each.startswith(f"{key}.") for each in known):  # null in all of them
        return
    ending = [each for each in known if each.endswith(f".{key}")]
    close = ending or difflib.get_close_matches(key, known, n=3, cutoff=0.6)
    hint = (
        f"did you mean {' or '.join(close[:3])}?" if close else "`seqlab runs show RUN --json` shows the keys of a run"
    )
    raise RequestError(f"no run has the key '{key:.80}'; {hint}")


def _refuse_no_number(condition: Condition, summaries: Sequence[RunSummary]) -> None:
    """Raises RequestError for `test.accuracy>high`, which no number can fulfil."""
    if condition.operator not in OPERATORS or number_of(condition.value) is not None:
        return
    found = [value for each in summaries if (value := value_of(each, condition.key)) is not None]
    if found and all(map(is_number, found)):
        asked = f"{condition.key}{condition.operator}{condition.value:.40}"
        raise RequestError(f"--where {asked}: {condition.key} is a number, and '{condition.value:.40}' is none")


def shown(value: object) -> str:
    """A value as it is typed in a config: texts as they are, all else as JSON; nothing for null."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value of JSON is a number: a boolean is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def number_of(text: str) -> float | None:
    """The number that a text is; None for others."""
    try:
        return float(text)
    except ValueError:
        return None


def _equal(found: object, wanted: str) -> bool:
    if found is None:
        return wanted.lower() in NULL
    if is_number(found) and (number := number_of(wanted)) is not None:
        return float(found) == number
    if isinstance(found, bool):
        return wanted.lower() == str(found).lower()
    if isinstance(found, list):
        return shown(found).replace(" ", "") == wanted.replace(" ", "")
    return shown(found) == wanted
