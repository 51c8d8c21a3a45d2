"""Texts from arguments, files, stdin and a prompt."""

import io

import pytest

from seqlab.cli import texts
from seqlab.errors import DataError


def test_texts_are_read_lazily() -> None:
    lines = texts.lines_of(io.BytesIO(b"one\n\xff\n"), "pipe")
    assert next(lines) == "one"
    with pytest.raises(DataError, match="pipe, line 2"):
        next(lines)
