"""What a graph consists of that is saved as a SavedModel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seqlab.exports.agreement import Agreement
from seqlab.exports.feature_inputs import FeatureInputs
from seqlab.exports.graph_inputs import GraphInput


@dataclass(frozen=True)
class Graph:
    """Functions from an input to answers, with all that they need."""

    tracked: Sequence[Any]
    """Variables and modules that are saved with the functions."""
    signatures: Mapping[str, Any]
    """Name → `tf.function` with an input signature."""
    reads: GraphInput | None
    """The input of the text; None for rows without one."""
    outputs: Sequence[str]
    """What the signatures give, a line of Markdown each."""
    compare: Callable[[Mapping[str, Any], Sequence[Any], Path], Agreement]
    """(the signatures as they are loaded, texts or rows, the folder of the model) → whether they answer as the run."""
    text_columns: Sequence[str] = ()
    """The columns that are joined by spaces to the text, if there are several."""
    columns: FeatureInputs | None = None
    """The inputs of categories and numbers."""
    extra_inputs: Sequence[str] = ()
    """What else a signature takes, a line of Markdown each."""
    texts: int = 256
    """How many texts are compared."""
    answers: str = "labels"
    """The output that the example prints."""
    example: str = "a text of your own"
    """The text in the lines that show how it is used."""
