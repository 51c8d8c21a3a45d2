"""YAML as people mean it: values by the core schema of YAML 1.2, and the place of everything.

PyYAML scans and composes; its nodes know where they stand. What the text of a plain scalar means is decided here:
`1e-3` is a number, only `true` and `false` are booleans, and `no`, `1:30`, `010` and dates stay texts. A key is
always the text that was written. Tags and merge keys are refused, and so is what would take too long to read.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import Reader

from seqlab.config.problems import ConfigError
from seqlab.config.source_map import Document, KeyPath, Place, Source
from seqlab.errors import RequestError

LARGEST_FILE = 256 * 1024
DEEPEST = 32
MOST_VALUES = 10_000
"""After aliases are written out, so that a few lines cannot stand for billions of values."""

_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,299})")
_OTHER_BASE = re.compile(r"0o[0-7]{1,299}|0x[0-9a-fA-F]{1,299}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")
_NOT_FINITE = re.compile(r"([-+]?)\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def read_file(path: Path) -> Source:
    """The text of a file. Raises RequestError when it cannot be read, ConfigError when it is no text."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except IsADirectoryError:
        raise RequestError(f"{path} is a folder; a config is a YAML file") from None
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > LARGEST_FILE:
        raise RequestError(f"{path} is larger than {LARGEST_FILE // 1024} KiB; that is no config")
    name = str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
    try:
        return Source(name, content.decode("utf-8-sig"), is_file=True)
    except UnicodeDecodeError as error:
        source = Source(name, content.decode("utf-8-sig", errors="replace"), is_file=True)
        good = content[: error.start].decode("utf-8-sig")
        what = f"byte 0x{content[error.start]:02x} at offset {error.start} is not UTF-8; save the file as UTF-8"
        raise ConfigError([source.problem(len(good), (), what)]) from None


def read_yaml(source: Source, start: int = 0, path: KeyPath = ()) -> Document:
    """The values in the source's text, of which the first `start` characters are not YAML; they belong at `path`.

    Raises ConfigError where reading cannot go on; problems that let it go on are in the document.
    """
    text = (source.text or "")[start:]
    if found := Reader.NON_PRINTABLE.search(text):
        what = f"the control character U+{ord(found.group()):04X} stands here; it cannot stand in YAML"
        raise ConfigError([source.problem(start + found.start(), path, what)])
    document = Document(None, {path: Place(source, start, start)})
    composer = _Composer(text)
    try:
        root = composer.get_single_node()
        if root is not None:
            document.value = _Values(document, source, start, composer.tags).of(root, path)
    except yaml.MarkedYAMLError as error:
        index, what = _explained(error)
        raise ConfigError([source.problem(start + index, path, what)]) from None
    return document


def plain_value(text: str) -> Any:
    """What an unquoted scalar means."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OTHER_BASE.fullmatch(text):
        return int(text, base=0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if found := _NOT_FINITE.fullmatch(text):
        return float(f"{found[1] or ''}{found[2] or found[3]}")
    return text


class _TooMuch(yaml.MarkedYAMLError):
    """More than any config needs: reading it would take too long, or all of the stack."""

    @classmethod
    def stop_at(cls, mark: Any, depth: int, count: int) -> None:
        if depth > DEEPEST:
            raise cls(problem="nested too deep: that is no config", problem_mark=mark)
        if count > MOST_VALUES:
            raise cls(problem=f"more than {MOST_VALUES} values: that is no config", problem_mark=mark)


class _Composer(yaml.BaseLoader):
    """PyYAML's composer, which leaves scalars as texts, notes tags (by node), and stops where there is too much."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = self.count = 0
        self.tags: dict[yaml.Node | None, str] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        _TooMuch.stop_at(event.start_mark, self.depth, self.count)
        self.depth += 1
        self.count += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        if tag := getattr(event, "tag", None):
            self.tags[node] = tag.replace("tag:yaml.org,2002:", "!!")
        if isinstance(node, yaml.ScalarNode):
            # JSON, which is YAML too, writes a character above U+FFFF as two escapes: "\ud83d\ude00".
            node.value = node.value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        return node


