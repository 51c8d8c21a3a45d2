"""A step function with known logits: the result of a search can be computed without it."""

import numpy as np
import tensorflow as tf

END, SIZE, SOURCE = 1, 4, 3
TABLE = np.random.default_rng(3).normal(size=(97, SIZE)).astype(np.float32) * 2
HIGHEST = np.abs(TABLE).max()
"""What log-probabilities near 0 are differences of, and so the scale of their rounding."""
LOOKS = np.random.default_rng(4).dirichlet([0.3] * SOURCE, 97).astype(np.float32)
MASK = np.array([[True, True, True], [True, True, False], [True, False, False], [True, True, True]])


def step(ids, state):
    """The logits depend on the sentence and on all ids before: a beam with another's state is noticed."""
    state = (state * 5 + tf.cast(ids, tf.int64) + 1) % 97
    return tf.gather(TABLE, state), state


def step_with_attention(ids, state):
    logits, state = step(ids, state)
    return logits, state, tf.gather(LOOKS, state)


def in_python(sentence, ids):
    """Log probability of each id of a sequence and the attention at it."""
    state, before, steps, looks = sentence, 0, [], []
    for word in ids:
        state = (state * 5 + before + 1) % 97
        logits = TABLE[state].astype(np.float64)
        steps.append(logits - np.log(np.exp(logits).sum()))
        looks.append(LOOKS[state])
        before = word
    return sum(logits[word] for logits, word in zip(steps, ids, strict=True)), np.array(looks)


def score(sentence, ids, beam, mask=None, unknown=None):
    value, looks = in_python(sentence, ids)
    value -= beam.unknown_penalty * sum(word == unknown for word in ids)
    ranked = value / ((5 + len(ids)) / 6) ** beam.length_penalty
    if mask is not None:
        ranked += beam.coverage_penalty * np.log(np.clip(looks.sum(axis=0), 1e-9, 1))[mask].sum()
    return ranked
