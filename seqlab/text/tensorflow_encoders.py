"""Vectorizers in TensorFlow operations, for exported models that take raw text.

`encoder_for` returns a `tf.Module` that can be saved inside another module. Its ids are those of the fitted vectorizer.
Patterns are ranges of code points, because RE2 and Python use different versions of Unicode.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from seqlab.errors import RequestError
from seqlab.text.characters import FittedCharacters
from seqlab.text.fitted_words import FittedWords
from seqlab.text.substitutions import substitutions
from seqlab.text.subwords import FittedSubwords
from seqlab.text.tensorflow_composition import composed
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text.vocabulary import Vocabulary
from seqlab.text.words import Words

if TYPE_CHECKING:
    import tensorflow as tf

NO_ID = -1
"""The id of unknown characters if the vocabulary has no unknown id."""

_CAPITALS_OF_SOME_LOCALES = "İÌÍĨĮ"
"""Lowercased in another way in Turkish and Lithuanian locales, as are I and J, which are converted as ASCII."""


def encoder_for(fitted: FittedVectorizer) -> tf.Module:
    """A module whose `encode(texts)` does what `fitted.encode` does.

    `encode` takes strings (texts,) and returns two `tf.RaggedTensor`s (texts, None): ids, int32, and weights, float32,
    which are None for output `ids`. `token_ids`, a Python function, returns the ids of all tokens of each text, without
    a limit, an order or weights: `as_read` does the rest. Raises RequestError if the options are `not_exportable`.
    """
    if isinstance(fitted, FittedWords):
        return _words_encoder(fitted)
    if isinstance(fitted, FittedCharacters):
        return _characters_encoder(fitted)
    if isinstance(fitted, FittedSubwords):
        raise _not_exportable(fitted.options.not_exportable)
    raise _not_exportable([f"there is no encoder for {type(fitted).__name__}"])


def _not_exportable(reasons: Sequence[str]) -> RequestError:
    return RequestError(f"this vectorizer cannot be part of an exported model: {'; '.join(reasons)}")


def _words_encoder(fitted: FittedWords) -> tf.Module:
    import tensorflow as tf

    options = fitted.options
    if options.not_exportable:
        raise _not_exportable(options.not_exportable)
    module = tf.Module()
    module.ids = _ids_table(fitted.vocabulary)
    module.removed = lookup_table(dict.fromkeys(options.removed_words, 1), default=0) if options.removed_words else None
    split = _split_function(options, fitted.vocabulary.rules)

    def token_ids(texts: tf.Tensor) -> tf.RaggedTensor:
        words = split(composed(texts))
        if module.removed:
            words = tf.ragged.boolean_mask(words, words.with_values(module.removed.lookup(words.values) == 0))
        tokens = tf.strings.ngrams(words, tuple(range(1, options.ngrams + 1)), separator=" ")
        return tokens.with_values(module.ids.lookup(tokens.values))

    return _with_encode(module, fitted, token_ids)


def _characters_encoder(fitted: FittedCharacters) -> tf.Module:
    """Where `FittedCharacters.encode` raises for an unknown character, this returns NO_ID."""
    import tensorflow as tf

    module = tf.Module()
    module.ids = _ids_table(fitted.vocabulary)

    def token_ids(texts: tf.Tensor) -> tf.RaggedTensor:
        texts = composed(texts)
        texts = _lowercased(texts) if fitted.options.lowercase else texts
        characters = tf.strings.unicode_split(texts, "UTF-8")
        return characters.with_values(module.ids.lookup(characters.values))

    return _with_encode(module, fitted, token_ids)


def _with_encode(
    module: tf.Module, fitted: FittedVectorizer, token_ids: Callable[[tf.Tensor], tf.RaggedTensor]
) -> tf.Module:
    """The module with its two functions."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)
    def encode(texts: tf.Tensor) -> tuple[tf.RaggedTensor, tf.RaggedTensor | None]:
        return as_read(fitted, token_ids(texts))

    module.token_ids, module.encode = token_ids, encode
    return module


def as_read(fitted: FittedVectorizer, ids: tf.RaggedTensor) -> tuple[tf.RaggedTensor, tf.RaggedTensor | None]:
    """What a model reads of texts (texts, None) given as the ids of all their tokens: the same with the limit and the
    order of the options, or bags with their weights. A text without tokens is one unknown token, if there is one."""
    import tensorflow as tf

    ids = _never_empty(ids, fitted.vocabulary)
    if isinstance(fitted, FittedWords) and fitted.output != "ids":
        ids, counts = _bags(ids, fitted.size)
        return ids, ids.with_values(_weights(fitted, ids.values, counts))
    if fitted.max_length is not None:
        ids = ids[:, : fitted.max_length]
    reverses = isinstance(fitted, FittedWords) and fitted.options.reverse
    return (tf.reverse(ids, axis=[1]) if reverses else ids), None


