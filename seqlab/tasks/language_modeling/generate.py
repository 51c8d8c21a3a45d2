"""Generating text with a language model, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.decoding.sampling_options import SamplingOptions
from seqlab.text.vectorizer import FittedVectorizer

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from seqlab.decoding.sampling import Sampler

IDS_PER_CALL = 128
"""About a twentieth of a second: text streams smoothly, and a call costs little beside its steps."""
INCOMPLETE = "\N{REPLACEMENT CHARACTER}"
"""How the first bytes of a character are decoded before the others are generated."""


def without_first_space(pieces: Iterator[list[str]], samples: int) -> Iterator[list[str]]:
    """The same pieces without the space that the text of a sample begins with."""
    begun = [False] * samples
    for piece in pieces:
        yield [text if old else text.removeprefix(" ") for text, old in zip(piece, begun, strict=True)]
        begun = [old or bool(text) for text, old in zip(piece, begun, strict=True)]


class TextGenerator:
    """Generates ids and decodes them; holds the sampler that is compiled for the model."""

    def __init__(self, model: keras.Model, vectorizer: FittedVectorizer) -> None:
        self.model, self.vectorizer = model, vectorizer

    def generate(
        self, prompt: np.ndarray, *, length: int, samples: int, sampling: SamplingOptions
    ) -> Iterator[list[str]]:
        """Continue prompt ids (ids,) by `length` ids: for each sample the text since the last piece."""
        import tensorflow as tf

        carry = self._sampler.start(self.model.initial_state(samples), tf.constant(np.tile(prompt, (samples, 1))))
        generated = np.empty((samples, 0), np.int32)
        before = [self.vectorizer.decode(prompt.tolist())] * samples
        while (left := length - generated.shape[1]) > 0:
            ids, carry = self._sampler.advance(carry, sampling, min(IDS_PER_CALL, left))
            generated = np.concatenate([generated, ids.numpy()], axis=1)
            # Decoded from the beginning each time: how a token is written may depend on those before it.
            texts = [self.vectorizer.decode([*prompt.tolist(), *row.tolist()]) for row in generated]
            if generated.shape[1] < length:
                texts = [text.rstrip(INCOMPLETE) for text in texts]
            yield [text[len(shown) :] for text, shown in zip(texts, before, strict=True)]
            before = texts

    @cached_property
    def _sampler(self) -> Sampler:
        from seqlab.decoding.sampling import Sampler

        def step(ids: tf.Tensor, state: Any) -> tuple[tf.Tensor, Any]:
            logits, state = self.model.advance(ids[:, None], state, training=False)
            return logits[:, 0], state

        never_generated = tuple(range(len(self.vectorizer.vocabulary.specials)))
        return Sampler(step, self.vectorizer.size, never_generated)
