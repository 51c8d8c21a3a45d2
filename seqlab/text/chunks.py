"""Splits a corpus into chunks, so that memory and progress do not depend on its size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

from seqlab.progress import Progress

_CHARACTERS = 2**20


def chunks(texts: Sequence[str], progress: Progress, description: str) -> Iterator[Sequence[str]]:
    """Consecutive texts of about a million characters together, at least one text each, as one step of `progress`."""
    with progress.step(description, len(texts), "texts") as step:
        for chunk in cut(texts, repeat(_CHARACTERS)):
            yield chunk
            step.advance(len(chunk))


def cut(texts: Iterable[str], sizes: Iterable[int]) -> Iterator[list[str]]:
    """Consecutive texts, at least one in each chunk. A chunk ends with the text that brings it to its size in
    characters; `sizes` has one for each. No text is taken from an iterator before its chunk is asked for."""
    remaining = iter(texts)
    for size in sizes:
        chunk: list[str] = []
        characters = 0
        for text in remaining:
            chunk.append(text)
            characters += len(text)
            if characters >= size:
                break
        if not chunk:
            return
        yield chunk
