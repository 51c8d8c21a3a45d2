"""5-grams of texts, against sets of strings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.diagnosis.shingles import Shingles, jaccard

TEXT = st.text(st.sampled_from("ab c.É"), max_size=30)


def of_characters(text: str) -> set[str]:
    words = " ".join("".join(each if each.isalnum() else " " for each in text.casefold()).split())
    return {words[start : start + 5] for start in range(max(len(words) - 4, 1))} if words else set()


@given(TEXT, TEXT)
def test_the_similarity_is_that_of_sets_of_strings(one: str, other: str) -> None:
    left, right = of_characters(one), of_characters(other)
    shingles = Shingles([one, other])
    assert shingles.kind == "characters"
    assert len(shingles.of(one)) == len(left)
    expected = len(left & right) / max(len(left | right), 1)
    assert jaccard(shingles.of(one), shingles.of(other)) == pytest.approx(expected)


def test_long_texts_are_compared_by_words() -> None:
    words = [f"word{number}" for number in range(60)]
    shingles = Shingles([" ".join(words)])
    assert shingles.kind == "words"
    changed = [*words[:30], "other", *words[31:]]
    one, other = (shingles.of(" ".join(each)) for each in (words, changed))
    assert len(one) == 56
    assert jaccard(one, other) == pytest.approx(51 / 61), "one changed word is in five 5-grams of either"


def test_case_punctuation_and_spaces_make_no_difference() -> None:
    shingles = Shingles(["short"])
    assert np.array_equal(shingles.of("What?  It IS, a test!"), shingles.of("what it is a test"))
    assert len(shingles.of("!?")) == 0
    assert jaccard(shingles.of("!?"), shingles.of("!?")) == 0
