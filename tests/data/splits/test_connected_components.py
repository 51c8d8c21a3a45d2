"""Splits of pairs: connected by equal sentences, decided by the seed and the contents alone."""

from collections import Counter, defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.data.records import Records
from seqlab.data.splits import connected_components

QUOTAS = {"validation": 3, "test": 5}
sentences = st.sampled_from([f"{word}{end}" for word in "abcdefghijkl" for end in ("", "", " ")])
many_pairs = st.lists(st.tuples(sentences, sentences), min_size=1, max_size=40)


def records(rows):
    return Records({"source": [one for one, _ in rows], "target": [other for _, other in rows]}, ("source", "target"))


def groups(rows):
    """The pairs of each component."""
    found = defaultdict(set)
    for number, pair in zip(connected_components.components(records(rows)), rows, strict=True):
        found[number].add(pair)
    return sorted(map(sorted, found.values()))


def rows_of(split):
    return list(zip(split["source"], split["target"], strict=True))


def by_search(rows):
    """The same by its definition: go from pair to pair as long as one has a sentence in common with those found."""
    left, found = set(range(len(rows))), []
    while left:
        group = {left.pop()}
        while near := {
            row
            for row in left
            if any(
                rows[row][0].strip() == rows[other][0].strip()
                or rows[row][1].strip() == rows[other][1].strip()
                or [text.strip() for text in rows[row]] == [text.strip() for text in rows[other][::-1]]
                for other in group
            )
        }:
            group |= near
            left -= near
        found.append(sorted({rows[row] for row in group}))
    return sorted(found)


def test_a_chain_is_one_component():
    assert groups([("a", "x"), ("b", "x"), ("b", "y"), ("c", "z")]) == [
        [("a", "x"), ("b", "x"), ("b", "y")],
        [("c", "z")],
    ]


def test_a_link_that_comes_last_joins_what_stood_apart():
    apart = [("a", "x"), ("b", "y"), ("c", "z"), ("d", "w")]
    assert len(groups(apart)) == 4
    assert groups([*apart, ("a", "y"), ("c", "w"), ("b", "z")]) == [
        sorted([*apart, ("a", "y"), ("c", "w"), ("b", "z")])
    ]


def test_what_is_equal_and_what_is_not():
    assert len(groups([("a", "x"), (" a\u3000", "y")])) == 1, "outer white space makes no difference"
    assert len(groups([("Go.", "x"), ("go.", "y"), ("Go", "z"), ("Go .", "w")])) == 4, "all else does"
    assert len(groups([("no", "x"), ("y", "no")])) == 2, "a source and a target are not compared"
    assert len(groups([("no", "nein"), ("nein", "no")])) == 1, "a pair and the pair turned round are"


@given(many_pairs)
@settings(max_examples=60, deadline=None)
def test_components_are_those_of_a_plain_search(rows):
    assert groups(rows) == by_search(rows)


@given(many_pairs)
@settings(max_examples=60, deadline=None)
def test_every_pair_is_somewhere_and_no_sentence_on_two_sides(rows):
    cut = connected_components.cut(records(rows), QUOTAS, 7)
    assert Counter(pair for split in cut.values() for pair in rows_of(split)) == Counter(rows)
    assert len(cut["train"]) > 0
    for side in ("source", "target"):
        sides = [{text.strip() for text in split[side]} for split in cut.values()]
        assert sum(map(len, sides)) == len(set.union(*sides))


@given(many_pairs, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_neither_the_order_of_the_rows_nor_the_direction_changes_anything(rows, order):
    permuted = order.sample(rows, len(rows))
    turned = [(other, one) for one, other in permuted]
    one, two, three = (connected_components.cut(records(these), QUOTAS, 1337) for these in (rows, permuted, turned))
    assert {name: rows_of(split) for name, split in one.items()} == {name: rows_of(s) for name, s in two.items()}
    for name, split in one.items():
        assert Counter(rows_of(split)) == Counter((source, target) for target, source in rows_of(three[name]))


@given(st.integers(9, 60), st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_quotas_are_met_exactly_where_there_are_pairs_that_stand_alone(count, largest):
    chained = [(f"chain {row // largest}", f"kette {row}") for row in range(60)]
    alone = [(f"one {row}", f"eins {row}") for row in range(count)]
    cut = connected_components.cut(records([*chained, *alone]), QUOTAS, largest)
    assert {split: len(cut[split]) for split in QUOTAS} == QUOTAS


def test_a_component_that_would_overshoot_is_left_to_the_next_split():
    rows = [("a", str(number)) for number in range(4)] + [("b", "x"), ("c", "y")]
    orders = set()
    for seed in range(40):
        cut = connected_components.cut(records(rows), {"validation": 1, "test": 4}, seed)
        assert len(cut["validation"]) == 1
        orders.add((tuple(sorted(set(cut["test"]["source"]))), tuple(sorted(set(cut["train"]["source"])))))
    assert {(("a",), ("b",)), (("a",), ("c",))} <= orders, "the four pairs of 'a' go to the test, or stay"


def test_the_last_component_stays_in_training():
    one = records([("a", "x"), ("a", "y")])
    assert {split: len(found) for split, found in connected_components.cut(one, {"test": 2}, 1).items()} == {
        "train": 2,
        "test": 0,
    }
    two = records([("a", "x"), ("b", "y")])
    assert {split: len(found) for split, found in connected_components.cut(two, {"test": 9}, 1).items()} == {
        "train": 1,
        "test": 1,
    }


def test_another_seed_is_another_split_and_another_order():
    rows = [(f"one {row}", f"eins {row}") for row in range(100)]
    one, again, other = (connected_components.cut(records(rows), {"test": 50}, seed) for seed in (1, 1, 2))
    assert one["test"]["source"] == again["test"]["source"] != sorted(one["test"]["source"])
    assert set(one["test"]["source"]) != set(other["test"]["source"])


def test_the_split_is_the_same_on_every_machine_and_in_every_version():
    rows = [(f"one {row // 2}", f"eins {row}") for row in range(20)]
    cut = connected_components.cut(records(rows), {"validation": 2, "test": 4}, 1337)
    assert {split: cut[split]["target"] for split in QUOTAS} == {
        "validation": ["eins 6", "eins 7"],
        "test": ["eins 2", "eins 14", "eins 15", "eins 3"],
    }
