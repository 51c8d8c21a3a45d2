"""Text from a language model, piece by piece."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.decoding.sampling_options import SamplingOptions
from seqlab.models.kept import kept
from seqlab.text.vectorizer import FittedVectorizer

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

AT_ONCE = 128
"""Tokens per call, a twentieth of a second: a screen fills smoothly, and the calls cost little beside the steps."""
INCOMPLETE = "\N{REPLACEMENT CHARACTER}"
"""How the first bytes of a character are decoded while the others are still to come."""


def write(
    model: keras.Model,
    vectorizer: FittedVectorizer,
    prompt: np.ndarray,
    *,
    length: int,
    samples: int,
    sampling: SamplingOptions,
    excluded: Collection[int],
) -> Iterator[list[str]]:
    """What comes after the ids of a prompt, (ids,): of each sample the next piece, until `length` ids are written."""
    import tensorflow as tf

    excluded = tuple(sorted(excluded))
    name = "_".join(map(str, ("sampler", *excluded)))
    sampler = kept(model, name, lambda: _sampler(model, vectorizer.size, excluded))
    carry = sampler.start(model.initial_state(samples), tf.constant(np.tile(prompt, (samples, 1))))
    written = np.empty((samples, 0), np.int32)
    before = [vectorizer.decode(prompt.tolist())] * samples
    while (left := length - written.shape[1]) > 0:
        ids, carry = sampler.advance(carry, sampling, min(AT_ONCE, left))
        written = np.concatenate([written, ids.numpy()], axis=1)
        # Decoded from the beginning each time: what a token looks like may depend on those before it.
        texts = [vectorizer.decode([*prompt.tolist(), *row.tolist()]) for row in written]
        if written.shape[1] < length:
            texts = [text.rstrip(INCOMPLETE) for text in texts]
        yield [text[len(seen) :] for text, seen in zip(texts, before, strict=True)]
        before = texts


def _sampler(model: keras.Model, vocabulary_size: int, excluded: tuple[int, ...]) -> Any:
    from seqlab.decoding.sampling import Sampler

    def step(ids: tf.Tensor, state: Any) -> tuple[tf.Tensor, Any]:
        logits, state = model.advance(ids[:, None], state, training=False)
        return logits[:, 0], state

    return Sampler(step, vocabulary_size, excluded)
