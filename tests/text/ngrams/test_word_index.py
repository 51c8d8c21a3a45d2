"""Words split from bytes and numbered by integers, against `str.split` and a dictionary."""

import pickle
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from seqlab.text.ngrams._word_index import WordIndex, WordSpans

# Words around the eight bytes of a key, some that differ in a NUL at the end or in their last byte only.
pieces = st.sampled_from(
    [*"ab \n\t\x1f\x00é", "a\x00", "abcdefg", "abcdefgh", "abcdefghi", "ééé", "中中é", "\ud800", "👍"]
)
texts = st.lists(st.one_of(pieces, st.characters(min_codepoint=0x3001)), max_size=12).map("".join)
corpora = st.lists(texts, max_size=8)


@given(corpora)
def test_split_as_in_python(corpus):
    spans = WordSpans.split(corpus)
    words = [text.split() for text in corpus]
    assert spans.words() == list(chain.from_iterable(words))
    assert spans.text_ends.tolist() == [sum(map(len, words[: last + 1])) for last in range(len(words))]


@given(corpora)
def test_whole_texts(corpus):
    spans = WordSpans.whole_texts(corpus)
    assert spans.words() == [text for text in corpus if text]
    assert spans.text_ends.tolist() == [sum(map(bool, corpus[: last + 1])) for last in range(len(corpus))]


@given(learned=st.lists(corpora, max_size=4), asked=corpora)
def test_numbers_as_in_a_dictionary(learned, asked):
    index = WordIndex()
    found = [index.add(WordSpans.split(corpus)).tolist() for corpus in learned]
    spelled = index.words()
    numbers = {word: number for number, word in enumerate(spelled)}
    assert len(numbers) == len(spelled) == len(index)
    assert [[spelled[number] for number in row] for row in found] == [WordSpans.split(c).words() for c in learned]
    spans = WordSpans.split(asked)
    assert index.find(spans).tolist() == [numbers.get(word, -1) for word in spans.words()]


@given(parts=st.lists(corpora, max_size=5))
def test_merged_indexes_know_the_words_of_all(parts):
    merged, found, asked = WordIndex(), [], []
    for corpus in parts:
        index = WordIndex()
        spans = WordSpans.split(corpus)
        numbers = index.add(spans)
        here = merged.merge(pickle.loads(pickle.dumps(index)))
        found += here[numbers].tolist()
        asked += spans.words()
    spelled = merged.words()
    assert [spelled[number] for number in found] == asked
    assert sorted(spelled) == sorted(set(asked))
    spans = WordSpans.split([" ".join(asked)])
    assert merged.find(spans).tolist() == [spelled.index(word) for word in asked]
