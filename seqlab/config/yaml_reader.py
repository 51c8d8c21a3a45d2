"""Reads YAML with the core schema of YAML 1.2, and records the location of every value.

PyYAML scans and composes nodes. Plain scalars are resolved here: `1e-3` is a number, only `true` and `false` are
booleans, and `no`, `1:30`, `010` and dates are texts. Keys are always texts. Tags, merge keys, and documents that would
take too long to read are refused. docs/architecture.md says why this is not done with ruamel.yaml.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import Reader

from seqlab.config.problems import ConfigError
from seqlab.config.source_map import Document, KeyPath, Source, SourceLocation
from seqlab.errors import RequestError

LARGEST_FILE = 256 * 1024
DEEPEST = 32
MOST_VALUES = 10_000
"""Counted after aliases are expanded, so that a few lines cannot expand to billions of values."""

FOR_DATA = "For data, let `seqlab init TASK --data FILE` write a config"

_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,299})")
_OTHER_BASE = re.compile(r"0o[0-7]{1,299}|0x[0-9a-fA-F]{1,299}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_FINITE = re.compile(r"([-+]?)\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def read_file(path: Path) -> Source:
    """The text of a file. Raises RequestError if it cannot be read, ConfigError if it is not UTF-8."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except IsADirectoryError:
        raise RequestError(f"{path} is a directory; a config is a YAML file. {FOR_DATA}") from None
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > LARGEST_FILE:
        raise RequestError(f"{path} is larger than {LARGEST_FILE // 1024} KiB, the limit for a config. {FOR_DATA}")
    name = str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
    try:
        return Source(name, content.decode("utf-8-sig"), is_file=True)
    except UnicodeDecodeError as error:
        source = Source(name, content.decode("utf-8-sig", errors="replace"), is_file=True)
        valid = content[: error.start].decode("utf-8-sig")
        message = f"byte 0x{content[error.start]:02x} at offset {error.start} is not UTF-8; save the file as UTF-8"
        raise ConfigError([source.problem(len(valid), (), message)]) from None


def read_yaml(source: Source, start: int = 0, path: KeyPath = ()) -> Document:
    """The values in the source's text from the character `start` on, as the value at `path` of a document.

    Raises ConfigError for errors that stop the parser; other problems are in the document.
    """
    text = (source.text or "")[start:]
    if match := Reader.NON_PRINTABLE.search(text):
        message = f"YAML does not allow the control character U+{ord(match.group()):04X}; remove it"
        raise ConfigError([source.problem(start + match.start(), path, message)])
    document = Document(None, {path: SourceLocation(source, start, start)})
    composer = _Composer(text)
    try:
        root = composer.get_single_node()
        if root is not None:
            document.value = _Values(document, source, start, composer.tags).of(root, path)
    except yaml.MarkedYAMLError as error:
        index, message = _explained(error)
        raise ConfigError([source.problem(start + index, path, message)]) from None
    return document


def plain_value(text: str) -> Any:
    """The value of an unquoted scalar."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OTHER_BASE.fullmatch(text):
        return int(text, base=0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if match := _NOT_FINITE.fullmatch(text):
        return float(f"{match[1] or ''}{match[2] or match[3]}")
    return text


class _LimitExceeded(yaml.MarkedYAMLError):
    """A document so large or deep that reading it would take too long or overflow the stack."""

    @classmethod
    def check(cls, mark: yaml.Mark, depth: int, count: int) -> None:
        if depth > DEEPEST:
            raise cls(problem=f"nested deeper than {DEEPEST} levels, the limit for a config", problem_mark=mark)
        if count > MOST_VALUES:
            raise cls(problem=f"more than {MOST_VALUES} values, the limit for a config", problem_mark=mark)


class _Composer(yaml.BaseLoader):
    """PyYAML's composer without resolving scalars, which records tags by node and enforces limits."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = self.count = 0
        self.tags: dict[yaml.Node | None, str] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        _LimitExceeded.check(event.start_mark, self.depth, self.count)
        self.depth += 1
        self.count += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        if tag := getattr(event, "tag", None):
            self.tags[node] = tag.replace("tag:yaml.org,2002:", "!!")
        if isinstance(node, yaml.ScalarNode):
            # JSON, which is valid YAML, writes a character above U+FFFF as two escapes: "\ud83d\ude00".
            node.value = node.value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        return node


