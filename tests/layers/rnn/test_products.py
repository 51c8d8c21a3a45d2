"""The order of the factors' numbers: which processor takes which, and that both give the same."""

import numpy as np
import pytest
import tensorflow as tf
from keras_twins import assert_like_keras, force
from random_tensors import normal

from seqlab.layers.rnn import products

AVX2, AVX512 = ["avx2", "fma"], ["avx2", "fma", "avx512f"]


@pytest.fixture
def processor(monkeypatch):
    """Lets the processor have other instructions, and oneDNN other settings."""

    def having(instructions, **settings):
        monkeypatch.setattr(products, "processor_instructions", lambda: instructions)
        for name in ("TF_ENABLE_ONEDNN_OPTS", "ONEDNN_MAX_CPU_ISA"):
            monkeypatch.delenv(name, raising=False)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        products.multiplies_with_avx2.cache_clear()

    yield having
    monkeypatch.undo()
    products.multiplies_with_avx2.cache_clear()


@pytest.mark.parametrize(
    ("instructions", "settings", "expected"),
    [
        (AVX2, {}, True),
        (AVX512, {}, False),
        (AVX512, {"ONEDNN_MAX_CPU_ISA": "AVX2_VNNI"}, True),
        (AVX512, {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE"}, False),
        (AVX2, {"TF_ENABLE_ONEDNN_OPTS": "0"}, False),
        (["asimd"], {}, False),
        (None, {}, False),
    ],
)
def test_which_processor_reads_the_transpose(processor, instructions, settings, expected):
    processor(instructions, **settings)
    assert products.multiplies_with_avx2() is expected


@pytest.mark.parametrize("instructions", [AVX2, AVX512])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_products_are_those_of_numpy(processor, instructions, dtype):
    processor(instructions)
    kernel = tf.cast(normal(256, 768), dtype)
    h, g = normal(5, 256, seed=1), normal(5, 768, seed=2)
    exact = np.asarray(tf.cast(kernel, "float32"), np.float64)
    tolerance = {"rtol": 0, "atol": 1e-3 if dtype == "float32" else 1.5}
    np.testing.assert_allclose(products.by_kernel(kernel)(h), np.asarray(h) @ exact, **tolerance)
    np.testing.assert_allclose(products.by_kernel_once(kernel)(h), np.asarray(h) @ exact, **tolerance)
    np.testing.assert_allclose(products.by_transposed_kernel(kernel)(g), np.asarray(g) @ exact.T, **tolerance)


@pytest.mark.parametrize(("instructions", "units", "transposed"), [(AVX2, 256, 1), (AVX2, 255, 0), (AVX512, 256, 0)])
def test_the_kernel_is_transposed_once_before_the_loop(processor, instructions, units, transposed):
    processor(instructions)

    @tf.function
    def three_times(kernel, h):
        product = products.by_kernel(kernel)
        return tf.while_loop(lambda t, h: t < 3, lambda t, h: (t + 1, product(h)[:, :units]), (0, h))

    graph = three_times.get_concrete_function(tf.zeros((units, 4 * units)), tf.zeros((2, units))).graph
    assert sum(operation.type == "Transpose" for operation in graph.get_operations()) == transposed
    (body,) = (each for name, each in graph._functions.items() if "body" in name)
    assert "Transpose" not in {node.op for node in body.cached_definition.node_def}


@pytest.mark.parametrize("cell", ["lstm", "gru", "simple_rnn"])
def test_a_layer_of_transposed_kernels_is_that_of_keras(processor, monkeypatch, cell):
    processor(AVX2)
    monkeypatch.setattr(products, "TRANSPOSED_UNITS", 1)
    force(monkeypatch, "plain")
    assert_like_keras(cell, bidirectional=True, time=7, lengths=[7, 3, 1])
