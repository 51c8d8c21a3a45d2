"""Where texts are cut: what is composed, lowercased and split into words part by part is as of the whole text."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from odd_texts import long_texts, markup, texts_of

from seqlab.text import Words, cutting


@given(text=texts_of, size=st.integers(1, 7))
def test_parts_are_the_text_and_compose_and_lowercase_as_in_it(text, size):
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    parts = list(cutting.parts(pieces, cutting.between_characters))
    assert "".join(parts) == text
    assert all(parts)
    composed = [unicodedata.normalize("NFC", part) for part in parts]
    whole = unicodedata.normalize("NFC", text)
    assert "".join(composed) == whole
    assert "".join(part.lower() for part in composed) == whole.lower()


@given(text=markup, size=st.integers(1, 9))
def test_a_part_never_ends_within_a_tag(text, size):
    options = Words(standardize="html", max_tokens=None)
    preprocess = options.preprocessor()
    (long,) = long_texts([text], size).texts
    parts = list(options.parts_of(long))
    assert "".join(parts) == unicodedata.normalize("NFC", text)
    assert [word for part in parts for word in preprocess(part).split()] == preprocess(text).split()


def test_tags_that_never_end_are_cut_where_another_begins():
    cut = cutting.before_space(" ", outside_tags=True)
    assert cut("one two") == 3
    assert cut("one <b two") == 3
    assert cut("one <b two>") == 3
    assert cut("one <b two> three") == 11
    assert cut("<b two three") == 0
    assert cut("<b two <i") == 6, "what begins with <b is no tag, because < follows"
    assert cut("3 < 4") == 3
    assert cut("a &lt;b c") == 1
    assert cut("a" * 10) == 0
    assert cutting.before_space("", outside_tags=False)("a b") == 0


def test_a_text_that_cannot_be_cut_is_looked_at_seldom():
    looked = []

    def never(text):
        looked.append(len(text))
        return 0

    assert list(cutting.parts(["ab"] * 1_000, never)) == ["ab" * 1_000]
    assert looked == [2 * 2**power for power in range(10)]
    assert list(cutting.parts([], never)) == []
