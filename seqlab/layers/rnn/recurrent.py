"""Recurrent layers: simple, LSTM and GRU; one or both directions; masks, initial and final states.

One layer for all models and devices. How a cell is unrolled over time depends on cell, units and device, for reasons
that were measured (docs/speed.md); the results agree to 1e-5.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqlab.layers.embedding import rows
from seqlab.layers.rnn import unroll
from seqlab.layers.rnn.cells import CELLS, Tensors
from seqlab.layers.rnn.forward import Unrolling, Weights
from seqlab.runtime import has_gpu

COMPILED_UNITS: Mapping[str, int] = {"simple_rnn": 64, "lstm": 64, "gru": 128}
"""Up to this many units compiled chunks are faster: a step is many small operations, which XLA fuses. Above, it is two
products, at which TensorFlow is no slower, and nothing has to be compiled. Measured with batches of 8 to 64."""


OF_CUDNN = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
"""Keras calls cuDNN for these cells; its simple RNN is a loop."""

HALVED_UNITS = 64
"""From this many units on, training in one direction unrolls two halves of the batch in parallel: a quarter to a third
less time on two cores. Two directions occupy both cores already, and smaller steps are too short to share."""


def unroll_function(cell: str, units: int, *, training: bool) -> unroll.UnrollFunction:
    """How a cell is unrolled on a CPU. The Keras layer was slower for every shape that was measured.

    On a GPU so is a simple RNN, which cuDNN does not have in Keras, always compiled: a step is many small kernels.
    Without training nothing is compiled: a single `predict` takes less time than the compilation would.
    """
    if not training:
        return unroll.unroll_without_gradients
    return unroll.unroll_compiled if units <= COMPILED_UNITS[cell] or has_gpu() else unroll.unroll_plain


@dataclass(frozen=True)
class Direction:
    """The weights of one direction in the shapes of the Keras layers."""

    kernel: keras.Variable
    """(features, gates · units)"""
    recurrent_kernel: keras.Variable
    """(units, gates · units)"""
    bias: keras.Variable
    """(gates · units,); (2, gates · units) for a GRU"""
    on_gpu: keras.layers.RNN | None
    """A Keras layer that uses these weights when called, and cuDNN"""


class Recurrent(keras.layers.Layer):
    """A recurrent layer: (batch, time, features) → last output (batch, units), or outputs (batch, time, units).

    `cell`: simple_rnn, lstm or gru. `bidirectional`: the outputs of both directions are concatenated, the second one
    reads from the last step to the first. `vocabulary_size`: inputs are ids (batch, time) int32 and mean one-hot
    vectors of that width, which are never built: such a vector times the kernel is a row of it.

    `mask`: (batch, time) bool, right-padded (on a GPU also with a token in every row: cuDNN demands both). A masked
    step leaves the state as it was and has an output of zero. `initial_state`: for each direction a tuple of the cell's
    states, (h,) or (h, c), each (batch, units). `return_state`: the layer returns (output, states), with states of that
    form in float32 under every precision policy.
    """

    def __init__(
        self,
        cell: str,
        units: int,
        *,
        bidirectional: bool = False,
        return_sequences: bool = False,
        return_state: bool = False,
        vocabulary_size: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.cell, self.units, self.vocabulary_size = cell, units, vocabulary_size
        self.return_sequences, self.return_state = return_sequences, return_state
        self.direction_names = ("forward", "backward") if bidirectional else ("forward",)
        self.supports_masking = True
        self.supports_jit = False  # `unroll_function` decides what XLA compiles
        self.keeps_gradients = False

    def build(self, inputs_shape: Sequence[int | None]) -> None:
        features = inputs_shape[-1] if self.vocabulary_size is None else self.vocabulary_size
        self.directions = tuple(self._add_direction(name, features) for name in self.direction_names)

    def _add_direction(self, name: str, features: int | None) -> Direction:
        def add(
            weight: str, shape: tuple[int | None, ...], initializer: str | Callable[..., tf.Tensor]
        ) -> keras.Variable:
            return self.add_weight(name=f"{name}_{weight}", shape=shape, initializer=initializer, autocast=False)

        width = CELLS[self.cell].gates * self.units
        bias_shape = (2, width) if self.cell == "gru" else (width,)
        return Direction(
            add("kernel", (features, width), "glorot_uniform"),
            add("recurrent_kernel", (self.units, width), "orthogonal"),
            add("bias", bias_shape, unit_forget_bias if self.cell == "lstm" else "zeros"),
            self._keras_layer(reverse=name == "backward") if self.cell in OF_CUDNN and has_gpu() else None,
        )

    def call(
        self,
        inputs: tf.Tensor,
        mask: tf.Tensor | None = None,
        initial_state: Sequence[Tensors] | None = None,
        training: bool | None = None,
    ) -> Any:
        results = []
        for i, direction in enumerate(self.directions):
            states = self.zero_state(tf.shape(inputs)[0]) if initial_state is None else initial_state[i]
            states = tuple(tf.cast(state, tf.float32) for state in states)
            single = is_single_step(inputs, mask)
            if direction.on_gpu is not None and not single:
                results.append(self._unroll_on_gpu(direction, direction.on_gpu, inputs, mask, states))
            else:
                saving = bool(training) and (direction.on_gpu is None or not single)
                results.append(self._unroll(direction, inputs, mask, states, reverse=i == 1, training=saving))
        output = tf.concat([outputs if self.return_sequences else states[0] for outputs, states in results], axis=-1)
        output = tf.cast(output, self.compute_dtype)
        return (output, tuple(states for _, states in results)) if self.return_state else output

    @property
    def state_count(self) -> int:
        """States of the cell: 1, or 2 for an LSTM."""
        return CELLS[self.cell].state_count

    def zero_state(self, batch: int | tf.Tensor) -> Tensors:
        """The states of one direction before the first step, (batch, units) float32 each."""
        return (tf.zeros((batch, self.units)),) * self.state_count

    def _unroll(
        self,
        direction: Direction,
        inputs: tf.Tensor,
        mask: tf.Tensor | None,
        states: Tensors,
        *,
        reverse: bool,
        training: bool,
    ) -> tuple[tf.Tensor | None, Tensors]:
        unrolling = Unrolling(CELLS[self.cell], reverse, self.return_sequences)
        weights = Weights(
            tf.cast(direction.recurrent_kernel.value, self.compute_dtype),
            tf.convert_to_tensor(direction.bias.value),
            None if self.vocabulary_size else tf.cast(direction.kernel.value, self.compute_dtype),
        )
        inputs = rows(direction.kernel, inputs) if self.vocabulary_size else inputs
        inputs = tf.cast(inputs, self.compute_dtype)  # (batch, time, features) or (batch, time, gates · units)
        function = unroll_function(self.cell, self.units, training=training)
        if self.keeps_gradients and not training:
            function = unroll.unroll_plain
        if training and len(self.directions) == 1 and self.units >= HALVED_UNITS and not has_gpu():
            function = unroll.in_batch_halves(function)
        outputs, final = function(unrolling, inputs, mask, weights, states)
        if outputs is not None:
            outputs.set_shape([*inputs.shape[:2], self.units])
        for state in final:
            state.set_shape([inputs.shape[0], self.units])
        return outputs, final

    def _unroll_on_gpu(
        self,
        direction: Direction,
        layer: keras.layers.RNN,
        inputs: tf.Tensor,
        mask: tf.Tensor | None,
        states: Tensors,
    ) -> tuple[tf.Tensor | None, Tensors]:
        """By the Keras layer, which uses cuDNN. Ids become rows of the kernel, which it multiplies by the identity."""
        if self.vocabulary_size is None:
            kernel = tf.cast(direction.kernel.value, layer.compute_dtype)
        else:
            inputs = rows(direction.kernel, inputs)  # (batch, time, gates · units)
            kernel = tf.eye(inputs.shape[-1], dtype=layer.compute_dtype)
        inputs = tf.cast(inputs, layer.compute_dtype)
        layer.cell.kernel = kernel
        layer.cell.recurrent_kernel = tf.cast(direction.recurrent_kernel.value, layer.compute_dtype)
        layer.cell.bias = tf.cast(direction.bias.value, layer.compute_dtype)
        outputs, *final = layer(inputs, mask=mask, initial_state=list(states))
        layer.cell.kernel = layer.cell.recurrent_kernel = layer.cell.bias = None  # tensors of this graph
        outputs = tf.reverse(outputs, [1]) if layer.go_backwards and self.return_sequences else outputs
        return outputs, tuple(tf.cast(state, tf.float32) for state in final)

    def _keras_layer(self, *, reverse: bool) -> keras.layers.RNN:
        """A Keras layer that meets cuDNN's conditions and has no weights: those of this layer serve on every device, so
        that a run can move between devices. cuDNN has states and products in one type: states that are passed on are
        float32, and so are the products then."""
        layer = OF_CUDNN[self.cell](
            self.units,
            return_sequences=self.return_sequences,
            return_state=True,
            go_backwards=reverse,
            zero_output_for_mask=True,
            seed=0,  # of an unused dropout; otherwise drawn from Python's generator
            dtype="float32" if self.return_state else self.dtype_policy,
        )
        layer.cell.built = layer.built = True
        return layer

    def compute_output_spec(
        self, inputs: keras.KerasTensor, mask: Any = None, initial_state: Any = None, training: Any = None
    ) -> Any:
        batch, time = inputs.shape[:2]
        width = self.units * len(self.direction_names)
        shape = (batch, time, width) if self.return_sequences else (batch, width)
        output = keras.KerasTensor(shape, dtype=self.compute_dtype)
        if not self.return_state:
            return output
        states = tuple(keras.KerasTensor((batch, self.units), dtype="float32") for _ in range(self.state_count))
        return output, (states,) * len(self.direction_names)


@contextlib.contextmanager
def keeping_gradients(model: keras.Model) -> Iterator[None]:
    """What is traced inside keeps what the gradients of recurrent layers need, outside training too: TensorFlow can
    derive them from `unroll_without_gradients`, in three times the time."""
    layers = [layer for layer in model.layers if isinstance(layer, Recurrent)]
    for layer in layers:
        layer.keeps_gradients = True
    try:
        yield
    finally:
        for layer in layers:
            layer.keeps_gradients = False


def is_single_step(inputs: tf.Tensor, mask: tf.Tensor | None) -> bool:
    """Whether inputs (batch, time, …) are one step, known when the graph is traced: as a decoder reads word by word.

    It is computed by the cell itself on every device. cuDNN would transpose and pack the weights for each word, and the
    gradient of a loop around it has no kernel on a GPU: it stacks what cuDNN reserves, which is int8.
    """
    return mask is None and inputs.shape[1] == 1


def unit_forget_bias(shape: tuple[int, ...], dtype: str | None = None) -> tf.Tensor:
    """1 for the forget gate, 0 for the others (Jozefowicz et al. 2015, section 2.2): (4 · units,)."""
    return tf.constant(np.repeat([0.0, 1.0, 0.0, 0.0], shape[0] // 4), dtype=dtype or "float32")
