"""How a text comes into a graph: as it is, or, where TensorFlow cannot encode it, as the ids of its tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from seqlab.exports.vectorizer_files import SCRIPT, refuse_plugin_functions, run_script, write_vectorizer
from seqlab.text.tensorflow_encoders import encoder_for
from seqlab.text.vectorizer import FittedVectorizer

if TYPE_CHECKING:
    import tensorflow as tf

NOTHING = -1
"""What fills rows of ids that are shorter than others."""


@dataclass(frozen=True)
class GraphInput:
    """The input `text` (texts,) strings, or `ids` (texts, tokens) int32 with NOTHING at the end of shorter rows."""

    fitted: FittedVectorizer
    name: Literal["text", "ids"]
    token_ids: Callable[[tf.Tensor], tf.RaggedTensor]
    """The input → the ids of all tokens (texts, None), int32; the row of a text without tokens is empty."""
    tables: Sequence[Any]
    """What has to be saved with the graph."""
    reason: str = ""
    """Why it does not take text."""

    @property
    def specification(self) -> tf.TensorSpec:
        import tensorflow as tf

        if self.name == "text":
            return tf.TensorSpec([None], tf.string, name="text")
        return tf.TensorSpec([None, None], tf.int32, name="ids")

    def write(self, directory: Path) -> None:
        """For ids, what makes them of texts."""
        if self.name == "ids":
            write_vectorizer(self.fitted, directory)

    def tensor(self, texts: Sequence[str], directory: Path) -> tf.Tensor:
        """The input for texts, as someone makes it who has the export alone: `directory` is its folder."""
        import tensorflow as tf

        if self.name == "text":
            return tf.constant(np.array([text.encode("utf-8", "replace") for text in texts], object), tf.string)
        return tf.constant(padded([script(directory).ids(text) for text in texts]))


def graph_input(fitted: FittedVectorizer) -> GraphInput:
    """The input for a vectorizer. Raises RequestError for one that calls code of a plug-in."""
    refuse_plugin_functions(fitted)
    reasons = getattr(fitted, "options").not_exportable  # noqa: B009  # the protocol does not name it
    if reasons:
        return GraphInput(fitted, "ids", _rows_of_ids, (), "; ".join(reasons))
    encoder = encoder_for(fitted)
    tables = [table for table in (encoder.ids, getattr(encoder, "removed", None)) if table is not None]
    return GraphInput(fitted, "text", encoder.token_ids, tables)


def _rows_of_ids(ids: tf.Tensor) -> tf.RaggedTensor:
    import tensorflow as tf

    return tf.RaggedTensor.from_tensor(ids, padding=NOTHING)


def padded(rows: Sequence[Sequence[int]]) -> np.ndarray:
    """Rows of ids as an array, (rows, longest) int32."""
    longest = max(map(len, rows), default=0)
    return np.array([[*row, *[NOTHING] * (longest - len(row))] for row in rows], np.int32).reshape(len(rows), longest)


def script(directory: Path) -> Any:
    """The vectorizer of the script that an export holds."""
    return run_script(directory / SCRIPT).Vectorizer(directory)
