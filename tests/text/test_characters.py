"""The part `characters`."""

import pytest
from as_lists import rows
from hypothesis import given
from hypothesis import strategies as st

from seqlab.errors import DataError, RequestError
from seqlab.text import Characters
from seqlab.text.vocabulary import NO_ID


def test_order_and_ids():
    characters = Characters().learn(["abba", "Ac"])
    assert characters.vocabulary.tokens == ("b", "a", "c", "A")
    assert characters.vocabulary.counts.tolist() == [2, 2, 1, 1]
    assert characters.vocabulary.document_counts.tolist() == [1, 1, 1, 1]
    assert rows(characters.encode(["cab", "x", ""])) == [[4, 3, 2], [1], [1]]
    assert characters.decode([4, 3, 1, 2, 0, 0]) == "ca[UNK]b"


def test_lowercase():
    characters = Characters(lowercase=True).learn(["Abba"])
    assert characters.vocabulary.tokens == ("b", "a")
    assert characters.tokens("ÉA") == ["é", "a"]


def test_max_length():
    characters = Characters(max_length=2).learn(["abc"])
    encoded = characters.encode(["cba", "a", ""])
    assert rows(encoded) == [[2, 3], [4], [1]]
    assert encoded.cut_off.tolist() == [1, 0, 0]
    assert characters.tokens("cba") == ["c", "b"]


def test_composed():
    characters = Characters().learn(["e\u0301"])
    assert characters.vocabulary.tokens == ("é",)
    assert rows(characters.encode(["e\u0301é"])) == [[2, 2]]


def test_a_language_model_numbers_its_characters_from_zero():
    part = Characters()
    learned = part.learn(["to be or not to be\n"])
    letters = part.restore(learned.vocabulary.without_specials())
    assert letters.size == len(set("to be or not to be\n"))
    (row,) = rows(letters.encode(["to\n"]))
    assert (letters.decode(row), min(row) >= 0) == ("to\n", True)
    assert rows(letters.encode(["", "b"]))[0] == []
    assert rows(letters.encode(["xt"])) == [[NO_ID, letters.vocabulary.tokens.index("t")]]
    assert letters.decode(letters.encode(["xt"]).ids[0]) == "[UNK]t"
    assert part.unpadded(learned.vocabulary).vocabulary == letters.vocabulary
    assert letters.character_counts.tolist() == [1] * 8
    assert learned.character_counts.tolist() == [0] + [1] * 9


@given(texts=st.lists(st.text(st.characters(), min_size=1), min_size=1))
def test_any_text_comes_back(texts):
    characters = Characters().learn(texts)
    encoded = characters.encode(texts)
    for row, text in enumerate(texts):
        assert characters.decode(encoded.ids[row]) == "".join(characters.tokens(text))


@pytest.mark.parametrize("texts", [[], ["", ""]])
def test_nothing_to_learn(texts):
    with pytest.raises(DataError, match="no characters to learn from"):
        Characters().learn(texts)


def test_characters_are_no_bag():
    assert Characters().with_output("ids") == Characters()
    with pytest.raises(RequestError, match="'characters' has no output 'multi_hot'"):
        Characters().with_output("multi_hot")
