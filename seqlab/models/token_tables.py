"""The tables of a model that have a row per token: its embeddings, and the weights that give logits of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras


def input_table(model: keras.Model, names: Sequence[str]) -> np.ndarray | None:
    """The rows that the model reads for its tokens, (vocabulary, width) float32: the table of the first layer of these
    names that it has. None if it has none."""
    from seqlab.layers.bag import SumOfRows
    from seqlab.layers.embedding import Embedding

    layers = {layer.name: layer for layer in model.layers}
    for layer in (layers[name] for name in names if name in layers):
        if isinstance(layer, Embedding | SumOfRows):
            return np.asarray(layer.table)
    return None


def output_table(model: keras.Model) -> np.ndarray:
    """The rows whose products with the model's last vector are the logits of tokens, (vocabulary, width) float32.

    Tied logits have the rows of the embedding.
    """
    from seqlab.layers.logits import Logits

    layer = model.get_layer("logits")
    return np.asarray(layer.table) if isinstance(layer, Logits) else np.asarray(layer.kernel).T
