"""Long texts against the same texts as `str`: positions, parts, searches, lines, hashes."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.data import columns, long_text, spool
from seqlab.data.long_text import LongText, LongTexts
from seqlab.data.records import Records, content_id

texts = st.text("ab\né😀\u0301\ud800\udc00", max_size=30)


@pytest.fixture(autouse=True, params=[0, spool.IN_MEMORY], ids=["in a file", "in memory"])
def where(request, tmp_path, monkeypatch):
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(spool, "IN_MEMORY", request.param)
    monkeypatch.setattr(long_text, "BLOCK", 4)


def pieces_of(text, size):
    return [text[start : start + size] for start in range(0, len(text), size)]


@given(text=texts, size=st.integers(1, 9), bounds=st.tuples(*[st.integers(0, 31)] * 4))
def test_it_is_the_text(text, size, bounds):
    start, stop, first, last = bounds
    whole = LongText.of(pieces_of(text, size))
    part, expected = whole[start:stop], text[start:stop]
    assert (len(whole), str(whole), len(part), str(part)) == (len(text), text, len(expected), expected)
    assert "".join(part.pieces()) == expected
    assert all(0 < len(piece) <= 4 for piece in part.pieces())
    assert str(part[first:last]) == expected[first:last]
    assert part.count("\n", first, last) == expected.count("\n", first, last)
    first, last = min(first, len(expected)), min(last, len(expected))
    assert part.find("\n", first, last) == expected.find("\n", first, last)
    assert part.rfind("\n", first, last) == expected.rfind("\n", first, last)
    assert part.sha256() == hashlib.sha256(expected.encode("utf-8", "surrogatepass")).digest()


@given(text=texts)
def test_lines_have_their_ends_and_long_ones_are_in_parts(text):
    found = list(LongText.of([text]).lines())
    assert "".join(found) == text
    assert all(found)
    lines = re.findall("[^\n]*\n|[^\n]+", text)
    joined, rest = [], ""
    for part in found:
        rest += part
        if part.endswith("\n"):
            joined.append(rest)
            rest = ""
    assert [*joined, *([rest] if rest else [])] == lines
    if all(len(line) <= 5 for line in lines):
        assert found == lines


def test_blocks_are_full_however_large_the_pieces_are():
    for pieces in (["a"] * 10, ["aaaaaaaaaa"], ["aaa", "", "aaaaaaa"]):
        assert list(LongText.of(pieces).pieces()) == ["aaaa", "aaaa", "aa"]
    assert list(LongText.of([]).pieces()) == []
    assert str(LongText.of([""])) == ""


def test_documents_are_joined_and_one_is_not_copied():
    one, two = LongText.of(["one"]), LongText.of(["two"])
    assert LongText.joined([one], "\n\n") is one
    assert str(LongText.joined([one, two, one], "\n\n")) == "one\n\ntwo\n\none"


@given(given_texts=st.lists(texts, min_size=1, max_size=4))
def test_a_column_of_them_is_one_of_texts(given_texts):
    column = LongTexts.of(given_texts)
    assert (column, list(column), len(column)) == (given_texts, given_texts, len(given_texts))
    assert LongTexts.of(column) is column
    records = Records({"text": column})
    ids = [content_id(text) for text in given_texts]
    assert list(records.content_ids) == ids
    assert records.fingerprint == Records({"text": given_texts}).fingerprint
    backwards = records.rows(range(len(given_texts))[::-1])
    assert (list(backwards["text"]), list(backwards.content_ids)) == (given_texts[::-1], ids[::-1])
    both = columns.followed_by(column, column[:1])
    assert isinstance(both, LongTexts)
    assert both == [*given_texts, given_texts[0]]
