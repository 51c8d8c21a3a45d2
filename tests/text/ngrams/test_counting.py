"""Counting over integers, against counting by hand: exact whatever is dropped on the way."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.progress import SILENT
from seqlab.text.ngrams import _counting, fit, fit_parts
from seqlab.text.ngrams._counting import END_OF_TEXT, WordCounts, count_ngrams

texts_of_numbers = st.lists(st.lists(st.integers(0, 4), max_size=12), min_size=1, max_size=8)


def stream_of(texts):
    return np.array([number for text in texts for number in (*text, END_OF_TEXT)], np.int32)


def counted_by_hand(texts, ngrams):
    """{n-gram: (count, documents)} of all widths."""
    per_text = [
        Counter(
            tuple(text[first : first + width])
            for width in range(1, ngrams + 1)
            for first in range(len(text) - width + 1)
        )
        for text in texts
    ]
    counts, documents = Counter(), Counter()
    for counter in per_text:
        counts.update(counter)
        documents.update(counter.keys())
    return {gram: (counts[gram], documents[gram]) for gram in counts}


def kept_by_hand(texts, ngrams, min_count, limit):
    """All that occur as often as the last n-gram that fits, and `min_count` times."""
    counted = counted_by_hand(texts, ngrams)
    descending = sorted((count for count, _ in counted.values()), reverse=True)
    if limit is not None and limit < len(descending):
        min_count = max(min_count, descending[limit - 1])
    return {gram: numbers for gram, numbers in counted.items() if numbers[0] >= min_count}


def counted(stream, ngrams, min_count, limit):
    words = WordCounts()
    for text in np.split(stream, np.flatnonzero(stream == END_OF_TEXT) + 1):
        numbers = text[text != END_OF_TEXT]
        words.add(numbers, np.zeros(len(numbers), np.int64))
    levels = count_ngrams(words, stream, ngrams, min_count, limit, SILENT)
    assert [level.words.shape[1] for level in levels] == list(range(1, ngrams + 1))
    found = {}
    for level in levels:
        numbers = zip(level.counts.tolist(), level.document_counts.tolist(), strict=True)
        found.update(zip(map(tuple, level.words.tolist()), numbers, strict=True))
    return found


@given(
    texts=texts_of_numbers,
    ngrams=st.integers(1, 4),
    min_count=st.integers(1, 3),
    limit=st.one_of(st.none(), st.integers(1, 30)),
    at_once=st.sampled_from([1, 3, 2**21]),
)
def test_counts_are_exact(texts, ngrams, min_count, limit, at_once):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_counting, "_SORTED_AT_ONCE", at_once)
        patch.setattr(_counting, "AT_ONCE", at_once)
        patch.setattr(_counting, "_PASSES", 2**40)
        found = counted(stream_of(texts), ngrams, min_count, limit)
    assert found == kept_by_hand(texts, ngrams, min_count, limit)


def test_all_ngrams_with_the_smallest_count_are_kept():
    texts = [[0, 1, 2], [0, 1, 2]]
    assert set(counted(stream_of(texts), 3, 1, limit=1)) == {(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)}


@given(
    texts=st.lists(st.lists(st.text("ab ", max_size=8), min_size=1, max_size=4), min_size=1, max_size=4),
    min_count=st.integers(1, 3),
    limit=st.none() | st.integers(1, 4),
)
@settings(max_examples=30)
def test_texts_in_parts_are_counted_as_whole_ones(texts, min_count, limit):
    parts = ((number, f" {part} ") for number, text in enumerate(texts) for part in text)
    found = fit_parts(parts, min_count=min_count, limit=limit)
    whole = fit([[" ".join(text) for text in texts]], ngrams=1, min_count=min_count, limit=limit)
    counts = [
        sorted(zip(each.tokens, each.counts.tolist(), each.document_counts.tolist(), strict=True))
        for each in (found, whole)
    ]
    assert counts[0] == counts[1]
    assert found.largest_count == whole.largest_count
