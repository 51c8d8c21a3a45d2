"""The outputs of a model as a function of the vectors of its tokens, with gradients."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras


def embedding_of(model: keras.Model) -> Any:
    """The layer that turns the `ids` of a functional model into vectors; None if there is none: one-hot tokens, bags,
    and models without a text."""
    import keras

    from seqlab.layers.embedding import Embedding

    kinds = (Embedding, keras.layers.Embedding)
    found = [layer for layer in model.layers if isinstance(layer, kinds)]
    return found[0] if len(found) == 1 else None


class TokenGradients:
    """A functional model cut after its `embedding`. What the model reads besides, it reads as it is."""

    def __init__(self, model: keras.Model, embedding: Any) -> None:
        self.model, self.embedding = model, embedding

    def vectors(self, ids: np.ndarray) -> np.ndarray:
        """ids (1, time) int32 → their vectors (time, width) float32."""
        return np.asarray(self.embedding(ids)[0], np.float32)

    def __call__(
        self, vectors: np.ndarray, batch: Mapping[str, np.ndarray], weights: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """vectors (variants, time, width) → the sum of the outputs times `weights` (outputs,) for each variant,
        (variants,) float64, and its gradient with respect to the vectors, (variants, time, width) float32.

        `batch`: the tensors that the model reads of one text, such as `ids` (1, time), which tell what is padding.
        """
        import tensorflow as tf

        given = {name: tf.constant(np.repeat(batch[name], len(vectors), axis=0)) for name in self.model.input}
        scores, gradients = self._compiled(tf.constant(vectors, tf.float32), given, tf.constant(weights, tf.float32))
        return scores.numpy().astype(np.float64), gradients.numpy()

    @cached_property
    def _compiled(self) -> Any:
        import keras
        import tensorflow as tf

        from seqlab.layers.rnn.recurrent import keeping_gradients

        names = list(self.model.input)
        inputs = [*self.model.input.values(), self.embedding.output]
        rest = keras.Model(inputs, self.model.output)
        vectors_of_any_length = tf.TensorSpec((None, None, self.embedding.output.shape[-1]), tf.float32)
        given_of_any_length = {name: tf.TensorSpec(each.shape, each.dtype) for name, each in self.model.input.items()}

        @tf.function(
            input_signature=[vectors_of_any_length, given_of_any_length, tf.TensorSpec((None,), tf.float32)],
            autograph=False,
        )
        def scores_and_gradients(
            vectors: tf.Tensor, given: Mapping[str, tf.Tensor], weights: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape() as tape:
                tape.watch(vectors)
                typed = tf.cast(vectors, self.embedding.compute_dtype)
                outputs = tf.cast(rest([*(given[name] for name in names), typed], training=False), tf.float32)
                scores = tf.reduce_sum(outputs * weights, axis=1)
            return scores, tape.gradient(scores, vectors, unconnected_gradients="zero")

        with keeping_gradients(self.model):
            scores_and_gradients.get_concrete_function()
        return scores_and_gradients
