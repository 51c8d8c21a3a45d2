"""Texts to ids in TensorFlow's own operations, for a model that takes raw text: the twin of each `encode`.

Each function gives a `tf.Module` whose `encode(texts)` takes strings, (texts,), to a pair of `tf.RaggedTensor`s: the
ids, int32, and for a bag their weights, float32 (None for output `ids`). It can be saved inside another module.

The ids are those of Python for every text in Unicode's normal form C: TensorFlow cannot compose. Patterns are written
out as ranges of code points, because RE2 and Python know different versions of Unicode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.errors import RequestError
from seqlab.text.character_classes import WHITESPACE, punctuation
from seqlab.text.tokenize import HTML, STRIPS
from seqlab.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    import tensorflow as tf

    from seqlab.text.characters import FittedCharacters
    from seqlab.text.words import FittedWords, Words

NO_ID = -1
"""What a character becomes that a vocabulary without an unknown id does not have."""

_CAPITALS_OF_SOME_LOCALES = "İÌÍĨĮ"
"""Beside I and J, which the lowering of ASCII takes first."""


def words_in_tensorflow(fitted: FittedWords) -> tf.Module:
    """The twin of `FittedWords.encode`. Raises RequestError when the options are not exportable."""
    import tensorflow as tf

    options, size = fitted.options, fitted.size
    if options.not_exportable:
        raise RequestError("this vectorizer cannot be part of an exported model: " + "; ".join(options.not_exportable))
    module = tf.Module()
    module.ids = _ids_table(fitted.vocabulary)
    module.dropped = _table(dict.fromkeys(options.dropped, 1), default=0) if options.dropped else None
    into_words = _word_splitter(options)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)
    def encode(texts: tf.Tensor) -> tuple[tf.RaggedTensor, tf.RaggedTensor | None]:
        words = into_words(texts)
        if module.dropped:
            words = tf.ragged.boolean_mask(words, words.with_values(module.dropped.lookup(words.values) == 0))
        tokens = tf.strings.ngrams(words, tuple(range(1, options.ngrams + 1)), separator=" ")
        ids = _never_empty(tokens.with_values(module.ids.lookup(tokens.values)), fitted.vocabulary)
        if options.output != "ids":
            ids, counts = _bags(ids, size)
            return ids, ids.with_values(_weights(fitted, ids.values, counts))
        if options.max_length is not None:
            ids = ids[:, : options.max_length]
        return (tf.reverse(ids, axis=[1]) if options.reverse else ids), None

    module.encode = encode
    return module


def characters_in_tensorflow(fitted: FittedCharacters) -> tf.Module:
    """The twin of `FittedCharacters.encode`; where that raises for a character without an id, this gives NO_ID."""
    import tensorflow as tf

    options = fitted.options
    module = tf.Module()
    module.ids = _ids_table(fitted.vocabulary)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)
    def encode(texts: tf.Tensor) -> tuple[tf.RaggedTensor, None]:
        characters = tf.strings.unicode_split(_lowercased(texts) if options.lowercase else texts, "UTF-8")
        ids = _never_empty(characters.with_values(module.ids.lookup(characters.values)), fitted.vocabulary)
        return (ids if options.max_length is None else ids[:, : options.max_length]), None

    module.encode = encode
    return module


def _word_splitter(options: Words) -> Callable[[Any], Any]:
    """Texts (texts,) to their words, ragged (texts, None), stop words still there: the twin of `Words.cut`."""
    import tensorflow as tf

    replacements = list(HTML) if options.standardize == "html" else []
    removed = options.kept.re2_complement if options.kept else punctuation().re2
    changes = []
    if options.kept or options.standardize in STRIPS:
        changes.append((removed, ""))
    if options.split == "punctuation":
        changes.append((punctuation().re2, r" \0 "))
    if options.split != "none":
        changes.append((WHITESPACE.re2, " "))

    def words(texts: tf.Tensor) -> tf.RaggedTensor:
        for pattern, new in replacements:
            texts = tf.strings.regex_replace(texts, pattern, new)
        if options.standardize != "none":
            texts = _lowercased(texts)
        for pattern, new in changes:
            texts = tf.strings.regex_replace(texts, pattern, new)
        if options.split == "none":
            return tf.ragged.boolean_mask(texts[:, tf.newaxis], texts[:, tf.newaxis] != "")
        return tf.strings.split(texts)

    return words


def _lowercased(texts: tf.Tensor) -> tf.Tensor:
    """As `str.lower`, for every text and in every locale: `tf.strings.lower` alone ends a text at its first NUL, and
    lowers some capitals in another way where the process runs in Turkish or Lithuanian."""
    import tensorflow as tf

    texts = tf.strings.lower(texts)
    for capital in _CAPITALS_OF_SOME_LOCALES:
        texts = tf.strings.regex_replace(texts, capital, capital.lower())
    pieces = tf.strings.split(texts, sep="\0")
    lowered = pieces.with_values(tf.strings.lower(pieces.values, encoding="utf-8") + "\0")
    joined = tf.strings.reduce_join(lowered, axis=-1)
    lengths = tf.strings.length(joined)
    return tf.strings.substr(joined, tf.zeros_like(lengths), lengths - 1)


def _ids_table(vocabulary: Vocabulary) -> Any:
    ids = {token: index for index, token in enumerate(vocabulary.tokens, start=len(vocabulary.specials))}
    return _table(ids, NO_ID if vocabulary.unknown is None else vocabulary.unknown)


def _table(numbers: Mapping[str, int], default: int) -> Any:
    import tensorflow as tf

    # An array of bytes: TensorFlow cuts trailing NULs off Python strings, and a lone surrogate has no UTF-8.
    keys = np.array([token.encode("utf-8", errors="surrogatepass") for token in numbers], object)
    values = np.fromiter(numbers.values(), np.int32, len(numbers))
    initializer = tf.lookup.KeyValueTensorInitializer(tf.constant(keys, tf.string), tf.constant(values))
    return tf.lookup.StaticHashTable(initializer, default)


def _never_empty(ids: tf.RaggedTensor, vocabulary: Vocabulary) -> tf.RaggedTensor:
    """A row without ids gets the unknown one, where there is one."""
    import tensorflow as tf

    if vocabulary.unknown is None:
        return ids
    missing = tf.cast(ids.row_lengths() == 0, tf.int64)
    unknown = tf.fill([tf.reduce_sum(missing)], np.int32(vocabulary.unknown))
    return tf.concat([ids, tf.RaggedTensor.from_row_lengths(unknown, missing)], axis=1)


def _bags(ids: tf.RaggedTensor, size: int) -> tuple[tf.RaggedTensor, tf.Tensor]:
    """Each id of a row once, ascending, and how often it stood there, (total,) float32."""
    import tensorflow as tf

    keys = ids.value_rowids() * size + tf.cast(ids.values, tf.int64)
    distinct, _, counts = tf.unique_with_counts(tf.sort(keys))
    bags = tf.RaggedTensor.from_value_rowids(tf.cast(distinct % size, tf.int32), distinct // size, ids.nrows())
    return bags, tf.cast(counts, tf.float32)


def _weights(fitted: FittedWords, ids: tf.Tensor, counts: tf.Tensor) -> tf.Tensor:
    """What each id of a bag weighs, (total,) float32: the twin of `FittedWords._weights`."""
    import tensorflow as tf

    if fitted.output == "multi_hot":
        return tf.ones_like(counts)
    return counts * tf.gather(fitted.inverse_document_frequencies, ids) if fitted.output == "tf_idf" else counts
