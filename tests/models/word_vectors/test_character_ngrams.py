"""Groups of letters of words, and their hashes."""

import numpy as np
import pytest

from seqlab.models.word_vectors.character_ngrams import CharacterNgrams, fnv_1a


def test_the_groups_of_the_papers_example():
    """Bojanowski et al. 2017, section 3.2: "where" with n = 3."""
    assert CharacterNgrams(3, 3, 10).of("where") == ["<wh", "whe", "her", "ere", "re>"]


def test_the_marks_alone_are_no_groups():
    assert CharacterNgrams(1, 2, 10).of("ab") == ["<a", "a", "ab", "b", "b>"]


def test_a_word_shorter_than_the_shortest_group_has_itself_or_none():
    assert CharacterNgrams(3, 6, 10).of("a") == ["<a>"]
    assert CharacterNgrams(5, 6, 10).of("a") == []


def test_letters_are_characters_and_not_bytes():
    assert CharacterNgrams(3, 3, 10).of("né") == ["<né", "né>"]


@pytest.mark.parametrize(
    ("text", "value"),
    # Published test vectors of FNV-1a, 32 bits (Noll, draft-eastlake-fnv), all ASCII.
    [("", 0x811C9DC5), ("a", 0xE40C292C), ("b", 0xE70C2DE5), ("foobar", 0xBF9CF968)],
)
def test_hashes_of_ascii_are_those_published(text, value):
    assert fnv_1a([text, "other"])[0] == value


def test_bytes_are_signed_as_in_fasttext():
    """Its `dictionary.cc`: h ^= uint32_t(int8_t(byte)); h *= 16777619."""
    expected = 2166136261
    for byte in "é".encode():
        expected = ((expected ^ ((byte - 256) & 0xFFFFFFFF)) * 16777619) & 0xFFFFFFFF
    assert fnv_1a(["é"])[0] == expected


def test_rows_are_hashes_of_the_groups_modulo_the_buckets():
    rows = CharacterNgrams(3, 4, 97).rows(["where", "x", "no"])
    assert [len(row) for row in rows.gather(np.arange(3))] == [
        len(CharacterNgrams(3, 4, 97).of(w)) for w in ("where", "x", "no")
    ]
    assert rows[1].tolist() == [fnv_1a(["<x>"])[0] % 97]
