"""Text that a run generates, piece by piece. Each piece is a job of its own: other requests have their turn between two
pieces, and a client that reads slowly, or not at all, keeps nothing busy."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

from seqlab.decoding.sampling_options import SamplingOptions
from seqlab.serving.served_run import ServedRun


async def open_stream(
    run: ServedRun, prompt: str | None, *, length: int, samples: int, sampling: SamplingOptions
) -> AsyncIterator[list[str]]:
    """For each sample the text since the last piece. Raises RequestError for a prompt that cannot be read, before
    anything is generated."""
    pieces = await run.worker.call(
        lambda: run.loaded.stream_text(prompt, length=length, samples=samples, sampling=sampling)
    )
    return _pieces(run, pieces)


async def _pieces(run: ServedRun, pieces: Iterator[list[str]]) -> AsyncIterator[list[str]]:
    while (piece := await run.worker.call(lambda: next(pieces, None))) is not None:
        yield piece


@dataclass
class UntilStop:
    """Cuts a text that comes in pieces before one of some texts: the one that is whole first, however the pieces are
    cut. What may be the beginning of one is held back until it is known.

    >>> text = UntilStop(["end"])
    >>> text.add("the e"), text.add("n"), text.add("d of it"), text.stopped
    ('the ', '', '', True)
    """

    stops: Sequence[str]
    held: str = ""
    stopped: bool = False
    shown: list[str] = field(default_factory=list)
    """The pieces that were returned."""

    def add(self, piece: str) -> str:
        """What can be shown now."""
        if self.stopped:
            return ""
        text = self.held + piece
        found = [(place + len(stop), place) for stop in self.stops if (place := text.find(stop)) >= 0]
        if found:
            self.stopped, self.held = True, ""
            return self._show(text[: min(found)[1]])
        keep = max((_overlap(text, stop) for stop in self.stops), default=0)
        self.held = text[len(text) - keep :]
        return self._show(text[: len(text) - keep])

    def rest(self) -> str:
        """What was held back, when no more text comes."""
        held, self.held = self.held, ""
        return self._show(held)

    @property
    def text(self) -> str:
        return "".join(self.shown)

    def _show(self, text: str) -> str:
        self.shown.append(text)
        return text


def _overlap(text: str, stop: str) -> int:
    """How many characters at the end of the text are the beginning of `stop`."""
    return next((size for size in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:size])), 0)
