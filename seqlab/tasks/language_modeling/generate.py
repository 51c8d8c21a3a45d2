"""Text generation with a language model, in pieces."""

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

    from seqlab.decoding.sampling import Sampler

IDS_PER_CALL = 128
"""A twentieth of a second: text appears smoothly, and a call costs little compared with its steps."""
INCOMPLETE = "\N{REPLACEMENT CHARACTER}"
"""The decoded form of a character whose last bytes are not generated yet."""


def generate(
    model: keras.Model,
    vectorizer: FittedVectorizer,
    prompt: np.ndarray,
    *,
    length: int,
    samples: int,
    sampling: SamplingOptions,
    excluded: Collection[int],
) -> Iterator[list[str]]:
    """Continue the ids of a prompt, (ids,) int32, by `length` ids: lists with the next piece of text of each sample.

    `excluded`: ids that are never generated. The prompt is not part of the text.
    """
    import tensorflow as tf

    excluded = tuple(sorted(excluded))
    name = "_".join(map(str, ("sampler", *excluded)))
    sampler = kept(model, name, lambda: _sampler(model, vectorizer.size, excluded))
    carry = sampler.start(model.initial_state(samples), tf.constant(np.tile(prompt, (samples, 1))))
    generated = np.empty((samples, 0), np.int32)  # (samples, ids)
    before = [vectorizer.decode(prompt.tolist())] * samples
    while (left := length - generated.shape[1]) > 0:
        ids, carry = sampler.advance(carry, sampling, min(IDS_PER_CALL, left))
        generated = np.concatenate([generated, ids.numpy()], axis=1)
        # Decoded from the beginning each time: the text of a token may depend on the tokens before it.
        texts = [vectorizer.decode([*prompt.tolist(), *row.tolist()]) for row in generated]
        if generated.shape[1] < length:
            texts = [text.rstrip(INCOMPLETE) for text in texts]
        yield [text[len(shown) :] for text, shown in zip(texts, before, strict=True)]
        before = texts


def _sampler(model: keras.Model, vocabulary_size: int, excluded: tuple[int, ...]) -> Sampler:
    from seqlab.decoding.sampling import Sampler

    def step(ids: tf.Tensor, state: Any) -> tuple[tf.Tensor, Any]:
        logits, state = model.advance(ids[:, None], state, training=False)  # (batch, 1, vocabulary)
        return logits[:, 0], state

    return Sampler(step, vocabulary_size, excluded)
