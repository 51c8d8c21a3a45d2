"""From options to a checked corpus: what is cut, moved, counted, noted, and refused."""

import json

import jsonschema
import pytest

from seqlab.data.datasets import LABELLED_TEXTS, PAIRS
from seqlab.data.datasets.labelled_tables import CommaSeparated
from seqlab.data.datasets.text_folder import TextFolder
from seqlab.data.records import SPLITS
from seqlab.data.splits import load_splits
from seqlab.errors import DataError

ROWS = [(f"text {number}", "ab"[number % 2]) for number in range(40)]


def load(path, **options):
    return load_splits.load(CommaSeparated(path=str(path), **options))


def texts(loaded):
    return {split: list(loaded.splits[split]["text"]) for split in SPLITS}


def test_a_table_without_splits_is_cut_in_three(write_table):
    loaded = load(write_table(ROWS))
    assert {split: len(records) for split, records in loaded.splits.items()} == {
        "train": 32,
        "validation": 4,
        "test": 4,
    }
    assert loaded.notes == ()
    assert loaded.counts == {"duplicates_kept_out_of_validation": 0, "test_overlap": 0}
    assert [source.name for source in loaded.sources] == ["table.csv"]
    assert loaded.sources[0].official is None


def test_the_order_of_a_file_changes_nothing(write_table):
    one, other = load(write_table(ROWS)), load(write_table(ROWS[::-1], "reversed.csv"))
    assert texts(one) == texts(other)
    assert one.fingerprints == other.fingerprints
    assert texts(one) != texts(load(write_table(ROWS), split_seed=1))


def test_take_cuts_training_after_its_shuffle_and_nothing_else(write_table):
    path = write_table(ROWS)
    whole, part = texts(load(path)), texts(load(path, take={"train": 10}))
    assert part["train"] == whole["train"][:10] != sorted(whole["train"])[:10]
    assert (part["validation"], part["test"]) == (whole["validation"], whole["test"])
    assert texts(load(path, take=1000)) == whole


@pytest.mark.parametrize(
    ("take", "sizes"),
    [
        (None, (48, 6, 6)),
        (24, (24, 3, 3)),
        (10, (10, 1, 1)),  # 6 · 10 / 48 = 1.25
        (3, (3, 1, 1)),  # never empty
        ({"train": 24}, (24, 6, 6)),
        ({"validation": 2, "test": 4}, (48, 2, 4)),
        ({"train": 24, "validation": "proportional", "test": 5}, (24, 3, 5)),
        ({"train": 99, "validation": "proportional", "test": 99}, (48, 6, 6)),
    ],
)
def test_take_of_every_split(write_table, take, sizes):
    path = write_table([(f"text {number}", "ab"[number % 2]) for number in range(60)])
    whole, part = load(path).splits, load(path, take=take).splits
    assert tuple(map(len, part.values())) == sizes
    for split, records in part.items():
        assert set(records["text"]) <= set(whole[split]["text"])


def test_take_of_a_file_of_its_own_is_no_matter_of_its_order(write_table):
    rows = [(f"text {number}", "ab"[number % 2]) for number in range(60)]
    path, test = write_table(rows), [(f"new {number}", "ab"[number >= 20]) for number in range(40)]
    one, other = (
        load(path, test=str(write_table(order, f"{name}.csv")), take={"test": 10}).splits["test"]
        for name, order in (("a", test), ("b", test[::-1]))
    )
    assert (len(one), one.fingerprint) == (10, other.fingerprint)
    assert len(set(one["label"])) == 2, "not the first ones of the file"


def test_splits_from_files_of_the_same_format(write_table):
    validation = write_table([("text 0", "a"), ("new", "b"), ("newer", "a")], "validation.csv")
    test = write_table([("text 1", "b"), ("newest", "a")], "test.csv")
    loaded = load(write_table(ROWS), validation=str(validation), test=str(test))
    assert loaded.splits["validation"]["text"] == ["new", "newer"]
    assert loaded.splits["test"]["text"] == ["text 1", "newest"], "a file keeps its order"
    assert len(loaded.splits["train"]) == 41
    assert loaded.counts == {"duplicates_kept_out_of_validation": 1, "test_overlap": 1}
    assert [source.name for source in loaded.sources] == ["table.csv", "validation.csv", "test.csv"]
    moved, overlap = loaded.notes
    assert "1 of 3 validation examples" in moved
    assert "1 of 2 test examples" in overlap
    assert load_splits.locate(CommaSeparated(path=loaded.sources[0].path, test=str(test))).sources[1].name == "test.csv"


