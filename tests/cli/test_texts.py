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


@pytest.mark.parametrize("encoding", [None, "utf-16-le", "latin-1"])
def test_a_line_without_an_end_is_refused_instead_of_read_for_ever(tmp_path, monkeypatch, encoding):
    monkeypatch.setattr(texts, "LONGEST_LINE", 10)
    path = tmp_path / "endless"
    path.write_bytes(f"nine char\n{'0' * 100}".encode(encoding or "utf-8"))
    with pytest.raises(DataError, match="endless, line 2: more than 10 characters and no line feed"):
        texts.process_texts([], str(path), list, encoding)
    path.write_bytes(f"nine char\n{'0' * 10}".encode(encoding or "utf-8"))
    read: list[str] = []
    texts.process_texts([], str(path), read.extend, encoding)
    assert read == ["nine char", "0" * 10]
