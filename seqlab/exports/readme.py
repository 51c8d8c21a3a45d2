"""The README of an export: the run's model card, and how the export is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seqlab.experiment.card import model_card
from seqlab.exports.written import Written
from seqlab.runs import Run

AFTER = "## Results"
"""The section of the card before which those of the export are put."""


def readme(run: Run, written: Written, agreement: str, plugins: Sequence[str]) -> str:
    """Markdown: what it is, five lines that use it, what it takes and gives, and how it was checked; then the card,
    without its chapter on how the run is used."""
    card = model_card(run, plugins=plugins)
    before, use, after = card.partition("\n## Use\n")
    card = f"{before}\n{after[after.index('## ') :]}" if use else card  # how the run is used, by seqlab
    head, heading, rest = card.partition(f"{AFTER}\n")
    return "\n\n".join([head.rstrip("\n"), *_sections(run, written, agreement), f"{heading}{rest}"])


def _sections(run: Run, written: Written, agreement: str) -> Iterator[str]:
    yield "## This export"
    yield (
        f"Run `{run.id}` as {written.title}. It needs no seqlab: after `pip install {written.needs}`, in this folder:"
    )
    yield f"```python\n{written.usage}\n```"
    yield "\n".join(f"- {line}" for line in written.interface)
    yield "\n".join(f"- {line}" for line in (*written.notes, f"Checked when it was written: {agreement}."))
    yield "`sha256sum --check sha256.txt` tells whether a file changed since."
