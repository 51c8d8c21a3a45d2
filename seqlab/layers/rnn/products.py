"""The product with the recurrent kernel that each step of the loop over time takes, in the order of its factors'
numbers that the processor multiplies fastest.

With AVX2 instructions, oneDNN takes twice as long for the kernel (512, 2048) of an LSTM as for its transpose; with
AVX-512 the transpose takes twice as long. docs/speed.md has the figures. Why was not looked into.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable

import tensorflow as tf

from seqlab.runs.environment import processor_instructions

Product = Callable[[tf.Tensor], tf.Tensor]
"""(batch, n) float32 → (batch, m) float32"""

TRANSPOSED_UNITS = 256
"""From this number of units on the order matters; below it, XLA compiles the loop, and has an order of its own."""


def by_kernel(kernel: tf.Tensor) -> Product:
    """h (batch, units) → h · kernel (batch, gates · units), taken in the kernel's dtype, which may be half precision.

    kernel: (units, gates · units). Called outside the loop over time, because it may transpose the kernel.
    """
    return _multiplied(tf.transpose(kernel), transposed=True) if _transposed(kernel) else by_kernel_once(kernel)


def by_kernel_once(kernel: tf.Tensor) -> Product:
    """The same for a single step, which would pay for the transposition."""
    return _multiplied(kernel, transposed=False)


def by_transposed_kernel(kernel: tf.Tensor) -> Product:
    """g (batch, gates · units) → g · kernelᵀ (batch, units), for the loop of the gradients."""
    if _transposed(kernel):
        return _multiplied(kernel, transposed=True)
    return _multiplied(tf.transpose(kernel), transposed=False)


def _multiplied(factor: tf.Tensor, *, transposed: bool) -> Product:
    return lambda rows: tf.cast(tf.matmul(tf.cast(rows, factor.dtype), factor, transpose_b=transposed), tf.float32)


def _transposed(kernel: tf.Tensor) -> bool:
    return kernel.shape[0] >= TRANSPOSED_UNITS and kernel.dtype == tf.float32 and multiplies_with_avx2()


@functools.cache
def multiplies_with_avx2() -> bool:
    """Whether oneDNN multiplies with AVX2 instructions and has no AVX-512, or is told to leave that alone."""
    if os.environ.get("TF_ENABLE_ONEDNN_OPTS") == "0":
        return False  # Eigen multiplies, which rearranges the transpose at every step
    instructions = processor_instructions() or ()
    largest = os.environ.get("ONEDNN_MAX_CPU_ISA", "")
    return "avx2" in instructions and ("avx512f" not in instructions or largest.startswith("AVX2"))
