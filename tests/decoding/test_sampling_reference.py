"""Sampled ids that must never change: a text is reproduced by its seed and options, also by a later version."""

import pytest
import tensorflow as tf

from seqlab.decoding.sampling import Sampler
from seqlab.decoding.sampling_options import SamplingOptions

SIZE, EXCLUDED, COUNT = 12, (0,), 24
PROMPTS = [[3, 1], [3, 1]]

# (options, seed, ids of the first sample, ids of the second), recorded on a CPU with TensorFlow 2.21.
RECORDED = [
    ({}, 0, "2 1 1 2 2 1 4 11 1 2 1 1 3 1 1 2 1 3 1 1 1 1 1 4", "1 3 1 2 1 1 1 1 2 2 1 1 1 2 2 1 1 2 1 2 2 3 11 1"),
    ({}, 7, "9 2 2 2 1 1 1 1 1 3 3 1 1 1 3 1 2 1 2 2 5 11 11 1", "2 3 1 1 1 2 2 2 1 3 1 2 1 1 2 2 1 2 1 5 9 3 9 3"),
    (
        {},
        2**63 - 1,
        "3 1 2 2 2 3 2 1 1 2 1 2 2 1 2 3 10 1 1 1 3 1 2 2",
        "4 2 1 1 1 1 1 1 1 1 2 1 3 1 2 2 1 2 3 1 1 1 2 1",
    ),
    (
        {"temperature": 0},
        0,
        "1 2 1 1 2 1 2 1 1 2 1 2 1 1 2 1 2 1 1 2 1 2 1 1",
        "1 2 1 1 2 1 2 1 1 2 1 2 1 1 2 1 2 1 1 2 1 2 1 1",
    ),
    (
        {"temperature": 0, "repetition_penalty": 1.3},
        0,
        "2 1 1 2 1 1 2 1 2 1 1 2 1 2 1 1 2 1 2 1 1 2 1 2",
        "2 1 1 2 1 1 2 1 2 1 1 2 1 2 1 1 2 1 2 1 1 2 1 2",
    ),
    (
        {"temperature": 0.7},
        0,
        "2 1 1 2 2 1 3 2 1 2 1 1 2 1 1 2 1 3 1 1 1 1 1 4",
        "1 3 1 2 1 1 1 1 2 2 1 1 1 2 2 1 1 2 1 2 1 3 10 1",
    ),
    (
        {"temperature": 0.7},
        7,
        "4 10 2 1 2 1 1 1 1 3 2 1 1 1 3 1 2 1 2 2 3 2 2 1",
        "2 2 1 1 1 2 2 2 1 2 1 2 1 1 2 2 1 2 1 4 2 1 2 2",
    ),
    (
        {"temperature": 0.7},
        2**63 - 1,
        "2 1 2 1 2 2 2 1 1 2 1 2 2 1 2 3 2 1 1 1 2 1 2 1",
        "3 1 1 1 1 1 1 1 1 1 2 1 3 1 2 2 1 2 2 1 1 1 2 1",
    ),
    (
        {"top_k": 3},
        0,
        "2 1 1 2 2 1 3 2 1 2 1 1 2 1 1 2 1 3 1 1 1 1 1 3",
        "1 3 1 2 1 1 1 1 2 2 1 1 1 2 2 1 1 1 1 2 2 2 3 1",
    ),
    (
        {"top_k": 3},
        7,
        "3 1 2 2 1 1 1 1 1 3 3 1 1 1 3 1 2 1 2 2 3 11 2 1",
        "2 2 1 1 1 2 2 2 1 2 1 2 1 1 2 2 1 2 1 3 1 2 2 2",
    ),
    (
        {"top_k": 3},
        2**63 - 1,
        "2 1 2 2 2 2 2 1 1 2 1 2 2 1 2 3 11 1 1 1 2 1 2 2",
        "3 1 1 1 1 1 1 1 1 1 2 1 3 1 2 2 1 2 2 1 1 1 2 1",
    ),
    (
        {"top_p": 0.5},
        0,
        "2 1 1 1 2 1 2 1 1 2 1 1 2 1 1 1 1 2 1 1 1 1 1 2",
        "1 2 1 2 1 1 1 1 1 2 1 1 1 2 2 1 1 1 1 1 2 2 1 1",
    ),
    (
        {"top_p": 0.5},
        7,
        "2 1 2 1 2 1 1 1 1 2 2 1 1 1 2 1 2 1 1 2 2 1 2 1",
        "2 1 1 1 1 1 2 2 1 2 1 1 1 1 2 2 1 2 1 2 1 2 1 2",
    ),
    (
        {"top_p": 0.5},
        2**63 - 1,
        "2 1 2 1 2 1 2 1 1 2 1 2 1 1 2 2 1 1 1 1 2 1 1 2",
        "2 1 1 1 1 1 1 1 1 1 2 1 2 1 2 1 1 2 2 1 1 1 2 1",
    ),
    (
        {"top_p": 0.93},
        0,
        "2 1 1 2 2 1 3 2 1 2 1 1 3 1 1 2 1 3 1 1 1 1 1 4",
        "1 3 1 2 1 1 1 1 2 2 1 1 1 2 2 1 1 2 1 2 2 2 3 1",
    ),
    (
        {"top_p": 0.93},
        7,
        "4 10 2 2 1 1 1 1 1 3 3 1 1 1 3 1 2 1 2 2 3 11 3 1",
        "2 2 1 1 1 2 2 2 1 2 1 2 1 1 2 2 1 2 1 3 2 1 2 2",
    ),
    (
        {"top_p": 0.93},
        2**63 - 1,
        "2 1 2 2 2 2 2 1 1 2 1 2 2 1 2 3 3 1 1 1 2 1 2 2",
        "3 1 1 1 1 1 1 1 1 1 2 1 3 1 2 2 1 2 2 1 1 1 2 1",
    ),
    (
        {"min_p": 0.1},
        0,
        "2 1 1 2 2 1 4 11 1 2 1 1 3 1 1 2 1 3 1 1 1 1 1 4",
        "1 3 1 2 1 1 1 1 2 2 1 1 1 2 2 1 1 2 1 2 2 2 3 1",
    ),
    (
        {"min_p": 0.1},
        7,
        "4 10 2 2 1 1 1 1 1 3 3 1 1 1 3 1 2 1 2 2 3 11 2 1",
        "2 2 1 1 1 2 2 2 1 2 1 2 1 1 2 2 1 2 1 4 3 10 2 2",
    ),
    (
        {"min_p": 0.1},
        2**63 - 1,
        "2 1 2 2 2 2 2 1 1 2 1 2 2 1 2 3 11 1 1 1 2 1 2 2",
        "3 1 1 1 1 1 1 1 1 1 2 1 3 1 2 2 1 2 2 1 1 1 2 1",
    ),
    (
        {"repetition_penalty": 1.2},
        0,
        "3 1 1 2 3 1 5 11 2 2 1 1 3 1 1 2 1 4 2 1 1 1 1 5",
        "1 3 1 2 1 1 2 1 2 2 1 1 1 2 2 1 1 2 1 2 2 3 11 1",
    ),
    (
        {"repetition_penalty": 1.2},
        7,
        "10 2 2 2 2 1 1 1 1 4 11 1 1 1 3 1 2 1 2 2 9 4 11 1",
        "2 3 1 1 1 2 2 2 1 3 2 1 1 1 2 2 1 2 1 5 9 4 11 3",
    ),
    (
        {"repetition_penalty": 1.2},
        2**63 - 1,
        "3 1 2 2 2 3 2 1 1 3 1 2 2 1 2 4 11 1 1 1 3 1 2 2",
        "4 2 1 1 1 1 1 1 1 1 2 1 3 1 2 2 1 2 3 1 1 1 2 1",
    ),
    (
        {"temperature": 1.5, "top_k": 9, "top_p": 0.97, "min_p": 0.001, "repetition_penalty": 1.1},
        0,
        "3 2 1 2 3 1 11 3 1 3 1 1 3 1 2 1 1 4 2 1 1 1 1 5",
        "2 4 1 2 1 1 2 1 2 3 1 1 1 2 2 1 1 2 1 2 2 3 11 1",
    ),
    (
        {"temperature": 1.5, "top_k": 9, "top_p": 0.97, "min_p": 0.001, "repetition_penalty": 1.1},
        7,
        "11 2 2 2 2 1 1 1 1 4 11 2 1 1 3 1 2 1 2 2 11 4 11 1",
        "3 11 1 1 1 2 2 2 1 3 2 2 1 1 2 2 1 2 1 5 9 4 11 5",
    ),
    (
        {"temperature": 1.5, "top_k": 9, "top_p": 0.97, "min_p": 0.001, "repetition_penalty": 1.1},
        2**63 - 1,
        "3 1 2 2 2 4 11 1 1 3 1 2 3 1 2 5 11 2 1 1 3 2 2 2",
        "5 7 6 6 6 7 6 7 4 6 9 3 11 2 2 2 1 2 3 1 1 1 2 1",
    ),
    (
        {"temperature": 0.4, "top_k": 6, "top_p": 0.8, "min_p": 0.05, "repetition_penalty": 1.05},
        0,
        "2 1 1 2 2 1 2 2 1 2 1 1 2 1 1 1 1 3 1 1 1 1 1 3",
        "1 2 1 2 1 1 1 1 2 2 1 1 1 2 1 1 1 2 1 1 2 2 2 1",
    ),
    (
        {"temperature": 0.4, "top_k": 6, "top_p": 0.8, "min_p": 0.05, "repetition_penalty": 1.05},
        7,
        "2 1 2 1 2 1 1 1 1 3 1 1 1 1 2 1 2 1 1 2 2 2 1 1",
        "2 2 1 1 1 2 1 2 1 2 1 1 1 1 2 1 1 2 1 2 1 2 2 1",
    ),
    (
        {"temperature": 0.4, "top_k": 6, "top_p": 0.8, "min_p": 0.05, "repetition_penalty": 1.05},
        2**63 - 1,
        "2 1 2 1 2 2 1 1 1 2 1 2 2 1 2 2 1 1 1 1 2 1 1 2",
        "2 1 1 1 1 1 1 1 1 1 2 1 2 1 2 1 1 2 2 1 1 1 2 1",
    ),
]


def step(ids, state):
    """Logits that depend on all ids so far and, within a row, far enough apart for rounding not to matter."""
    state = 0.5 * state + tf.sin(tf.cast(ids[:, None] * 7 + tf.range(SIZE, dtype=tf.int64) * 13, tf.float32))
    return 2 * state, state


@pytest.fixture(scope="module")
def sampler():
    return Sampler(step, SIZE, EXCLUDED)


@pytest.mark.parametrize(("options", "seed", "first", "second"), RECORDED)
def test_ids_are_those_recorded(sampler, options, seed, first, second):
    carry = sampler.start(tf.zeros((2, SIZE)), PROMPTS)
    ids = sampler.advance(carry, SamplingOptions(**options, seed=seed), COUNT)[0].numpy()
    assert [" ".join(map(str, row)) for row in ids.tolist()] == [first, second]
