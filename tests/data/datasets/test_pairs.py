"""What all datasets of pairs do: splits by components, the same in both directions; lines; what is said of them."""

import pytest
from as_lists import pairs

from seqlab.data.datasets.pair_tables import TabSeparatedPairs
from seqlab.data.datasets.pairs import Lines, aligned, lines_of
from seqlab.data.records import SPLITS
from seqlab.data.splits import load_splits
from seqlab.errors import DataError

ROWS = [(f"cat {number // 2}", f"gato {number // 3}", "x") for number in range(60)] + [
    (f"dog {number}", f"perro {number}", "x") for number in range(60)
]


@pytest.fixture
def write(tmp_path):
    """`write(rows, name)` writes a table with the columns english, spanish and another, and returns its path."""

    def write(rows=ROWS, name="pairs.tsv"):
        path = tmp_path / name
        lines = ["english\tspanish\tnote", *("\t".join(row) for row in rows)]
        path.write_text("\n".join(lines), encoding="utf-8")
        return str(path)

    return write


def load(path, source="english", target="spanish", **options):
    return load_splits.load(TabSeparatedPairs(path=path, source=source, target=target, **options))


def turned(loaded):
    return {split: list(zip(found["target"], found["source"], strict=True)) for split, found in loaded.splits.items()}


def test_no_sentence_stands_in_two_splits_and_shares_are_exact(write):
    loaded = load(write())
    assert {split: len(found) for split, found in loaded.splits.items()} == {"train": 96, "validation": 12, "test": 12}
    for side in ("source", "target"):
        sides = [set(loaded.splits[split][side]) for split in SPLITS]
        assert sum(map(len, sides)) == len(set.union(*sides))
    assert loaded.notes == ("20 rows are duplicates; equal pairs are kept in one split",)
    assert loaded.counts["test_overlap"] == 0
    assert loaded.splits["train"].keys == ("source", "target")
    assert set(loaded.splits["train"].columns) == {"source", "target", "id"}


def test_both_directions_have_the_same_splits_in_the_same_order(write):
    path = write()
    one, other = load(path), load(path, "spanish", "english")
    assert pairs(one) == turned(other)
    assert one.fingerprints != other.fingerprints, "what is asked is not the same"
    assert pairs(one) == pairs(load(write(ROWS[::-1], "reversed.tsv")))
    assert pairs(one) != pairs(load(path, split_seed=1))


def test_take_keeps_the_same_pairs_in_both_directions(write):
    path = write()
    whole, part, other = load(path), load(path, take=10), load(path, "spanish", "english", take=10)
    assert pairs(part)["train"] == pairs(whole)["train"][:10]
    assert pairs(part) == turned(other)


def test_files_of_their_own_are_kept_and_what_they_share_is_said(write):
    validation = write([("cat 0", "gato 0", ""), ("cat 0", "minino", ""), ("cow", "vaca", "")], "validation.tsv")
    test = write([("dog 1", "can", ""), ("hound", "perro 1", ""), ("pup", "perro 2", ""), ("cow", "res", "")], "t.tsv")
    loaded = load(write(), validation=validation, test=test)
    assert {split: len(found) for split, found in loaded.splits.items()} == {"train": 121, "validation": 2, "test": 4}
    assert loaded.counts == {"duplicates_kept_out_of_validation": 1, "test_overlap": 0}
    assert loaded.notes == (
        "1 of 3 validation examples has a pair of sentences that is also in training: moved to training",
        "tsv: of 2 validation pairs 1 has a source and 0 a target that is also in training: kept",
        "tsv: of 4 test pairs 2 have a source and 2 a target that is also in training or validation: kept",
    )


def test_one_sentence_with_many_translations_cannot_be_split(write):
    with pytest.raises(DataError, match=r"validation split is empty; .*a pair of sentences that is in no other split"):
        load(write([("cat", f"gato {number}", "") for number in range(30)]))


def test_one_text_is_both_sides_and_two_texts_are_each(write):
    dataset = TabSeparatedPairs(path="pairs.tsv")
    test = load(write()).splits["test"].rows([0])
    (source,), (target,) = test["source"], test["target"]
    assert dataset.texts(test) == {"source": [source], "target": [target]}
    assert dataset.input_texts(test) == [f"{source} {target}"]
    assert dataset.input_texts(test, ("target",)) == [target]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("one", ["one"]),
        ("one\ntwo\n", ["one", "two"]),
        ("\ufeffone\n\n", ["one", ""]),
        ("one\u2028still one\x85\x0b\ntwo", ["one\u2028still one\x85\x0b", "two"]),
    ],
)
def test_lines_of_a_text(text, lines):
    assert lines_of(text) == lines


def test_lines_of_one_number_are_a_pair():
    found = aligned(Lines("a.en", ["one\r", " two "]), Lines("a.es", ["uno", "dos\u00a0"]), "a")
    assert found.columns == {"source": ["one", "two"], "target": ["uno", "dos"], "id": ["a:1", "a:2"]}


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        (
            ["one", "two"],
            ["uno", "dos", "tres", "cuatro"],
            r"a\.es has 4 lines and a\.en has 2: line 3 of a\.es \('tres'\) is the first without a translation",
        ),
        (["one", "two"], ["uno"], r"a\.en has 2 lines and a\.es has 1: line 2 of a\.en \('two'\)"),
        ([], ["uno"], r"a\.en is empty; expected one source sentence per line"),
        (["one"], [], r"a\.es is empty; expected one target sentence per line"),
        (["one", " \r"], ["uno", "dos"], r"a\.en:2: the source sentence is empty; write it, or remove the pair"),
        (["one", "two"], ["uno", "\u3000"], r"a\.es:2: the target sentence is empty"),
        (["one", "two", ""], ["uno", "\u3000", ""], r"^a\.es:2: the target sentence is empty"),
    ],
)
def test_lines_that_are_no_pairs(source, target, message):
    with pytest.raises(DataError, match=message):
        aligned(Lines("a.en", source), Lines("a.es", target), "a")


def test_lines_that_are_empty_on_both_sides_are_no_pairs():
    found = aligned(Lines("a.en", ["one", "\r", "two"]), Lines("a.es", ["uno", " ", "dos"]), "a")
    assert found.columns == {"source": ["one", "two"], "target": ["uno", "dos"], "id": ["a:1", "a:3"]}


def test_all_lines_without_a_sentence_are_named_at_once():
    source, target = ([f"{side} {line}" for line in range(1, 31)] for side in ("one", "uno"))
    for line in (5, 12, 20):
        source[line - 1] = ""
    for line in (8, 12, 25, 26):
        target[line - 1] = "  "
    with pytest.raises(DataError) as error:
        aligned(Lines("a.en", source), Lines("a.es", target), "a")
    assert str(error.value).splitlines() == [
        "a.en and a.es: 5 lines cannot be used, the first is 5",
        "  line 5: the source sentence is empty",
        "  line 8: the target sentence is empty",
        "  line 20: the source sentence is empty",
        "  line 25: the target sentence is empty",
        "  line 26: the target sentence is empty",
        "write it, or remove the pair (on both sides)",
    ]
