"""Weights that two models share by the names of their layers, and how those of the one begin the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

HEAD = "logits"
"""The layer that answers."""

Weights = Mapping[str, Mapping[str, np.ndarray]]
"""Layer → weight (its path within the layer) → values."""


SameRows = tuple[np.ndarray, np.ndarray]
"""The rows of a table that two models share: those of the one and those of the other, (shared,) int64 each."""


@dataclass(frozen=True)
class SharedLayers:
    """What a model takes from another, and what stays random in it."""

    values: Weights
    taken: tuple[str, ...]
    """Layers all of whose weights are taken."""
    partly: Mapping[str, tuple[str, ...]]
    """Layers that the other model has only in part → the weights that stay random."""
    random: Mapping[str, str]
    """Layers that stay random → why."""

    def place(self, model: keras.Model) -> None:
        """Write what is taken into a model like the one that it was found for."""
        for layer in model.layers:
            for name, weight in _own_weights(layer).items():
                if name in self.values.get(layer.name, {}):
                    weight.assign(self.values[layer.name][name])


def weights_of(model: keras.Model) -> Weights:
    """Copies of the weights of a model."""
    return {
        layer.name: {name: np.array(weight.numpy()) for name, weight in own.items()}
        for layer in model.layers
        if (own := _own_weights(layer))
    }


def shared_layers(
    model: keras.Model, source: Weights, rows_of: Callable[[str], SameRows], *, head: bool
) -> SharedLayers:
    """What a model with random weights takes from the weights of another: all layers whose names and shapes agree.

    Tables with a row per token take the rows of the same tokens, which `rows_of` knows by the name of the layer; the
    others stay random. A linear solution is neither: it is that of the model's own data. `head`: whether the last layer
    may be taken, because both models answer the same.
    """
    from seqlab.layers.linear_features import LinearFeatures

    values: dict[str, dict[str, np.ndarray]] = {}
    taken, partly, random = [], {}, {}
    for layer in model.layers:
        own = {name: np.array(weight.numpy()) for name, weight in _own_weights(layer).items()}
        if not own or isinstance(layer, LinearFeatures):
            continue
        if reason := _why_not(layer, own, source, head=head):
            random[layer.name] = reason
            continue
        given = source[layer.name]
        values[layer.name] = {
            name: _with_rows(value, given[name], rows_of(layer.name))
            if _has_row_per_token(layer, name)
            else given[name]
            for name, value in own.items()
            if name in given
        }
        if missing := tuple(name for name in own if name not in given):
            partly[layer.name] = missing
        else:
            taken.append(layer.name)
    return SharedLayers(values, tuple(taken), partly, random)


def tables_of(model: keras.Model) -> set[str]:
    """The layers that are nothing but a table with a row per token."""
    from seqlab.layers.embedding import Embedding

    return {layer.name for layer in model.layers if isinstance(layer, Embedding)}


def _own_weights(layer: keras.layers.Layer) -> dict[str, keras.Variable]:
    """Path within the layer → weight; without those that the layer only uses, such as the table of tied logits."""
    marked = ((f"/{weight.path}".partition(f"/{layer.name}/")[2], weight) for weight in layer.weights)
    return {name: weight for name, weight in marked if name}


def _why_not(layer: keras.layers.Layer, own: Mapping[str, np.ndarray], source: Weights, *, head: bool) -> str | None:
    """Why a layer stays random; None: it is taken."""
    from seqlab.layers.embedding import ColumnEmbeddings

    if layer.name == HEAD and not head:
        return "answers something else"
    if isinstance(layer, ColumnEmbeddings):
        return "has the categories of its own data"
    if layer.name not in source:
        return "is not in that run"
    return next(_other_shapes(layer, own, source[layer.name]), None)


def _other_shapes(
    layer: keras.layers.Layer, own: Mapping[str, np.ndarray], given: Mapping[str, np.ndarray]
) -> Iterator[str]:
    for name, value in own.items():
        if name in given:
            free = 1 if _has_row_per_token(layer, name) else 0
            if value.shape[free:] != given[name].shape[free:]:
                yield f"{name} is {value.shape} here and {given[name].shape} there"
    if not own.keys() & given.keys():
        yield "has other weights there"


def _has_row_per_token(layer: keras.layers.Layer, name: str) -> bool:
    """Whether the first axis of a weight are the ids that the model reads."""
    from seqlab.layers.bag import SumOfRows
    from seqlab.layers.embedding import Embedding
    from seqlab.layers.rnn import Recurrent

    if isinstance(layer, Recurrent):
        return layer.vocabulary_size is not None and name in {"forward_kernel", "backward_kernel"}
    return isinstance(layer, Embedding | SumOfRows) and name == "table"


def _with_rows(own: np.ndarray, given: np.ndarray, rows: SameRows) -> np.ndarray:
    """A table with the rows of the same tokens."""
    values, (before, after) = own.copy(), rows
    values[after] = given[before]
    return values