def test_a_file_takes_the_place_of_an_official_split(write_tree):
    places = [f"{split}/{kind}/{number}" for split in SPLITS for kind in "ab" for number in "12"]
    root = write_tree({f"{place}.txt": place for place in places})
    other = write_tree({"a/1.txt": "mine", "b/1.txt": "mine as well"}, "other")
    official = load_splits.load(TextFolder(path=str(root)))
    assert sorted(official.splits["test"]["text"]) == places[-4:]
    loaded = load_splits.load(TextFolder(path=str(root), test=str(other)))
    assert loaded.splits["test"]["text"] == ["mine", "mine as well"]
    assert loaded.splits["validation"]["text"] == official.splits["validation"]["text"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "a header and no rows"),
        ([("one", "a")], "validation split is empty; there is 1 example in all.*add examples"),
        ([("one", "a"), ("two", "b")], "validation split is empty"),
        ([(f"text {n}", "spam") for n in range(30)], "every training example has the label 'spam'"),
        ([(f"text {n}", f"label {n}") for n in range(30)], "30 examples in all, with 30 different labels"),
        (
            [("same", "ab"[n % 2]) for n in range(30)],
            r"is empty, because all 30 texts are the same \('same'\), and equal",
        ),
        (
            [("x" + "y" * (n % 2), "a") for n in range(30)],
            "30 examples in all, with 2 different texts and 1 different la",
        ),
    ],
    ids=["no row", "one row", "two rows", "one class", "labels that are none", "one text", "two texts"],
)
def test_too_little_data(write_table, rows, message):
    with pytest.raises(DataError, match=message):
        load(write_table(rows))


def test_a_label_that_training_lacks(write_table):
    test = write_table([("new", "a"), ("newer", "c")], "test.csv")
    with pytest.raises(DataError, match=r"the label 'c' of the test split \(test\.csv:3\) is in no training"):
        load(write_table(ROWS), test=str(test))
    validation = write_table([("new", "A")], "validation.csv")
    with pytest.raises(DataError, match="'A' of the validation split"):
        load(write_table(ROWS), validation=str(validation))


def test_a_take_so_small_that_a_label_is_lost_is_reported(write_table):
    with pytest.raises(DataError, match=r"raise data\.take"):
        load(write_table(ROWS), take=1)


def test_a_validation_file_of_nothing_but_duplicates(write_table):
    validation, test = write_table(ROWS[:3], "validation.csv"), write_table([("new", "a")], "test.csv")
    with pytest.raises(DataError, match="validation split is empty"):
        load(write_table(ROWS), validation=str(validation), test=str(test))


def test_labels_without_an_example_in_a_split_are_noted(write_table):
    loaded = load(write_table([*ROWS, ("rare one", "rare")]))
    assert any("test split has no example of 1 label: 'rare'" in note for note in loaded.notes)


def test_a_value_from_the_data_cannot_flood_or_steer_the_terminal(write_table):
    test = write_table([("new", "\x1b[31m" + "long " * 100_000)], "test.csv")
    with pytest.raises(DataError) as failure:
        load(write_table(ROWS), test=str(test))
    assert len(str(failure.value)) < 400
    assert "\x1b" not in str(failure.value)


@pytest.mark.parametrize(
    ("registry", "options"),
    [
        (LABELLED_TEXTS, {"name": "imdb", "unlabelled": True}),
        (LABELLED_TEXTS, {"name": "synthetic", "size": 200}),
        (
            LABELLED_TEXTS,
            {"name": "csv", "path": "/a.csv", "text": ["title", "body"], "label": "class", "test": "/b.csv"},
        ),
        (LABELLED_TEXTS, {"name": "tsv", "path": "/a.tsv", "header": False, "text": 1, "label": 0}),
        (LABELLED_TEXTS, {"name": "text_folder", "path": "/texts", "validation": 0.3, "take": 5}),
        (PAIRS, {"name": "spa_eng", "source": "spanish", "target": "english", "path": "/spa-eng.zip"}),
        (PAIRS, {"name": "multi30k", "source": "english", "target": "german"}),
        (PAIRS, {"name": "csv", "path": "/a.csv", "source": "en", "test": "/b.csv"}),
        (PAIRS, {"name": "tsv", "path": "/a.tsv", "header": False, "source": 1, "target": 0}),
        (
            PAIRS,
            {"name": "parallel_text", "source": "/a", "target": "/b", "test": {"source": "/c", "target": "/d"}},
        ),
        (PAIRS, {"name": "synthetic", "size": 200, "take": 5}),
    ],
    ids=lambda value: value["name"] if isinstance(value, dict) else "",
)
def test_options_survive_being_written_out_whole(registry, options):
    part = registry.read(options)
    written = json.loads(part.model_dump_json())
    assert registry.read(written) == part
    jsonschema.validate(written, type(part).model_json_schema(), jsonschema.Draft7Validator)
    for field in type(part).model_fields:
        assert field == "name" or type(part).help_of(field), f"{field} has no help"
