"""Splits a corpus into chunks, so that memory and progress do not depend on its size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seqlab.progress import Progress

_CHARACTERS = 2**20


def chunks(texts: Sequence[str], progress: Progress, description: str) -> Iterator[Sequence[str]]:
    """Consecutive texts of about a million characters together, at least one text each, as one step of `progress`."""
    with progress.step(description, len(texts), "texts") as step:
        chunk: list[str] = []
        characters = 0
        for text in texts:
            chunk.append(text)
            characters += len(text)
            if characters >= _CHARACTERS:
                yield chunk
                step.advance(len(chunk))
                chunk, characters = [], 0
        if chunk:
            yield chunk
            step.advance(len(chunk))


def pieces(text: str) -> Iterator[str]:
    """The text in consecutive parts that end with a line, of about a million characters if its lines are shorter; at
    least one."""
    start = 0
    while True:
        end = text.find("\n", start + _CHARACTERS) + 1
        yield text[start : end or len(text)]
        if not end or end == len(text):
            return
        start = end
