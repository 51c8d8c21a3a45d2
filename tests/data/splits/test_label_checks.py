"""Labels: which look alike, which have one example, which training lacks."""

import pytest

from seqlab.data.datasets.labelled_tables import CommaSeparated
from seqlab.data.datasets.text_folder import TextFolder
from seqlab.data.splits import load_splits
from seqlab.data.splits.label_checks import look_alikes
from seqlab.errors import DataError


@pytest.mark.parametrize(
    ("labels", "groups"),
    [
        (["positive", "Positive", "POSITIVE", "negative"], [["POSITIVE", "Positive", "positive"]]),
        (["a", "a\u200b", "\ufeffa", "a\u00ad", "b"], [["a", "a\u00ad", "a\u200b", "\ufeffa"]]),
        (["1", "1.0", "01", "+1", "1.", "10", "1.5", "-1"], [["+1", "01", "1", "1.", "1.0"]]),
        (["very good", "very  good", "very\u00a0good"], [["very  good", "very good", "very\u00a0good"]]),
        (["ok", "\uff4f\uff4b"], [["ok", "\uff4f\uff4b"]]),
        (["\u2764", "\u2764\ufe0f"], [["\u2764", "\u2764\ufe0f"]]),
        (["straße", "STRASSE"], [["STRASSE", "straße"]]),
        (["C", "C++", "C#", "café", "cafe", "1e3", "100", "a1", "", "-", "not good", "notgood"], []),
        (["10", "1e1", "1E+1", "1_000", "1000"], [["10", "1E+1", "1e1"], ["1000", "1_000"]]),
        (["0", "-0", "0.0", ".5", "0.5", "-.5"], [["-0", "0", "0.0"], [".5", "0.5"]]),
        (["9" * 40 + "1", "9" * 40 + "2"], []),
        (["semi-formal", "semi\u2010formal", "semi_formal"], [["semi-formal", "semi_formal", "semi\u2010formal"]]),
        (["-", "\u2010", "_"], [["-", "\u2010"]]),
        (["can't", "can\u2019t", '"x"', "\u201cx\u201d"], [['"x"', "\u201cx\u201d"], ["can't", "can\u2019t"]]),
        (["\u0130yi", "iyi"], [["iyi", "\u0130yi"]]),
        (
            ["\u0421\u041e\u0420", "cop", "\u0441\u043e\u0440", "co"],
            [["cop", "\u0421\u041e\u0420", "\u0441\u043e\u0440"]],
        ),
        (["\u043d\u0435\u0442", "\u041d\u0415\u0422", "\u0434\u0430"], [["\u041d\u0415\u0422", "\u043d\u0435\u0442"]]),
        (["a", "a\x07"], [["a", "a\x07"]]),
        (["very_good", "very good", "very-good"], [["very good", "very-good", "very_good"]]),
        (["9" * 400, "9" * 400 + ".0"], [["9" * 400, "9" * 400 + ".0"]]),
    ],
)
def test_which_labels_look_alike(labels, groups):
    assert look_alikes(labels) == groups


def notes(write_table, labels, **options):
    rows = [(f"text {label!r} {number}", label) for label, count in labels.items() for number in range(count)]
    return load_splits.load(CommaSeparated(path=str(write_table(rows)), **options)).notes


@pytest.mark.parametrize(
    ("labels", "note"),
    [
        (
            {"yes": 10, "Yes": 20},
            "'Yes' (20 examples) and 'yes' (10 examples) are 2 classes, and differ only in case:",
        ),
        (
            {"no": 10, "no\u200b": 10},
            "and 'no\\u200b' (10 examples) are 2 classes, and differ only in characters that cannot",
        ),
        (
            {"1": 10, "1.0": 10, "01": 10},
            "are 3 classes, and differ only in how the number is written: write",
        ),
        ({"a b": 10, "A  B": 10}, "differ only in case, spaces, punctuation or the width of characters"),
        (
            {"A": 10, "\u0410": 10},
            "differ only in letters that look the same in another alphabet ('\u0410' is Cyrillic):",
        ),
        ({"fin": 10, "\ufb01n": 10}, "differ only in how '\ufb01' (fi) is written, or in case:"),
        ({"Gru\u00df": 10, "Gruss": 10}, "differ only in how '\u00df' (ss) is written, or in case:"),
        ({"no": 10, "No\u200b": 10}, "differ only in case and characters that cannot be seen"),
        (
            {"Yes": 10, "yes": 10, "yes\u200b": 10, "\u0443es": 10},
            "are 4 classes, and differ only in case, letters that look the same in another alphabet "
            "('\u0443' is Cyrillic) and characters that cannot be seen:",
        ),
        (
            {"A": 10, "\u0430": 10},
            "only in case and letters that look the same in another alphabet ('\u0430' is Cyrillic):",
        ),
        ({"1": 10, "1.0": 10, "1\u200b": 10}, "only in characters that cannot be seen and how the number is written:"),
        ({"1e3": 10, "1E3": 10}, "differ only in case:"),
        ({"very good": 10, "very_good": 10}, "differ only in spaces, punctuation or the width of characters:"),
        ({"Oh\u2026": 10, "oh\u2026": 10}, "differ only in case:"),
        ({"1": 10, "\uff11": 10}, "differ only in how the number is written:"),
    ],
)
def test_labels_that_look_alike_are_noted_with_what_differs(write_table, labels, note):
    (found,) = notes(write_table, labels)
    assert note in found


def test_composed_and_decomposed_labels_are_one(write_table):
    assert notes(write_table, {"caf\u00e9": 10, "cafe\u0301": 10, "bar": 10}) == ()


def test_names_of_folders_are_composed(write_tree):
    labels = {"train": "caf\u00e9", "test": "cafe\u0301"}
    tree = {f"{split}/{label}/{n}.txt": f"{split} {n}" for split, label in labels.items() for n in range(10)}
    tree |= {f"{split}/bar/{n}.txt": f"bar {split} {n}" for split in labels for n in range(10)}
    loaded = load_splits.load(TextFolder(path=str(write_tree(tree)), validation=0.2))
    assert {label for records in loaded.splits.values() for label in records["label"]} == {"caf\u00e9", "bar"}


def test_a_stray_class_is_noted(write_table):
    found = notes(write_table, {"good": 20, "bad": 20, "godo": 1, "label": 1})
    assert found[0] == (
        "2 labels with a single example: 'godo', 'label': a misspelt label, or too few examples to learn it"
    )


def test_a_label_that_only_looks_like_one_of_training_is_told(write_table):
    train = [(f"text {number}", "ab"[number % 2]) for number in range(40)]
    test = write_table([("one", "a"), ("two", "A"), ("three", "A"), ("four", "c")], "test.csv")
    with pytest.raises(DataError) as error:
        load_splits.load(CommaSeparated(path=str(write_table(train)), test=str(test)))
    assert str(error.value) == (
        "csv: the label 'A' of the test split (test.csv:3) is in no training example, so no model can predict it; it "
        "differs from 'a' only in case: write them alike (2 more rows with such labels)"
    )