class _Values:
    """Converts nodes to values, and records their locations in the document."""

    def __init__(self, document: Document, source: Source, start: int, tags: dict[yaml.Node | None, str]) -> None:
        self.document, self.source, self.start, self.tags = document, source, start, tags
        self.count = 0

    def of(self, node: yaml.Node, path: KeyPath, key: yaml.Node | None = None) -> Any:
        """The value of `node`. An alias inside its own anchor soon exceeds the depth limit."""
        self.count += 1
        _LimitExceeded.check(node.start_mark, len(path), self.count)
        self.document.locations[path] = SourceLocation(self.source, self._index(key or node), self._index(node))
        if tag := self.tags.pop(node, None):
            self.document.add_problem(path, f"tags such as '{tag}' are not supported; remove it")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.ScalarNode):
            if match := _LONE_SURROGATE.search(node.value):
                message = f"the lone surrogate U+{ord(match.group()):04X} is not a character; complete or remove it"
                self.document.add_problem(path, message)
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
            return "merge keys ('<<') are not supported; write the keys" if key.value else "a key is missing before ':'"
        if key.value in values:
            first = self.document.locations[(*path, key.value)]
            line = f" (first on line {self.source.line(first.key)})" if self.source.is_file else ""
            return f"duplicate key '{key.value}'{line}; keep one"
        return None

    def _index(self, node: yaml.Node) -> int:
        index: int = node.start_mark.index
        return self.start + index


# Fragments of PyYAML's messages, in order of precedence, and messages for users. `True`: the caret is at the start of
# the construct that could not be read, not where the parser stopped.
_EXPLANATIONS = (
    (r"found character '\t'", False, "a tab; YAML requires spaces"),
    ("quoted scalar found unexpected end of stream", True, "this quote is never closed"),
    ("flow sequence expected ',' or ']', but got '<stream end>'", True, "this '[' is never closed"),
    ("flow mapping expected ',' or '}', but got '<stream end>'", True, "this '{' is never closed"),
    ("flow sequence expected", False, "expected ',' or ']'"),
    ("flow mapping expected", False, "expected ',' or '}'"),
    (
        "mapping values are not allowed",
        False,
        "unexpected ':'; indent the line like those above, or quote the text",
    ),
    ("sequence entries are not allowed", False, "unexpected list item; put it on its own line"),
    ("expected <block end>", False, "does not continue the lines above; indent it like them, or quote all of it"),
    ("could not find expected ':'", True, "a key without ':'"),
    ("unknown escape character", False, r"unknown escape; write '\\' for a backslash, or use single quotes"),
    ("that cannot start any token", False, "a text cannot start with this character; quote it"),
    ("found undefined alias", False, "this alias has no anchor above it"),
    ("duplicate anchor", False, "duplicate anchor"),
    ("undefined tag handle", False, "tags are not supported; remove it"),
    ("expected the node content", False, "expected a value"),
    ("but found another document", False, "a second document starts here; a config is one document"),
)


def _explained(error: yaml.MarkedYAMLError) -> tuple[int, str]:
    """The position of an error of PyYAML, and a message for users."""
    text = " ".join(part for part in (error.context, error.problem) if part)
    known = [(at_context, what) for fragment, at_context, what in _EXPLANATIONS if fragment in text]
    at_context, explanation = known[0] if known else (False, f"not YAML: {text}")
    mark = error.context_mark if at_context else error.problem_mark
    return mark.index if mark else 0, text if isinstance(error, _LimitExceeded) else explanation
