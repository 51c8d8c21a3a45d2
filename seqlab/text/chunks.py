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
