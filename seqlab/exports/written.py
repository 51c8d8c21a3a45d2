"""What a format tells of what it wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from seqlab.exports.agreement import Agreement


@dataclass(frozen=True)
class Written:
    """A model in a folder, and what the README says of it."""

    title: str
    """What it is, such as `a TensorFlow SavedModel`."""
    usage: str
    """A few lines of Python that use it from the folder of the export."""
    needs: str
    """The packages that they need, as `pip install` takes them."""
    interface: Sequence[str]
    """What it takes and gives, a line of Markdown each."""
    compare: Callable[[Sequence[Any]], Agreement]
    """Ask the export and the run about the same texts, or rows of a run that reads columns. The export is read from
    the disk."""
    texts: int = 256
    """How many texts are compared."""
    notes: Sequence[str] = field(default_factory=tuple)
    """What a user should know: what differs from the run, and how it is served."""
