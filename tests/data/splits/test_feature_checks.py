"""What is said of features, and what is refused."""

import re

import pytest

from seqlab.data.datasets.input_tables import Features
from seqlab.data.datasets.labelled_tables import CommaSeparated
from seqlab.data.datasets.numbered_tables import NumberedCommaSeparated
from seqlab.data.features import number_cell
from seqlab.data.records import Records
from seqlab.data.splits.feature_checks import check_features, notes_on_features
from seqlab.data.splits.load_splits import load
from seqlab.errors import DataError

DATASET = CommaSeparated(path="x.csv", features={"categories": ["city"], "numbers": ["size"]})


def splits(train, validation=(), test=()):
    named = {"train": train, "validation": validation, "test": test}
    return {split: Records({"features": [tuple(row) for row in rows]}) for split, rows in named.items()}


def notes(*parts):
    return list(notes_on_features(splits(*parts), DATASET))


def test_rows_that_repeat_without_a_text_are_noted():
    dataset = DATASET.model_copy(update={"features": Features(numbers=("size",))})
    for repeated, said in ((2, False), (3, True)):
        rows = [(str(number),) for number in range(4)] * repeated
        records = Records({"features": rows, "content": [row[0] for row in rows]}, ("content",))
        found = list(
            notes_on_features({"train": records, "validation": records.rows([]), "test": records.rows([])}, dataset)
        )
        assert [note.startswith("only 4 of 12 rows are different") for note in found] == [True] * said


def test_nothing_is_said_of_whole_columns():
    assert notes([("a", "1.0"), ("b", "2.0")], [("a", "2.0")], [("b", "9.0")]) == []


def test_missing_cells_are_counted_per_split():
    assert notes([("a", ""), ("b", "2.0"), ("", "1.0")], [("a", "1.0")], [("b", ""), ("", "")]) == [
        "'city' is missing in 1 of 3 training, 1 of 2 test rows: missing is a category of its own",
        "'size' is missing in 1 of 3 training, 2 of 2 test rows: the mean of training stands for them, and an input of "
        "its own tells that they are missing",
    ]
    (note,) = notes([("a", "1.0"), ("b", "2.0")], [("a", "")])
    assert note == "'size' is missing in 1 of 1 validation rows: the mean of training stands for them"


def test_categories_that_training_lacks_are_named():
    (note,) = notes([("a", "1.0"), ("b", "2.0")], [("c", "1.0"), ("a", "1.0"), ("d", "1.0"), ("c", "1.0")])
    assert note == "3 of 4 validation rows have a 'city' that training lacks ('c', 'd'): read as an unknown one"


def test_a_constant_column_tells_nothing():
    assert notes([("a", "1.0"), ("b", "1.0")]) == [
        "the column 'size' is '1.0' in all of training: nothing is learned from it"
    ]


@pytest.mark.parametrize("huge", ["1e39", "-1e20", "100000"])
def test_a_number_out_of_proportion_is_named(huge):
    (note,) = notes([("a", number_cell(str(number))) for number in range(21)] + [("b", number_cell(huge))])
    assert note.startswith(f"beside the {float(huge):g} in 'size' most of its numbers (")
    assert note.endswith("look the same: all are divided by their standard deviation; correct it, or take logarithms")


@pytest.mark.parametrize(
    "numbers",
    [
        [*range(21), 100],
        [0.0] * 40 + [1e9],  # a rare event, which a model can see
        [2.0**number for number in range(40)],
        ["", *range(21)],
    ],
)
def test_numbers_in_proportion_are_not(numbers):
    assert not [
        note
        for note in notes([("ab"[place % 2], number_cell(str(number))) for place, number in enumerate(numbers)])
        if "beside" in note
    ]


@pytest.mark.parametrize(("count", "said"), [(20, False), (21, True)])
def test_categories_that_are_numbers_are_noted(count, said):
    found = notes([(str(number), number_cell(str(number))) for number in range(count)])
    assert any("different numbers: name the column in data.features.numbers" in note for note in found) == said
    assert notes([(f"n{number}", number_cell(str(number))) for number in range(count)]) == []


@pytest.mark.parametrize(
    ("rows", "column", "option"),
    [([("", "1.0"), ("", "2.0")], "city", "categories"), ([("a", ""), ("b", "")], "size", "numbers")],
)
def test_a_column_that_is_empty_in_training_is_refused(rows, column, option):
    with pytest.raises(DataError, match=f"'{column}' is empty in all 2 training rows: .*data.features.{option}"):
        check_features(splits(rows, [("a", "1.0")]), DATASET)


def test_equal_numbers_cannot_be_predicted(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("text,label\n" + "".join(f"word{n},3\n" for n in range(9)), encoding="utf-8")
    with pytest.raises(DataError, match=r"every training example has the label 3, so there is nothing to predict"):
        load(NumberedCommaSeparated(path=str(path)))


def test_rows_with_the_same_features_are_not_called_the_same(tmp_path):
    path, features = tmp_path / "x.csv", Features(categories=("city",), numbers=("size",))
    path.write_text("size,city,label\n" + "".join(f",Rome,{'ab'[n % 2]}\n" for n in range(60)), encoding="utf-8")
    with pytest.raises(DataError, match="validation split is empty, because all 60 rows have the same features, and"):
        load(CommaSeparated(path=str(path), features=features))
    rows = "".join(f"{n % 25},Rome,{'ab'[n % 2]}\n" for n in range(60))
    path.write_text("size,city,label\n" + rows, encoding="utf-8")
    (note,) = [note for note in load(CommaSeparated(path=str(path), features=features)).notes if "of another" in note]
    assert re.fullmatch(r"\d+ rows have the features of another row; such rows are kept in one split", note)


def test_unique_numbers_do_not_stratify_and_equal_texts_stay_together(tmp_path):
    path = tmp_path / "x.csv"
    rows = [f"text {n % 40},{n}.5,{n % 7}" for n in range(200)]
    path.write_text("text,label,size\n" + "\n".join(rows), encoding="utf-8")
    options = {"validation": 0.2, "test": 0.2, "split_seed": 3}
    alone = load(NumberedCommaSeparated(path=str(path), **options))
    mixed = load(NumberedCommaSeparated(path=str(path), features={"text": "text", "numbers": ["size"]}, **options))
    for corpus in (alone, mixed):
        texts = [set(records["text"]) for records in corpus.splits.values()]
        assert [len(each) for each in texts] == [24, 8, 8]  # of texts, not of numbers, of which all are different
    contents = {split: set(records["text"]) for split, records in alone.splits.items()}
    assert contents == {split: set(records["text"]) for split, records in mixed.splits.items()}


def test_a_fingerprint_knows_every_cell(tmp_path):
    path, fingerprints = tmp_path / "x.csv", set()
    for size, label in (("1", "2"), ("3", "2"), ("1", "4"), ("1.0", "2")):
        rows = "".join(f"word{n},{n},{n}\n" for n in range(10, 30))
        path.write_text(f"text,size,label\nword,{size},{label}\n{rows}", encoding="utf-8")
        corpus = load(NumberedCommaSeparated(path=str(path), features={"text": "text", "numbers": ["size"]}))
        fingerprints.add(tuple(corpus.fingerprints.values()))
    assert len(fingerprints) == 3  # 1 and 1.0 are the same number
