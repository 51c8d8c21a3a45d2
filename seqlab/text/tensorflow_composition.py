"""Unicode's normal form C in TensorFlow operations, which have none.

The algorithm is that of the standard (Unicode 16, section 3.11): decompose, put combining marks in order, compose. Its
tables are those of Python's `unicodedata`, so that the result is `unicodedata.normalize("NFC", text)` of the Python
that made the graph. A batch without a character that could change costs one search.
"""

from __future__ import annotations

import functools
import sys
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seqlab.text.character_classes import CharacterClass

if TYPE_CHECKING:
    import tensorflow as tf

CODE_POINTS = sys.maxunicode + 1
HANGUL, LEADS, VOWELS, TAILS = 0xAC00, 0x1100, 0x1161, 0x11A7
"""The first syllable, and the first of each kind of its parts; tails begin with the one that is none."""
VOWEL_COUNT, TAIL_COUNT, SYLLABLES = 21, 28, 11_172


class Tables(NamedTuple):
    """Sorted code points, and what belongs to each."""

    decomposed: np.ndarray
    """(characters,) int32: those with a canonical decomposition"""
    parts: np.ndarray
    """(all parts,) int32: the decompositions, one after the other"""
    part_ends: np.ndarray
    """(characters,) int32: where that of each ends"""
    marks: np.ndarray
    """(marks,) int32: those with a combining class above 0"""
    classes: np.ndarray
    """(marks,) int32"""
    pairs: np.ndarray
    """(pairs,) int64: first · 0x110000 + second, of pairs that compose"""
    composites: np.ndarray
    """(pairs,) int32"""
    seconds: np.ndarray
    """(seconds,) int32: the second characters of pairs"""


@functools.cache
def tables() -> Tables:
    """Those of Python's version of Unicode. Costs half a second, once."""
    characters = [chr(point) for point in range(CODE_POINTS) if not 0xD800 <= point < 0xE000]
    decompositions = {ord(c): unicodedata.normalize("NFD", c) for c in characters if not c.isascii()}
    changed = {point: text for point, text in decompositions.items() if text != chr(point)}
    marks = {ord(c): unicodedata.combining(c) for c in characters if unicodedata.combining(c)}
    pairs = dict(sorted(_pairs(characters).items()))
    return Tables(
        np.array(list(changed), np.int32),
        np.array([ord(c) for text in changed.values() for c in text], np.int32),
        np.cumsum([len(text) for text in changed.values()], dtype=np.int32),
        np.array(list(marks), np.int32),
        np.array(list(marks.values()), np.int32),
        np.array(list(pairs), np.int64),
        np.array(list(pairs.values()), np.int32),
        np.unique(np.array(list(pairs), np.int64) % CODE_POINTS).astype(np.int32),
    )


def _pairs(characters: list[str]) -> dict[int, int]:
    """first · 0x110000 + second → the character that both compose to."""
    found = {}
    for character in characters:
        parts = unicodedata.decomposition(character).split()
        if len(parts) == 2 and not parts[0].startswith("<") and unicodedata.normalize("NFC", character) == character:
            found[int(parts[0], 16) * CODE_POINTS + int(parts[1], 16)] = ord(character)
    for number in range(SYLLABLES):
        lead_and_vowel, tail = divmod(number, TAIL_COUNT)
        lead, vowel = divmod(lead_and_vowel, VOWEL_COUNT)
        first, second = LEADS + lead, VOWELS + vowel
        if tail:
            first, second = HANGUL + lead_and_vowel * TAIL_COUNT, TAILS + tail
        found[first * CODE_POINTS + second] = HANGUL + number
    return found


def composed(texts: tf.Tensor) -> tf.Tensor:
    """Texts (texts,) in UTF-8 in normal form C."""
    import tensorflow as tf

    suspect = tf.strings.regex_full_match(texts, rf"(?s).*{_suspects().re2}.*")
    return tf.cond(tf.reduce_any(suspect), lambda: _normalized(texts, suspect), lambda: texts)


@functools.cache
def _suspects() -> CharacterClass:
    """Characters without which a text is in normal form C: marks, seconds of pairs, and what is written otherwise."""
    found = tables()
    changed = [point for point in found.decomposed.tolist() if unicodedata.normalize("NFC", chr(point)) != chr(point)]
    points = np.unique(np.concatenate([found.marks, found.seconds, np.array(changed, np.int32)]))
    starts = np.flatnonzero(np.diff(points, prepend=-2) > 1)
    ends = np.append(starts[1:], len(points)) - 1
    return CharacterClass(tuple(zip(points[starts].tolist(), points[ends].tolist(), strict=True)))


