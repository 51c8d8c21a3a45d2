"""Multi30k: six packed files, both directions, official splits, what a file may not be, the real figures."""

import gzip

import pytest
from pydantic import ValidationError

from seqlab.data.datasets import PAIRS
from seqlab.data.datasets.multi30k import Multi30k
from seqlab.data.splits import load_splits
from seqlab.errors import DataError, RequestError

SIZES = {"train": 6, "val": 3, "test_2016_flickr": 2}
NAMES = [f"{split}.{language}.gz" for split in SIZES for language in ("de", "en")]


@pytest.fixture
def folder(tmp_path):
    """The six files, with a few lines each."""
    for split, size in SIZES.items():
        for language, word in (("de", "Hund"), ("en", "dog")):
            lines = "".join(f"{word} {split} {number}\n" for number in range(size))
            (tmp_path / f"{split}.{language}.gz").write_bytes(gzip.compress(lines.encode()))
    return tmp_path


def load(folder, **options):
    return load_splits.load(Multi30k(path=str(folder), **options))


def test_official_splits_in_both_directions(folder):
    one, other = load(folder), load(folder, source="english", target="german")
    assert {split: len(found) for split, found in one.splits.items()} == {"train": 6, "validation": 3, "test": 2}
    assert one.splits["test"].columns == {
        "source": ["Hund test_2016_flickr 0", "Hund test_2016_flickr 1"],
        "target": ["dog test_2016_flickr 0", "dog test_2016_flickr 1"],
        "id": ["test_2016_flickr:1", "test_2016_flickr:2"],
    }
    for split, found in one.splits.items():
        turned = other.splits[split]
        assert (found["source"], found["target"], found["id"]) == (turned["target"], turned["source"], turned["id"])
    assert [source.name for source in one.sources] == NAMES


def test_files_that_are_not_the_published_ones_are_used_and_said(folder):
    loaded = load(folder)
    assert [source.official for source in loaded.sources] == [False] * 6
    assert "multi30k: val has 3 of the 1,014 published pairs: say so with every metric" in loaded.notes
    assert sum("is not identical to the published file" in note for note in loaded.notes) == 6


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            "one\ntwo\n",
            r"val\.de\.gz has 3 lines and \S*val\.en\.gz has 2: line 3 of \S*val\.de\.gz \('Hund val 2'\) is the first",
        ),
        ("one\ntwo\nthree\nfour\n", r"val\.en\.gz has 4 lines and .*line 4 of \S*val\.en\.gz \('four'\)"),
        ("one\n \nthree\n", r"val\.en\.gz:2: the target sentence is empty"),
        ("", r"val\.en\.gz is empty; expected one target sentence per line"),
    ],
)
def test_lines_that_are_no_pairs(folder, lines, message):
    (folder / "val.en.gz").write_bytes(gzip.compress(lines.encode()))
    with pytest.raises(DataError, match=message):
        load(folder)


def test_files_that_are_not_what_they_should_be(folder):
    path = folder / "train.de.gz"
    path.write_bytes(gzip.compress("Käfer\n".encode("latin-1")))
    with pytest.raises(DataError, match=r"train\.de\.gz is not UTF-8: byte 0xe4"):
        load(folder)
    path.write_bytes(b"Hund\n")
    with pytest.raises(DataError, match=r"train\.de\.gz is damaged or incomplete"):
        load(folder)


def test_all_six_are_wanted_and_their_addresses_given(folder, cache):
    (folder / "test_2016_flickr.en.gz").unlink()
    for dataset, place in ((Multi30k(path=str(folder)), folder), (Multi30k(), cache / "datasets" / "multi30k")):
        with pytest.raises(RequestError) as failure:
            dataset.find()
        for name in NAMES:
            assert f"from https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw/{name}" in str(
                failure.value
            )
            assert f"and put it at {place / name}" in str(failure.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"source": "english"}, "source and target are both english; set both options"),
        ({"source": "french"}, "'german' or 'english'"),
        ({"test": 0.1}, "does not have this option"),
    ],
)
def test_options_that_make_no_sense(options, message):
    with pytest.raises(ValidationError, match=message):
        PAIRS.read({"name": "multi30k", **options})


@pytest.mark.real_data
def test_the_real_files(real_data):
    loaded = load_splits.load(Multi30k())
    assert {split: len(found) for split, found in loaded.splits.items()} == {
        "train": 29_000,
        "validation": 1_014,
        "test": 1_000,
    }
    assert [source.official for source in loaded.sources] == [True] * 6
    assert loaded.counts == {"duplicates_kept_out_of_validation": 0, "test_overlap": 0}
    assert loaded.notes == (
        "multi30k: of 1,014 validation pairs 1 has a source and 1 a target that is also in training: kept",
    )
    test = loaded.splits["test"]
    assert test["source"][0] == "Ein Mann mit einem orangefarbenen Hut, der etwas anstarrt."
    assert test["target"][0] == "A man in an orange hat starring at something."
