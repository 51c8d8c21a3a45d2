"""The texts that a loaded run is given from Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from seqlab.errors import RequestError
from seqlab.text_format import quoted


def each_text(texts: str | Iterable[str]) -> Iterator[str]:
    """One text, or several. Raises RequestError for what is no string: text is never read letter by letter, nor a
    table by the names of its columns."""
    kind = type(texts).__name__
    if isinstance(texts, bytes | Mapping) or kind == "DataFrame":
        raise RequestError(f"expected a text or a list of texts, got a {kind}; give one column of it")
    if not isinstance(texts, Iterable):
        raise RequestError(f"expected a text or a list of texts, got {quoted(texts)}, which is of the type {kind}")
    return map(_text, [texts] if isinstance(texts, str) else texts)


def _text(text: str) -> str:
    if not isinstance(text, str):
        raise RequestError(f"expected texts, got {quoted(text)}, which is of the type {type(text).__name__}")
    return text
