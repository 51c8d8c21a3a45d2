"""Splits: decided by the seed and the contents alone."""

import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.data.records import SPLITS, Records
from seqlab.data.splits import content_splits

SHARES = {"validation": 0.1, "test": 0.2}
texts = st.text(alphabet="ab é\n", max_size=3)
labelled = st.lists(st.tuples(texts, st.sampled_from(["x", "y", "z"])), min_size=1, max_size=60)


def records(rows):
    return Records({"text": [text for text, _ in rows], "label": [label for _, label in rows]})


def rows_of(split):
    return list(zip(split["text"], split["label"], strict=True))


def numbered(count, labels="ab"):
    return records([(f"text {number}", labels[number % len(labels)]) for number in range(count)])


@given(labelled, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_rows_changes_nothing(rows, order):
    permuted = order.sample(rows, len(rows))
    one, other = (content_splits.cut(records(these), SHARES, 1337) for these in (rows, permuted))
    assert {name: rows_of(split) for name, split in one.items()} == {name: rows_of(s) for name, s in other.items()}


@given(labelled)
@settings(max_examples=60, deadline=None)
def test_every_row_is_somewhere_and_no_content_on_two_sides(rows):
    cut = content_splits.cut(records(rows), SHARES, 7)
    assert Counter(row for split in cut.values() for row in rows_of(split)) == Counter(rows)
    sides = [set(split["text"]) for split in cut.values()]
    assert sum(map(len, sides)) == len(set.union(*sides))


@given(st.integers(1, 400), st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_fractions_are_right_in_all_and_for_each_label(count, label_count):
    labels = "abcdef"[:label_count]
    cut = content_splits.cut(numbered(count, labels), SHARES, 3)
    sizes = Counter(label for split in cut.values() for label in split["label"])
    for name, share in SHARES.items():
        for label, size in sizes.items():
            got = Counter(cut[name]["label"])[label]
            assert abs(got - share * size) < 1.5 or got == size - 1
        if min(sizes.values()) > 10:
            assert abs(len(cut[name]) - share * count) <= 0.5
    assert set(cut["train"]["label"]) == set(sizes), "the last content of a label stays in training"


def test_another_seed_is_another_split_and_another_order():
    one, other = (content_splits.cut(numbered(200), SHARES, seed) for seed in (1, 2))
    assert set(one["test"]["text"]) != set(other["test"]["text"])
    again = content_splits.cut(numbered(200), SHARES, 1)
    assert one["train"]["text"] == again["train"]["text"] != sorted(again["train"]["text"])


def test_the_split_is_the_same_on_every_machine_and_in_every_version():
    cut = content_splits.cut(numbered(20), SHARES, 1337)
    assert {name: sorted(cut[name]["text"]) for name in SHARES} == {
        "validation": ["text 1", "text 8"],
        "test": ["text 10", "text 13", "text 14", "text 17"],
    }


def test_more_data_leave_nearly_every_example_on_its_side():
    small, large = (content_splits.cut(numbered(count), SHARES, 5) for count in (1000, 1100))
    moved = [len(set(small[name]["text"]) - set(large[name]["text"])) for name in SPLITS]
    assert sum(moved) < 60


def test_duplicates_stay_together_under_contradicting_labels():
    rows = [(f"text {number % 30}", random.Random(number).choice("ab")) for number in range(120)]
    cut = content_splits.cut(records(rows), {"test": 0.5}, 1)
    assert not set(cut["train"]["text"]) & set(cut["test"]["text"])
    assert len(set(cut["test"]["text"])) == 15


def test_rare_labels_share_the_quota_instead_of_rounding_to_nothing():
    cut = content_splits.cut(numbered(100, "abcdefghijklmnopqrstuvwxy"), {"test": 0.1}, 1)
    assert len(cut["test"]) == 10


def test_kept_apart_moves_duplicates_from_validation_to_training():
    train, validation = records([("a", "x"), ("b", "y")]), records([("c", "x"), ("a", "x"), ("a", "y"), ("d", "y")])
    new_train, new_validation, moved = content_splits.kept_apart(train, validation)
    assert rows_of(new_train) == [("a", "x"), ("b", "y"), ("a", "x"), ("a", "y")]
    assert rows_of(new_validation) == [("c", "x"), ("d", "y")]
    assert moved == 2


def test_pairs_are_equal_only_if_both_columns_are():
    pairs = Records({"source": ["a", "a"], "target": ["b", "c"]}, keys=("source", "target"))
    assert len(set(pairs.content_ids)) == 2
    assert content_splits.shared_rows(pairs, [pairs.rows([1])]) == [1]


def test_a_fingerprint_knows_contents_and_labels_but_no_order():
    one = records([("a", "x"), ("b", "y")])
    assert one.fingerprint == one.rows([1, 0]).fingerprint
    assert one.fingerprint != records([("a", "y"), ("b", "x")]).fingerprint
    assert one.fingerprint != one.rows([0]).fingerprint
