"""Texts in portions, so that memory and progress do not depend on how many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seqlab.progress import Progress

_CHARACTERS = 2**20


def chunks(texts: Sequence[str], progress: Progress, what: str) -> Iterator[Sequence[str]]:
    """Runs of texts of about a million characters together, at least one text each, as one step of `progress`."""
    with progress.step(what, len(texts), "texts") as step:
        first, characters = 0, 0
        for place, text in enumerate(texts, start=1):
            characters += len(text)
            if characters >= _CHARACTERS or place == len(texts):
                yield texts[first:place]
                step.advance(place - first)
                first, characters = place, 0
