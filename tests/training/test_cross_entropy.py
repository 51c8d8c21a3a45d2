import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close

from seqlab.training.cross_entropy import cross_entropy

SIZE = 11


def as_it_is_defined(wanted, logits, smoothing, first):
    """−Σ target · log softmax, differentiated by TensorFlow."""
    shares = tf.where(tf.range(SIZE) < first, 0.0, smoothing / (SIZE - first))
    target = (1 - smoothing) * tf.one_hot(wanted, SIZE) + shares
    return -tf.reduce_sum(target * tf.nn.log_softmax(logits), axis=-1)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("first", [0, 4])
@pytest.mark.parametrize("places", [(7,), (2, 3), (0,)])
@pytest.mark.parametrize("compiled", [False, True])
def test_loss_and_gradient_are_those_of_the_definition(smoothing, first, places, compiled):
    rng = np.random.default_rng(0)
    logits = tf.constant(rng.normal(scale=30, size=(*places, SIZE)), tf.float32)
    wanted = tf.constant(rng.integers(4, SIZE, places), tf.int32)
    upstream = tf.constant(rng.normal(size=places), tf.float32)

    def both(function):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            losses = function(wanted, logits, smoothing, first=first)
        return losses, tape.gradient(losses, logits, upstream)

    ours = tf.function(both, jit_compile=True) if compiled else both
    for ours_of, theirs in zip(ours(cross_entropy), both(as_it_is_defined), strict=True):
        assert ours_of.shape == theirs.shape
        assert_close(ours_of, theirs)


def test_scores_that_are_far_apart_stay_finite():
    logits = tf.constant([[1e4, -1e4, 0.0]])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = cross_entropy(tf.constant([1]), logits, 0.3)
    assert float(loss[0]) == pytest.approx(1e4 - (0.7 * -1e4 + 0.1 * (1e4 - 1e4)), rel=1e-5)
    assert_close(tape.gradient(loss, logits), [[0.9, -0.8, -0.1]])


def test_on_a_gpu_the_gradient_is_the_same_bit_for_bit(simulated_gpu, monkeypatch):
    """There without a scatter, which a deterministic one computes on the host."""
    ids, logits = tf.constant([3, 0, 2]), tf.Variable(np.linspace(-3, 4, 15, dtype=np.float32).reshape(3, 5))

    def gradient():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(cross_entropy(ids, logits, 0.1) * [0.5, 2.0, 1.0])
        return tape.gradient(loss, logits).numpy()

    there = gradient()
    monkeypatch.undo()
    np.testing.assert_array_equal(there, gradient())
