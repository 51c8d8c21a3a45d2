"""Which word's vector a token gets."""

import numpy as np
import pytest

from seqlab.text.tokenize import stemmer
from seqlab.vectors import WordNotFound, WordVectors
from seqlab.vectors.matching import match, match_stems, spellings, with_made


def vectors_of(*words):
    return WordVectors(words, np.arange(len(words), dtype=np.float32)[:, None])


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("paris", ["paris", "Paris", "PARIS"]),
        ("Paris", ["Paris", "paris"]),
        ("PARIS", ["PARIS", "paris"]),
        ("McDonald", ["McDonald", "mcdonald"]),
        ("12", ["12"]),
        ("a", ["a", "A"]),
        ("", [""]),
    ],
)
def test_spellings_the_best_one_first(token, expected):
    assert list(spellings(token)) == expected


def test_a_token_has_the_vector_of_its_own_spelling_before_that_of_another_case():
    matches = match(["paris", "Usa", "usa", "Film", "none"], vectors_of("film", "Paris", "paris", "USA"))
    assert matches.rows.tolist() == [2, -1, 3, 0, -1]
    assert (matches.found, matches.in_another_case, matches.by_stem) == (3, 2, 0)


def test_a_stem_has_the_vector_of_the_first_word_with_it():
    """A stem can be a rare word itself, which is not meant."""
    words = vectors_of("the", "running", "run", "happy", "happily", "dying", "cats")
    matches = match_stems(["run", "happi", "cat", "the", "dog"], words, stemmer("english"))
    assert matches.rows.tolist() == [1, 3, 6, 0, -1]
    assert (matches.found, matches.in_another_case, matches.by_stem) == (4, 0, 3)


def test_vectors_are_made_of_tokens_that_have_none_in_any_case():
    def make(word):
        if word == "xyz":
            raise WordNotFound("no letter is known")
        return np.array([9.0], np.float32)

    known = WordVectors(["Rome", "oslo"], np.array([[1.0], [2.0]], np.float32), make)
    tokens = ["rome", "oslo", "romes", "xyz"]
    vectors = with_made(known, tokens)
    assert vectors.words == ["Rome", "oslo", "romes"]
    np.testing.assert_array_equal(match(tokens, vectors).rows, [0, 1, 2, -1])
    np.testing.assert_array_equal(vectors.matrix, [[1], [2], [9]])
    plain = vectors_of("oslo")
    assert with_made(plain, tokens) is plain