def _split_function(options: Words, rules: int) -> Callable[[tf.Tensor], tf.RaggedTensor]:
    """Texts (texts,) to their words, ragged (texts, None), stop words included."""
    import tensorflow as tf

    steps = substitutions(options, rules, "re2")

    def words(texts: tf.Tensor) -> tf.RaggedTensor:
        for pattern, new in steps.before:
            texts = tf.strings.regex_replace(texts, pattern, new)
        if steps.lower:
            texts = _lowercased(texts)
        for pattern, new in steps.after:
            texts = tf.strings.regex_replace(texts, pattern, new)
        if options.split == "none":
            return tf.ragged.boolean_mask(texts[:, tf.newaxis], texts[:, tf.newaxis] != "")
        return tf.strings.split(texts)

    return words


def _lowercased(texts: tf.Tensor) -> tf.Tensor:
    """`str.lower` for every text and locale: `tf.strings.lower` alone truncates a text at its first NUL, and its result
    depends on the process's locale for some capitals."""
    import tensorflow as tf

    texts = _with_late_capitals(tf.strings.lower(texts))
    for capital in _CAPITALS_OF_SOME_LOCALES:
        texts = tf.strings.regex_replace(texts, capital, capital.lower())
    pieces = tf.strings.split(texts, sep="\0")
    lowered = pieces.with_values(tf.strings.lower(pieces.values, encoding="utf-8") + "\0")
    joined = tf.strings.reduce_join(lowered, axis=-1)
    lengths = tf.strings.length(joined)
    return tf.strings.substr(joined, tf.zeros_like(lengths), lengths - 1)


def _with_late_capitals(texts: tf.Tensor) -> tf.Tensor:
    """The texts with the capitals in lowercase that TensorFlow does not know: those added after Unicode 13."""
    import tensorflow as tf

    late = late_capitals()
    if not late:
        return texts

    def lowered() -> tf.Tensor:
        replaced = texts
        for capital in late:
            replaced = tf.strings.regex_replace(replaced, capital, capital.lower())
        return replaced

    return tf.cond(tf.reduce_any(tf.strings.regex_full_match(texts, f"(?s).*[{late}].*")), lowered, lambda: texts)


@functools.cache
def late_capitals() -> str:
    """Characters that Python knows as capitals and TensorFlow does not."""
    import tensorflow as tf

    capitals = [each for each in map(chr, range(128, sys.maxunicode + 1)) if each.lower() != each]
    with tf.init_scope():
        lowered = tf.strings.lower(tf.constant([each.encode() for each in capitals]), encoding="utf-8").numpy()
    return "".join(one for one, two in zip(capitals, lowered, strict=True) if two.decode() == one)


def _ids_table(vocabulary: Vocabulary) -> tf.lookup.StaticHashTable:
    ids = {token: index for index, token in enumerate(vocabulary.tokens, start=len(vocabulary.specials))}
    return lookup_table(ids, NO_ID if vocabulary.unknown is None else vocabulary.unknown)


def lookup_table(numbers: Mapping[str, int], default: int) -> tf.lookup.StaticHashTable:
    """A table of the numbers of strings; all others have the `default`."""
    import tensorflow as tf

    # Bytes: TensorFlow strips trailing NULs from Python strings, and a lone surrogate has no UTF-8.
    keys = np.array([token.encode("utf-8", errors="surrogatepass") for token in numbers], object)
    values = np.fromiter(numbers.values(), np.int32, len(numbers))
    initializer = tf.lookup.KeyValueTensorInitializer(tf.constant(keys, tf.string), tf.constant(values))
    return tf.lookup.StaticHashTable(initializer, default)


def _never_empty(ids: tf.RaggedTensor, vocabulary: Vocabulary) -> tf.RaggedTensor:
    """Empty rows become one unknown id, if there is one."""
    import tensorflow as tf

    if vocabulary.unknown is None:
        return ids
    missing = tf.cast(ids.row_lengths() == 0, tf.int64)
    unknown = tf.fill([tf.reduce_sum(missing)], np.int32(vocabulary.unknown))
    return tf.concat([ids, tf.RaggedTensor.from_row_lengths(unknown, missing)], axis=1)


def _bags(ids: tf.RaggedTensor, size: int) -> tuple[tf.RaggedTensor, tf.Tensor]:
    """Each id of a row once, ascending, and its count in the row, (total,) float32."""
    import tensorflow as tf

    keys = ids.value_rowids() * size + tf.cast(ids.values, tf.int64)
    distinct, _, counts = tf.unique_with_counts(tf.sort(keys))
    bags = tf.RaggedTensor.from_value_rowids(tf.cast(distinct % size, tf.int32), distinct // size, ids.nrows())
    return bags, tf.cast(counts, tf.float32)


def _weights(fitted: FittedWords, ids: tf.Tensor, counts: tf.Tensor) -> tf.Tensor:
    """The weight of each id of a bag, (total,) float32."""
    import tensorflow as tf

    if fitted.output == "multi_hot":
        return tf.ones_like(counts)
    return counts * tf.gather(fitted.inverse_document_frequencies, ids) if fitted.output == "tf_idf" else counts
