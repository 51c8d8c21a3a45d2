"""Learning rates by depth, for layers that were trained before: discriminative fine-tuning and gradual unfreezing
(Howard & Ruder 2018, sections 3.2 and 3.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import keras
import tensorflow as tf

from seqlab.layers.embedding import Embedding
from seqlab.layers.positions import LearnedPositions


class LayerRates:
    """Factors of the learning rate for the groups of layers of a model, the last layers first.

    Group g, counted from 0, has the factor `layer_decay`^−g. With `unfreeze_epochs` it is 0 until g · `unfreeze_epochs`
    epochs are done. The factors of an epoch are a pure function of its number, so that a resumed training has the same.
    They are in one TensorFlow variable: another epoch retraces nothing.
    """

    def __init__(self, model: keras.Model, *, layer_decay: float, unfreeze_epochs: int | None) -> None:
        self.layer_decay, self.unfreeze_epochs = layer_decay, unfreeze_epochs
        self.groups = layer_groups(model)
        self._places = {  # a table that tied logits use too belongs to the lower group, which comes later
            id(variable): place
            for place, group in enumerate(self.groups)
            for layer in group
            for variable in layer.trainable_variables
        }
        self._factors = tf.Variable(self.factors(1), trainable=False, name="layer_factors")

    def factors(self, epoch: int) -> list[float]:
        """The factor of each group in an epoch, counted from 1."""
        return [
            self.layer_decay**-place if self._is_trained(place, epoch) else 0.0 for place in range(len(self.groups))
        ]

    def begin_epoch(self, epoch: int) -> None:
        self._factors.assign(self.factors(epoch))

    def of(self, variable: keras.Variable) -> tf.Tensor:
        """The factor of a variable of the model, () float32."""
        return self._factors[self._places[id(variable)]]

    def lines(self, epochs: int) -> Iterator[str]:
        """The groups in words, each with its factor and the first of the `epochs` that trains it."""
        for place, group in enumerate(self.groups):
            begin = 1 if self.unfreeze_epochs is None else 1 + place * self.unfreeze_epochs
            since = f", from epoch {begin}" if begin > 1 else ""
            if begin > epochs:
                since += f": never, with {epochs} epochs; set training.epochs higher or training.unfreeze_epochs lower"
            names = ", ".join(layer.name for layer in group)
            yield f"{names}: {self.layer_decay**-place:.4g} of the learning rate{since}"

    def _is_trained(self, place: int, epoch: int) -> bool:
        return self.unfreeze_epochs is None or place * self.unfreeze_epochs < epoch


def layer_groups(model: keras.Model) -> list[list[keras.layers.Layer]]:
    """The layers with weights to train in groups of one depth, the last ones first.

    A layer without a matrix, such as a norm, belongs to the one that reads it; tables that are added or read side by
    side, of tokens, positions and sides, are the lowest group together.
    """
    groups: list[list[keras.layers.Layer]] = []
    above: list[keras.layers.Layer] = []
    tables: list[keras.layers.Layer] = []
    for layer in _layers_to_train(model):
        if isinstance(layer, Embedding | LearnedPositions):
            tables.append(layer)
            continue
        above.append(layer)
        if any(len(variable.shape) > 1 for variable in layer.trainable_variables) or layer.name == "logits":
            groups.insert(0, above)
            above = []
    if above:
        groups.insert(0, above)
    return [*groups, tables] if tables else groups


def _layers_to_train(model: keras.Model) -> Sequence[keras.layers.Layer]:
    return [layer for layer in model.layers if layer.trainable_variables]
