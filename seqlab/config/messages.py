"""What a person is told of a value that does not fit: what was found, what is allowed, what may have been meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

from seqlab.config.experiment import NO_TASK
from seqlab.config.schema import Schema, below, chosen, schema_of, tasks_with_training_option
from seqlab.config.source_map import Document, KeyPath
from seqlab.registry import did_you_mean

_PYDANTIC_TYPES = frozenset(get_args(ErrorType))
_SECTIONS = ("training", "runtime", "data", "vectorizer", "model")
_KINDS = {bool: "a boolean", int: "a whole number", float: "a number", str: "text"}
_OUT_OF_BOUNDS = {
    "greater_than": "is too small",
    "greater_than_equal": "is too small",
    "less_than": "is too large",
    "less_than_equal": "is too large",
    "finite_number": "is not finite",
    "string_too_short": "is too short",
    "string_too_long": "is too long",
}


def add_problems(document: Document, error: ValidationError, hint: str = "") -> None:
    """Put what pydantic found into the document's problems, one for each place.

    `hint` is said where a part is not known.
    """
    schema = schema_of(document.at(("task",)))
    found: dict[KeyPath, ErrorDetails] = {}
    for details in error.errors(include_url=False):
        found.setdefault(_path_of(document, details), details)
    for path, details in found.items():
        # A union that fits nowhere complains of itself as well as of what is wrong inside of its branches.
        inside = any(len(other) > len(path) and other[: len(path)] == path for other in found)
        if details["type"] != NO_TASK and not inside:
            _add_problem(document, schema, path, details, hint)


def _add_problem(document: Document, schema: Schema, path: KeyPath, details: ErrorDetails, hint: str) -> None:
    kind, step = details["type"], path[-1] if path else ""
    if kind == "missing" and isinstance(step, str):
        allowed = expected(below(schema, document.value, path))
        message = f"'{step}' is missing" + (f"; expected {allowed}" if allowed else "")
        document.add_problem(path[:-1], message, at_key=True)
    elif kind == "missing":
        document.add_problem(path[:-1], _does_not_fit(details, below(schema, document.value, path[:-1])))
    elif kind == "extra_forbidden":
        document.add_problem(path, _unknown_key(document, schema, path), at_key=True)
    elif kind == "part_unknown":
        at_name = (*path, "name") if isinstance(document.at(path), dict) else path
        document.add_problem(at_name, details["msg"] + hint)
    else:
        document.add_problem(path, _does_not_fit(details, below(schema, document.value, path)))


def expected(schema: Schema) -> str:
    """What a schema allows, in words; empty where it says nothing."""
    if "anyOf" in schema:
        return _either(word for option in schema["anyOf"] for word in _alternatives(option))
    return _either(_alternatives(schema))


def shown(value: Any) -> str:
    """A value as it stands in YAML, shortened; lists and mappings by their kind."""
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else f"{value[:39]}…")
    if isinstance(value, Sequence | Mapping):
        return "a mapping" if isinstance(value, Mapping) else "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value)


def _path_of(document: Document, details: ErrorDetails) -> KeyPath:
    """Pydantic's place without the steps that are its own: branches of unions, keys of mappings."""
    path: KeyPath = ()
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
    elsewhere = [f"did you mean '{place}'? " for place in _places_of(document, schema, str(key))]
    hint = did_you_mean(str(key), known) or (elsewhere[0] if elsewhere else "")
    if path[0] == "training" and (tasks := tasks_with_training_option(str(key))):
        return f"'{key}' means nothing for {document.at(('task',))}: it is an option of {' and '.join(tasks)}"
    return f"there is no '{key}' here; {hint}there are {', '.join(known)}" if known else f"there is no '{key}' here"


def _places_of(document: Document, schema: Schema, key: str) -> Iterator[str]:
    """Where in a config a key of that name belongs."""
    if key in schema["properties"]:
        yield key
    for section in _SECTIONS:
        options = chosen(schema["properties"][section], document.at((section,)))
        if key in options.get("properties", ()):
            yield f"{section}.{key}"


def _does_not_fit(details: ErrorDetails, schema: Schema) -> str:
    kind, value = details["type"], details["input"]
    message = details["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if kind in ("value_error", "assertion_error") or kind not in _PYDANTIC_TYPES:
        # A part's own words; those that only say what is allowed are preceded by what was found.
        return f"{_found(value)}; {message}" if message.startswith("expected ") else message
    if kind == "literal_error" and isinstance(value, str):
        known = [word for option in schema.get("anyOf", [schema]) for word in _alternatives(option)]
        return f"there is no {shown(value)}; {did_you_mean(value, known)}expected {expected(schema)}"
    found = f"{shown(value)} {_OUT_OF_BOUNDS[kind]}" if kind in _OUT_OF_BOUNDS else _found(value)
    if allowed := expected(schema):
        return f"{found}; expected {allowed}" + _quotes(value, schema)
    return f"{found}; {message.replace('Input should', 'it should')}"


def _found(value: Any) -> str:
    if value is None:
        return "nothing stands here (null)"
    if type(value) in _KINDS:
        return f"{shown(value)} is {_KINDS[type(value)]}"
    return f"{shown(value)} stands here"


def _quotes(value: Any, schema: Schema) -> str:
    """A text that YAML reads as something else wants quotes."""
    options = schema.get("anyOf", [schema])
    any_text = any(option.get("type") == "string" and not {"enum", "const"} & option.keys() for option in options)
    return " (write it in quotes)" if any_text and isinstance(value, bool | int | float) else ""


def _bounds(schema: Schema) -> str:
    words = {
        "exclusiveMinimum": "above",
        "minimum": "of at least",
        "exclusiveMaximum": "below",
        "maximum": "of at most",
        "multipleOf": "a multiple of",
    }
    return " and".join(f" {word} {schema[key]}" for key, word in words.items() if key in schema)


def _form(schema: Schema) -> str:
    format_ = {"path": " (a path)"}.get(schema["format"], f" ({schema['format']})") if "format" in schema else ""
    return format_ + (f" like {schema['pattern']}" if "pattern" in schema else "")


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


def _nothing(_: Schema) -> str:
    return ""


_WORDS = {
    "integer": ("a whole number", _bounds),
    "number": ("a number", _bounds),
    "string": ("text", _form),
    "boolean": ("true or false", _nothing),
    "null": ("null", _nothing),
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