def _normalized(texts: tf.Tensor, suspect: tf.Tensor) -> tf.Tensor:
    """The same where `suspect` (texts,), the others as they are."""
    import tensorflow as tf

    chosen = tf.where(suspect)  # (some, 1)
    points = tf.strings.unicode_decode(tf.gather(texts, chosen[:, 0]), "UTF-8")
    rows, decomposed = _decomposed(tf.cast(points.value_rowids(), tf.int64), points.values)
    rows, ordered, classes = _ordered(rows, decomposed)
    rows, final = _composed(rows, ordered, classes)
    normal = tf.strings.unicode_encode(tf.RaggedTensor.from_value_rowids(final, rows, points.nrows()), "UTF-8")
    return tf.tensor_scatter_nd_update(texts, chosen, normal)


def _found(keys: np.ndarray, wanted: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The place of each in sorted keys, and whether it is there."""
    import tensorflow as tf

    sorted_keys = tf.constant(keys)
    place = tf.minimum(tf.searchsorted(sorted_keys, wanted), len(keys) - 1)
    return place, tf.gather(sorted_keys, place) == wanted


def _decomposed(rows: tf.Tensor, points: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Code points (total,) and their rows → the same with each in its parts."""
    import tensorflow as tf

    found = tables()
    place, there = _found(found.decomposed, points)
    ends = tf.constant(found.part_ends)
    own = len(found.parts) + tf.range(tf.size(points))
    begins = tf.constant(np.concatenate([[0], found.part_ends[:-1]]).astype(np.int32))
    parts = tf.ragged.range(
        tf.where(there, tf.gather(begins, place), own), tf.where(there, tf.gather(ends, place), own + 1)
    )
    values = tf.gather(tf.concat([tf.constant(found.parts), points], axis=0), parts.values)
    return tf.gather(rows, parts.value_rowids()), values


def _ordered(rows: tf.Tensor, points: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Marks after each starter in ascending order of their classes: rows, code points, classes, (total,) each."""
    import tensorflow as tf

    found = tables()
    place, is_mark = _found(found.marks, points)
    classes = tf.where(is_mark, tf.gather(tf.constant(found.classes), place), 0)
    starts = (classes == 0) | _begins(rows)
    group = tf.cumsum(tf.cast(starts, tf.int64))
    order = tf.argsort(group * 256 + tf.cast(classes, tf.int64), stable=True)
    return rows, tf.gather(points, order), tf.gather(classes, order)


def _begins(rows: tf.Tensor) -> tf.Tensor:
    """Whether each is the first of its row."""
    import tensorflow as tf

    return tf.concat([[True], rows[1:] != rows[:-1]], axis=0)[: tf.size(rows)]


def _composed(rows: tf.Tensor, points: tf.Tensor, classes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Pairs as one character: rows and code points that are left.

    A starter that is no second character begins a stretch, which composes by itself: all stretches at once, character
    by character.
    """
    import tensorflow as tf

    second = _found(tables().seconds, points)[1]
    stretch = tf.cumsum(tf.cast(((classes == 0) & ~second) | _begins(rows), tf.int64)) - 1
    given, of_class = (
        tf.RaggedTensor.from_value_rowids(each, stretch).to_tensor(-1) for each in (points, classes)
    )  # (stretches, longest)
    final = _compose_stretches(given, of_class)
    left = tf.ragged.boolean_mask(final, final >= 0)
    first_rows = tf.gather(rows, tf.RaggedTensor.from_value_rowids(points, stretch).row_starts())
    return tf.gather(first_rows, left.value_rowids()), left.values


def _compose_stretches(given: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
    """(stretches, longest) int32 each, -1 after the end → the same with -1 for what became part of a starter."""
    import tensorflow as tf

    pairs, composites = tables().pairs, tf.constant(tables().composites)
    numbers = tf.range(tf.shape(given)[0])

    def body(t: tf.Tensor, final: tf.Tensor, starter: tf.Tensor, last: tf.Tensor) -> tuple[tf.Tensor, ...]:
        point, its_class = given[:, t], classes[:, t]
        at_starter = tf.stack([numbers, tf.maximum(starter, 0)], axis=1)
        before = tf.gather_nd(final, at_starter)
        key = tf.cast(before, tf.int64) * CODE_POINTS + tf.cast(point, tf.int64)
        place, composes = _found(pairs, key)
        composes &= (starter >= 0) & (last < its_class) & (point >= 0)
        here = tf.stack([numbers, tf.fill(tf.shape(numbers), t)], axis=1)
        final = tf.tensor_scatter_nd_update(final, at_starter, tf.where(composes, tf.gather(composites, place), before))
        final = tf.tensor_scatter_nd_update(final, here, tf.where(composes, -1, tf.gather_nd(final, here)))
        begins = ~composes & (its_class == 0)
        starter = tf.where(begins, t, starter)
        last = tf.where(composes, last, tf.where(begins, -1, its_class))  # of the last mark, -1 right after a starter
        return t + 1, tf.ensure_shape(final, given.shape), starter, last

    start = (tf.constant(0), given, tf.fill(tf.shape(numbers), -1), tf.fill(tf.shape(numbers), -1))
    return tf.while_loop(lambda t, *_: t < tf.shape(given)[1], body, start)[1]
