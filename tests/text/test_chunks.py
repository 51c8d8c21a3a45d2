"""A corpus in chunks of a bounded number of characters."""

from hypothesis import given
from hypothesis import strategies as st

from seqlab.progress import SILENT
from seqlab.text import chunks


@given(st.lists(st.text("ab", max_size=9), max_size=20))
def test_chunks_join_to_the_corpus_and_end_as_soon_as_they_are_large_enough(texts):
    limit, chunks._CHARACTERS = chunks._CHARACTERS, 10
    try:
        found = list(chunks.chunks(texts, SILENT, "reading"))
    finally:
        chunks._CHARACTERS = limit
    assert [text for chunk in found for text in chunk] == texts
    for chunk in found:
        assert sum(map(len, chunk[:-1])) < 10
    for chunk in found[:-1]:
        assert sum(map(len, chunk)) >= 10
