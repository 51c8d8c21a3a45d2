"""From ids of sentences to text in TensorFlow operations, with spaces placed as `Detokenizer` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from seqlab.text.detokenizer import Detokenizer
from seqlab.text.sentences import UNKNOWN_ID, Sentences
from seqlab.text.subwords import FittedSubwords
from seqlab.text.vocabulary import OF_SENTENCES

if TYPE_CHECKING:
    import tensorflow as tf

    Texts = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]

LEFT, RIGHT, PAIRED = 1, 2, 4
"""Bits of an attachment: to the left neighbor, to the right one, to both in turn."""
BITS = {"apart": 0, "left": LEFT, "right": RIGHT, "both": LEFT | RIGHT, "paired": PAIRED}


def sentences_function(sentences: Sentences) -> Texts:
    """(ids (sentences, time) int32, lengths (sentences,)) → texts (sentences,): `Sentences.text` of each row."""
    import tensorflow as tf

    fitted = sentences.vectorizer
    tokens = [fitted.vocabulary.token(number) for number in range(fitted.size)]
    written = tf.constant(np.array([token.encode("utf-8", "surrogateescape") for token in tokens], object), tf.string)
    tight = fitted.character_counts is not None
    bits = _bits(sentences.detokenizer, tokens)

    def texts(ids: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        shown = (ids == UNKNOWN_ID) | (ids >= len(OF_SENTENCES))
        shown &= tf.range(tf.shape(ids)[1]) < lengths[:, None]
        rows = tf.ragged.boolean_mask(ids, shown)
        if sentences.options.traits.reverses:
            rows = tf.reverse(rows, axis=[1])
        words = tf.gather(written, rows)
        if sentences.detokenizer is not None:
            touching = _touching(rows, tf.gather(tf.constant(bits), rows))
            return tf.strings.reduce_join(tf.where(touching, words, tf.strings.join([" ", words])), axis=-1)
        joined = tf.strings.reduce_join(words, axis=-1, separator="" if tight else " ")
        if isinstance(fitted, FittedSubwords):
            joined = tf.strings.unicode_transcode(joined, "UTF-8", "UTF-8")  # invalid bytes become U+FFFD
        return _stripped(joined)

    return texts


def _bits(detokenizer: Detokenizer | None, tokens: Sequence[str]) -> np.ndarray:
    attachments = {} if detokenizer is None else detokenizer.attachments
    return np.array([BITS[attachments.get(token, "apart")] for token in tokens], np.int32)


def _touching(ids: tf.RaggedTensor, bits: tf.RaggedTensor) -> tf.RaggedTensor:
    """Whether no space is before each token, (sentences, None) bool."""
    import tensorflow as tf

    dense, own = ids.to_tensor(-1), bits.to_tensor(0)
    earlier = tf.linalg.band_part(tf.cast(dense[:, :, None] == dense[:, None, :], tf.int32), -1, 0)
    odd = tf.reduce_sum(earlier, axis=2) % 2 == 1  # the first, third … of its kind opens
    of_pair = tf.where(odd, RIGHT, LEFT)
    own = tf.where(own == PAIRED, of_pair, own)
    after = tf.pad(own[:, :-1] & RIGHT, [[0, 0], [1, 0]], constant_values=RIGHT)  # the first word touches
    touching = ((own & LEFT) | (after & RIGHT)) != 0
    return tf.RaggedTensor.from_tensor(touching, lengths=ids.row_lengths())


def _stripped(texts: tf.Tensor) -> tf.Tensor:
    """`str.strip` of each."""
    import tensorflow as tf

    from seqlab.text.character_classes import WHITESPACE

    space = WHITESPACE.re2
    return tf.strings.regex_replace(texts, f"^{space}+|{space}+$", "")