class _Values:
    """Values of nodes; the place of each goes into the document."""

    def __init__(self, document: Document, source: Source, start: int, tags: dict[yaml.Node | None, str]) -> None:
        self.document, self.source, self.start, self.tags = document, source, start, tags
        self.count = 0

    def of(self, node: yaml.Node, path: KeyPath, key: yaml.Node | None = None) -> Any:
        """The value of `node`. Recursion ends: an alias of what it stands in is soon nested too deep."""
        self.count += 1
        _TooMuch.stop_at(node.start_mark, len(path), self.count)
        self.document.places[path] = Place(self.source, self._index(key or node), self._index(node))
        if tag := self.tags.pop(node, None):
            self.document.add_problem(path, f"the tag '{tag}' means nothing here; leave it out")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.ScalarNode):
            if half := _HALF_A_CHARACTER.search(node.value):
                what = f"U+{ord(half.group()):04X} is half a character; write its other half beside it, or leave it out"
                self.document.add_problem(path, what)
            return plain_value(node.value) if node.style is None else node.value
        return [self.of(item, (*path, number)) for number, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            if problem := self._key_problem(key, path, values):
                self.document.problems.append(self.source.problem(self._index(key), (*path, name), problem))
            else:
                values[name] = self.of(value, (*path, name), key)
        return values

    def _key_problem(self, key: yaml.Node, path: KeyPath, values: dict[str, Any]) -> str | None:
        if not isinstance(key, yaml.ScalarNode):
            return "a list or a mapping cannot be a key"
        if key.style is None and key.value in ("", "<<"):
            return "merge keys ('<<') are not read; write the keys" if key.value else "a key is missing before ':'"
        if key.value in values:
            first = self.document.places[(*path, key.value)]
            line = f" (first in line {self.source.line(first.key)})" if self.source.is_file else ""
            return f"the key '{key.value}' stands here again{line}; keep one"
        return None

    def _index(self, node: yaml.Node) -> int:
        index: int = node.start_mark.index
        return self.start + index


# What PyYAML says, in order of precedence, and what a person can do about it. `True`: the beginning of what could
# not be read is a better place for the caret than where it was given up.
_EXPLANATIONS = (
    (r"found character '\t'", False, "a tab; YAML wants spaces"),
    ("quoted scalar found unexpected end of stream", True, "this quote is never closed"),
    ("flow sequence expected ',' or ']', but got '<stream end>'", True, "this '[' is never closed"),
    ("flow mapping expected ',' or '}', but got '<stream end>'", True, "this '{' is never closed"),
    ("flow sequence expected", False, "expected ',' or ']'"),
    ("flow mapping expected", False, "expected ',' or '}'"),
    (
        "mapping values are not allowed",
        False,
        "no ':' can stand here; indent the line like those above, or quote the text",
    ),
    ("sequence entries are not allowed", False, "no list item can begin here; put it on a line of its own"),
    ("expected <block end>", False, "this fits nothing above it; indent it like the lines above, or quote all of it"),
    ("could not find expected ':'", True, "a key without ':'"),
    ("unknown escape character", False, r"unknown escape; write '\\' for a backslash, or use single quotes"),
    ("that cannot start any token", False, "a text cannot begin with this character; quote it"),
    ("found undefined alias", False, "this alias names no anchor above it"),
    ("duplicate anchor", False, "this anchor stands twice"),
    ("undefined tag handle", False, "tags are not read; leave it out"),
    ("expected the node content", False, "a value is expected here"),
    ("but found another document", False, "a second document begins here; a config is one"),
)


def _explained(error: yaml.MarkedYAMLError) -> tuple[int, str]:
    """Where reading stopped, and why."""
    said = " ".join(part for part in (error.context, error.problem) if part)
    known = [(at_context, what) for fragment, at_context, what in _EXPLANATIONS if fragment in said]
    at_context, explanation = known[0] if known else (False, f"not YAML: {said}")
    mark = error.context_mark if at_context else error.problem_mark
    return mark.index if mark else 0, said if isinstance(error, _TooMuch) else explanation
