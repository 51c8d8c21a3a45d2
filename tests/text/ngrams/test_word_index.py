"""Words cut from bytes and numbered by integers, against `str.split` and a dictionary."""

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from seqlab.text.ngrams.word_index import Cut, Lexicon

# Words around the eight bytes of a key, some that differ in a NUL at the end or in their last byte only.
pieces = st.sampled_from(
    [*"ab \n\t\x1f\x00é", "a\x00", "abcdefg", "abcdefgh", "abcdefghi", "ééé", "中中é", "\ud800", "👍"]
)
texts = st.lists(st.one_of(pieces, st.characters(min_codepoint=0x3001)), max_size=12).map("".join)
corpora = st.lists(texts, max_size=8)


@given(corpora)
def test_cut_as_python_splits(corpus):
    cut = Cut.at_spaces(corpus)
    words = [text.split() for text in corpus]
    assert cut.words() == list(chain.from_iterable(words))
    assert cut.borders.tolist() == [sum(map(len, words[: place + 1])) for place in range(len(words))]


@given(corpora)
def test_cut_nowhere(corpus):
    cut = Cut.nowhere(corpus)
    assert cut.words() == [text for text in corpus if text]
    assert cut.borders.tolist() == [sum(map(bool, corpus[: place + 1])) for place in range(len(corpus))]


@given(learned=st.lists(corpora, max_size=4), asked=corpora)
def test_numbered_as_by_a_dictionary(learned, asked):
    lexicon = Lexicon()
    found = [lexicon.learn(Cut.at_spaces(corpus)).tolist() for corpus in learned]
    spelled = lexicon.words()
    numbers = {word: number for number, word in enumerate(spelled)}
    assert len(numbers) == len(spelled) == len(lexicon)
    assert [[spelled[number] for number in row] for row in found] == [Cut.at_spaces(c).words() for c in learned]
    cut = Cut.at_spaces(asked)
    assert lexicon.find(cut).tolist() == [numbers.get(word, -1) for word in cut.words()]
