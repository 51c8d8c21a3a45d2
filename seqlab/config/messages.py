"""Messages for invalid values: the value, what is expected, and a suggestion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

from seqlab.config.experiment import NO_TASK
from seqlab.config.schema import Schema, below, chosen, schema_of, tasks_with_training_option
from seqlab.config.source_map import Document, KeyPath
from seqlab.config.yaml_reader import plain_value
from seqlab.config.yaml_writer import scalar
from seqlab.registry import LARGEST, MOST_LAYERS, WIDEST, did_you_mean
from seqlab.tasks import TASKS
from seqlab.text_format import number_meant

_PYDANTIC_TYPES = frozenset(get_args(ErrorType))
_SECTIONS = ("training", "runtime", "data", "vectorizer", "model")
_TYPE_NAMES = {bool: "a boolean", int: "a whole number", float: "a number", str: "text"}
_OUT_OF_BOUNDS = {
    "greater_than": "is too small",
    "greater_than_equal": "is too small",
    "less_than": "is too large",
    "less_than_equal": "is too large",
    "finite_number": "is not finite",
    "string_too_short": "is too short",
    "string_too_long": "is too long",
}

_WITHOUT_TASK: Mapping[KeyPath, str] = {
    ("task",): "; what depends on the task was not checked",
    ("data",): "; the task decides which there are",
    ("model",): "; the task decides which there are",
}
"""Added to the problem of a task that is not known, and to those of sections that are missing then."""
GENERAL_LIMITS = (LARGEST, MOST_LAYERS, WIDEST)
"""Upper bounds that only catch what cannot be meant: told when a value exceeds them."""


def add_problems(
    document: Document,
    error: ValidationError,
    hint: str = "",
    *,
    schema: Schema | None = None,
    at: KeyPath = (),
) -> None:
    """Add the errors found by pydantic to the problems of the document, one per key path.

    `hint` is appended to messages about unknown components. `schema`: of the document; None: that of a config. `at`:
    the path of the value that was validated.
    """
    schema = schema_of(document.at(("task",))) if schema is None else schema
    found: dict[KeyPath, ErrorDetails] = {}
    for details in error.errors(include_url=False):
        found.setdefault(_path_of(document, details, at), details)
    rests = _WITHOUT_TASK if any(details["type"] == NO_TASK for details in found.values()) else {}
    for path, details in found.items():
        # If no branch of a union matches, pydantic reports the union as well as the errors inside its branches.
        inside = any(len(other) > len(path) and other[: len(path)] == path for other in found)
        if details["type"] != NO_TASK and not inside:
            _add_problem(document, schema, path, details, hint, rests.get(path, ""))


def _add_problem(
    document: Document, schema: Schema, path: KeyPath, details: ErrorDetails, hint: str, rest: str
) -> None:
    error_type, step = details["type"], path[-1] if path else ""
    if error_type == "missing" and isinstance(step, str):
        allowed = expected(below(schema, document.value, path))
        message = f"'{step}' is missing" + (f"; expected {allowed}" if allowed else "")
        document.add_problem(path[:-1], message + rest, at_key=True)
    elif error_type == "missing":
        document.add_problem(path[:-1], _invalid_value(details, below(schema, document.value, path[:-1])))
    elif error_type == "extra_forbidden":
        document.add_problem(path, _unknown_key(document, schema, path), at_key=True)
    elif error_type == "component_unknown":
        name_path = (*path, "name") if isinstance(document.at(path), dict) else path
        document.add_problem(name_path, details["msg"] + hint)
    else:
        document.add_problem(path, _invalid_value(details, below(schema, document.value, path)) + rest)


def needs_vectorizer(document: Document) -> bool:
    """Whether texts need one: not if the config names a model that does without."""
    task, model = document.at(("task",)), document.at(("model",))
    name = model.get("name") if isinstance(model, dict) else model
    if not (isinstance(task, str) and task in TASKS and isinstance(name, str)):
        return True
    models = TASKS[task].registries.models
    return name not in models or models[name].needs_vectorizer


def expected(schema: Schema) -> str:
    """What a schema allows, in words; empty if it has no constraints."""
    if "anyOf" in schema:
        return _either(word for option in schema["anyOf"] for word in _alternatives(option))
    return _either(_alternatives(schema))


def format_value(value: Any) -> str:
    """A value in YAML notation, shortened; `a list` or `a mapping` for collections."""
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else f"{value[:39]}…")
    if isinstance(value, Sequence | Mapping):
        return "a mapping" if isinstance(value, Mapping) else "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value)


def _path_of(document: Document, details: ErrorDetails, path: KeyPath) -> KeyPath:
    """The key path of an error in the value at `path`: the location given by pydantic without its own steps, such as
    branches of unions."""
    for number, step in enumerate(details["loc"]):
        value = document.at(path)
        leads_on = step in value if isinstance(value, dict) else isinstance(value, list) and isinstance(step, int)
        if leads_on or (details["type"] == "missing" and number == len(details["loc"]) - 1):
            path = (*path, step)
    return path


def _unknown_key(document: Document, schema: Schema, path: KeyPath) -> str:
    *_, key = path
    parent = document.at(path[:-1])
    known = list(chosen(below(schema, document.value, path[:-1]), parent).get("properties", ()))
    elsewhere = [f"did you mean '{path}'? " for path in _paths_with_key(document, schema, str(key))]
    hint = did_you_mean(str(key), known) or (elsewhere[0] if elsewhere else "")
    if path[0] == "training" and (tasks := tasks_with_training_option(str(key))):
        return f"'{key}' means nothing for {document.at(('task',))}: it is an option of {' and '.join(tasks)}"
    return f"unknown key '{key}'; {hint}available: {', '.join(known)}" if known else f"unknown key '{key}'"


def _paths_with_key(document: Document, schema: Schema, key: str) -> Iterator[str]:
    """Dotted paths at which a key of that name is valid."""
    if key in schema["properties"]:
        yield key
    for section in (each for each in _SECTIONS if each in schema["properties"]):
        options = chosen(schema["properties"][section], document.at((section,)))
        if key in options.get("properties", ()):
            yield f"{section}.{key}"


def _invalid_value(details: ErrorDetails, schema: Schema) -> str:
    error_type, value = details["type"], details["input"]
    message = details["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if error_type in ("value_error", "assertion_error") or error_type not in _PYDANTIC_TYPES:
        # The message of a component. If it only says what is expected, the value is added.
        return f"{_got(value)}; {message}" if message.startswith("expected ") else message
    if error_type == "literal_error" and isinstance(value, str):
        known = [word for option in schema.get("anyOf", [schema]) for word in _alternatives(option)]
        return f"unknown value {format_value(value)}; {did_you_mean(value, known)}expected {expected(schema)}"
    if error_type == "less_than_equal" and (limit := details["ctx"]["le"]) in GENERAL_LIMITS:
        return f"{_shortened(format_value(value))} is too large; it must be at most {limit:,}"
    got = f"{format_value(value)} {_OUT_OF_BOUNDS[error_type]}" if error_type in _OUT_OF_BOUNDS else _got(value)
    if allowed := expected(schema):
        return f"{got}; expected {allowed}" + (_quotes_hint(value, schema) or _number_hint(value, schema))
    return f"{got}; {message.replace('Input should', 'it should')}"


def _shortened(number: str, longest: int = 40) -> str:
    return number if len(number) <= longest else f"{number[:longest]}…"


def _got(value: Any) -> str:
    if isinstance(value, list | dict) and not value:
        return f"got an empty {'mapping' if isinstance(value, dict) else 'list'}"
    if type(value) in _TYPE_NAMES:
        return f"{format_value(value)} is {_TYPE_NAMES[type(value)]}"
    return f"got {format_value(value)}"


def _quotes_hint(value: Any, schema: Schema) -> str:
    """For a number or boolean where text is expected: YAML needs quotes."""
    options = schema.get("anyOf", [schema])
    any_text = any(option.get("type") == "string" and not {"enum", "const"} & option.keys() for option in options)
    return " (put it in quotes)" if any_text and isinstance(value, bool | int | float) else ""


def _number_hint(value: Any, schema: Schema) -> str:
    """For the text of a number where a number is expected: it was quoted, or PyYAML read `1e-3`, a text to it."""
    kinds = {option.get("type") for option in schema.get("anyOf", [schema])}
    number = plain_value(value) if isinstance(value, str) else None
    if isinstance(number, str):
        return _meant_hint(number, kinds)
    if not ((type(number) is int and kinds & {"integer", "number"}) or (type(number) is float and "number" in kinds)):
        return ""
    by_pyyaml = "; PyYAML reads a number without a point, such as 1e-3, as text" if "e" in value.lower() else ""
    return f" (write {scalar(number)} without quotes{by_pyyaml})"


def _meant_hint(value: str, kinds: set[str | None]) -> str:
    """For a number with a decimal comma, in percent, or with separated thousands."""
    if "integer" in kinds and re.fullmatch(r"[+-]?\d{1,3}([,.' _]\d{3})+", value):
        return f" (write {re.sub('[^0-9+-]', '', value)})"
    number = number_meant(value)
    return f" (write {number:g})" if number is not None and "number" in kinds else ""


def _bounds(schema: Schema) -> str:
    words = {
        "exclusiveMinimum": "above",
        "minimum": "of at least",
        "exclusiveMaximum": "below",
        "maximum": "of at most",
        "multipleOf": "a multiple of",
    }
    told = {key: schema[key] for key in words if key in schema and (key, schema[key]) not in _UNTOLD}
    return " and".join(f" {words[key]} {bound}" for key, bound in told.items())


_UNTOLD = {("maximum", limit) for limit in GENERAL_LIMITS}


def _form(schema: Schema) -> str:
    form = {"path": " (a path)"}.get(schema["format"], f" ({schema['format']})") if "format" in schema else ""
    return form or (f" matching {schema['pattern']}" if "pattern" in schema else "")


def _items(schema: Schema) -> str:
    items = schema.get("items", {})
    if isinstance(items, list):
        return f" ({', '.join(map(expected, items))})"
    return f" (each: {expected(items)})" if expected(items) else ""


def _keys(schema: Schema) -> str:
    if properties := schema.get("properties"):
        return f" with the keys {', '.join(properties)}"
    values = expected(schema.get("additionalProperties") or {})
    return f" (each value: {values})" if values else ""


def _no_details(_: Schema) -> str:
    return ""


_WORDS = {
    "integer": ("a whole number", _bounds),
    "number": ("a number", _bounds),
    "string": ("text", _form),
    "boolean": ("true or false", _no_details),
    "null": ("null", _no_details),
    "array": ("a list", _items),
    "object": ("a mapping", _keys),
}


def _alternatives(schema: Schema) -> list[str]:
    properties = schema.get("properties", {})
    if "const" in properties.get("name", {}):
        return [properties["name"]["const"]]
    if "enum" in schema or "const" in schema:
        return [str(value) for value in schema.get("enum", [schema.get("const")])]
    if schema.get("type") not in _WORDS:
        return []
    word, details = _WORDS[schema["type"]]
    return [word + details(schema)]


def _either(words: Iterator[str] | list[str]) -> str:
    *most, last = dict.fromkeys(words) or [""]
    return f"{', '.join(most)} or {last}" if most else last
