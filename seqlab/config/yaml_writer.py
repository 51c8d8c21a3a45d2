"""Writes plain values as YAML, line by line, so that each line can get a comment.

`yaml_reader` and readers of YAML 1.1, in which an unquoted `no` or `010` is not a text, read back the same values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from seqlab.config.source_map import KeyPath
from seqlab.config.yaml_reader import plain_value

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_/.+-]*( [A-Za-z0-9_/.+-]+)*")
_YAML_1_1_BOOLEANS = ("yes", "no", "on", "off", "y", "n")
_LONGEST_LIST = 60
_INDENT = "  "

Line = tuple[str, KeyPath | None]
"""A line of YAML and the path of the value on it; None if the value starts on the next line."""


def yaml_lines(value: dict[str, Any]) -> Iterator[Line]:
    """The lines of a mapping with text keys. Values are mappings, lists, texts, numbers, booleans and null."""
    yield from _mapping(value, (), "")


def _mapping(values: dict[str, Any], path: KeyPath, indent: str) -> Iterator[Line]:
    for key, value in values.items():
        yield from _entry(f"{indent}{_text(key)}:", value, (*path, key), indent + _INDENT)


def _entry(head: str, value: Any, path: KeyPath, indent: str) -> Iterator[Line]:
    """A key or a dash with its value: on the same line if it fits, else indented below."""
    if isinstance(value, dict) and value:
        yield head, None
        yield from _mapping(value, path, indent)
    elif isinstance(value, list) and not _fits(value):
        yield head, None
        for number, item in enumerate(value):
            yield from _item(item, (*path, number), indent)
    else:
        yield f"{head} {flow(value)}", path


def _item(value: Any, path: KeyPath, indent: str) -> Iterator[Line]:
    """An item of a list; the first key of a mapping is on the line of the dash."""
    if not isinstance(value, dict) or not value:
        yield from _entry(f"{indent}-", value, path, indent + _INDENT)
        return
    (first, first_path), *others = _mapping(value, path, indent + _INDENT)
    yield f"{indent}- {first.lstrip()}", first_path
    yield from others


def _fits(values: list[Any]) -> bool:
    return not any(isinstance(value, dict | list) and value for value in values) and len(flow(values)) <= _LONGEST_LIST


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_text(key)}: {flow(each)}' for key, each in value.items())}}}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return scalar(value)


def scalar(value: str | float) -> str:
    """A text or a number as YAML."""
    if isinstance(value, float):
        return _float(value)
    return _text(value) if isinstance(value, str) else str(value)


def _float(value: float) -> str:
    text = {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}.get(repr(value), repr(value))
    return text if "." in text else text.replace("e", ".0e")


def _text(text: str) -> str:
    """Unquoted if that is read as the same text, else in double quotes with unprintable characters escaped."""
    if _PLAIN.fullmatch(text) and plain_value(text) == text and text.lower() not in _YAML_1_1_BOOLEANS:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
