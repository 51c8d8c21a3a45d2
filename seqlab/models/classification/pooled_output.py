"""The output layers that convolutional and Transformer classifiers share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from seqlab.models.classification.classifier import ClassifierContext

if TYPE_CHECKING:
    import keras


class _Options(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def dropout(self) -> float: ...
    def beside_features(
        self, context: ClassifierContext, inputs: dict[str, keras.KerasTensor], hidden: keras.KerasTensor
    ) -> keras.KerasTensor: ...


def pooled_classifier(
    options: _Options,
    context: ClassifierContext,
    ids: keras.KerasTensor,
    vectors: keras.KerasTensor,
    mask: keras.KerasTensor,
    *,
    pooling: Literal["mean", "max"],
) -> keras.Model:
    """Vectors (batch, time, width) to logits: layer norm over the residual sum, masked pooling, dropout, dense.

    The features are concatenated before the dense layer."""
    import keras

    from seqlab.layers.normalization import layer_norm
    from seqlab.layers.pooling import masked_max, masked_mean

    pooled = {"mean": masked_mean, "max": masked_max}[pooling](layer_norm("norm")(vectors), mask)
    pooled = keras.layers.Dropout(options.dropout, name="dropout")(pooled)
    inputs = {"ids": ids}
    pooled = options.beside_features(context, inputs, pooled)
    logits = keras.layers.Dense(context.outputs, dtype="float32", name="logits")(pooled)
    return keras.Model(inputs, logits, name=options.name)
