"""Raw examples: rows, content ids and fingerprints."""

from hypothesis import given
from hypothesis import strategies as st

from seqlab.data.records import Corpus, Records, content_id

PAIRS = Records({"text": ["a", "b", "a"], "label": ["x", "y", "z"], "id": [1, 2, 3]})


def test_equal_keys_have_equal_ids_whatever_their_labels():
    first, second, third = PAIRS.content_ids
    assert first == third != second
    assert first == content_id("a")
    assert (len(first), set(first) <= set("0123456789abcdef")) == (32, True)


def test_columns_cannot_be_shifted_into_each_other():
    assert content_id("ab", "c") != content_id("a", "bc") != content_id("abc")


def test_chosen_rows_keep_their_order_and_their_ids():
    fresh, hashed = Records(PAIRS.columns).rows([2, 1]), PAIRS
    assert hashed.content_ids
    for chosen in (fresh, hashed.rows([2, 1])):
        assert chosen.columns == {"text": ["a", "b"], "label": ["z", "y"], "id": [3, 2]}
        assert chosen.content_ids == [content_id("a"), content_id("b")]


def test_rows_of_both_follow_each_other():
    both = PAIRS.followed_by(PAIRS.rows([1]))
    assert both["text"] == ["a", "b", "a", "b"]
    assert len(both) == 4


@given(st.permutations(range(3)))
def test_a_fingerprint_does_not_depend_on_the_order(order):
    assert PAIRS.rows(order).fingerprint == PAIRS.fingerprint


def test_a_fingerprint_depends_on_texts_and_labels():
    others = [{"text": ["a", "b", "c"]}, {"label": ["x", "y", "y"]}, {"text": ["a", "b"], "label": ["x", "y"]}]
    prints = {Records({"text": ["a", "b", "a"], "label": ["x", "y", "z"], **other}).fingerprint for other in others}
    assert len(prints | {PAIRS.fingerprint}) == 4
    assert Corpus({"train": PAIRS}).fingerprints == {"train": PAIRS.fingerprint}
