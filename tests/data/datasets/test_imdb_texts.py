"""IMDB's reviews as running text: no labels, the same validation with the unlabelled reviews and without."""

import pytest
from pydantic import ValidationError

from seqlab.data.datasets import LABELLED_TEXTS, TEXTS
from seqlab.data.datasets.imdb import ARCHIVE, UNLABELLED_ARCHIVE, Imdb, ImdbTexts
from seqlab.data.records import SPLITS
from seqlab.data.splits import load_splits
from seqlab.errors import DataError

REVIEWS = {
    f"aclImdb/{split}/{kind}/{number}_{rating}.txt": f"{split} {kind} {number}: <br />\n"
    for split in ("test", "train")
    for kind, rating in (("pos", 9), ("neg", 2))
    for number in range(20)
}
EXTRA = {f"aclImdb/train/unsup/{number}_0.txt": f"unlabelled {number}" for number in range(10)}


def texts(loaded):
    return {split: set(loaded.splits[split]["text"]) for split in SPLITS}


def test_one_name_on_two_shelves():
    assert LABELLED_TEXTS["imdb"] is Imdb
    assert TEXTS["imdb"] is ImdbTexts


def test_each_review_is_a_document_without_a_label(write_archive):
    archive = str(write_archive(REVIEWS))
    loaded = load_splits.load(ImdbTexts(path=archive))
    assert {split: len(loaded.splits[split]) for split in SPLITS} == {"train": 36, "validation": 4, "test": 40}
    assert all(set(loaded.splits[split].columns) == {"text", "id"} for split in SPLITS)
    assert set().union(*texts(loaded).values()) == set(REVIEWS.values())
    labelled = load_splits.load(Imdb(path=archive))
    assert loaded.sources == labelled.sources
    assert texts(loaded)["test"] == texts(labelled)["test"]


def test_validation_does_not_depend_on_the_labels(write_archive):
    moved = {place.replace("/pos/", "/neg/x") if "train/pos/1" in place else place: REVIEWS[place] for place in REVIEWS}
    one, other = (load_splits.load(ImdbTexts(path=str(write_archive(tree)))) for tree in (REVIEWS, moved))
    assert texts(one) == texts(other)
    assert texts(one) != texts(load_splits.load(ImdbTexts(path=str(write_archive(REVIEWS)), split_seed=1)))


def test_unlabelled_reviews_are_trained_on_and_nothing_else_changes(write_archive):
    path = str(write_archive({**REVIEWS, **EXTRA}))
    without, plus = (load_splits.load(ImdbTexts(path=path, unlabelled=unlabelled)) for unlabelled in (False, True))
    assert texts(plus)["train"] == texts(without)["train"] | set(EXTRA.values())
    for split in ("validation", "test"):
        assert texts(plus)[split] == texts(without)[split]


def test_unlabelled_reviews_from_an_archive_of_their_own(write_archive):
    path = write_archive(REVIEWS)
    with pytest.raises(DataError, match=f"no unlabelled reviews.*{UNLABELLED_ARCHIVE}"):
        load_splits.load(ImdbTexts(path=str(path), unlabelled=True))
    write_archive({"aclImdb/train/unsup/7_0.txt": "apart"}, UNLABELLED_ARCHIVE)
    loaded = load_splits.load(ImdbTexts(path=str(path), unlabelled=True))
    assert "apart" in texts(loaded)["train"]
    assert [source.name for source in loaded.sources] == [ARCHIVE, UNLABELLED_ARCHIVE]


def test_a_validation_review_among_the_unlabelled_ones_moves_to_training(write_archive):
    path = str(write_archive(REVIEWS))
    held_out = sorted(texts(load_splits.load(ImdbTexts(path=path)))["validation"])
    write_archive({"aclImdb/train/unsup/0_0.txt": held_out[0]}, UNLABELLED_ARCHIVE)
    loaded = load_splits.load(ImdbTexts(path=path, unlabelled=True))
    assert texts(loaded)["validation"] == set(held_out[1:])
    assert loaded.counts["duplicates_kept_out_of_validation"] == 1


def test_take_is_a_number_of_reviews(write_archive):
    assert len(load_splits.load(ImdbTexts(path=str(write_archive(REVIEWS)), take=5)).splits["train"]) == 5
    with pytest.raises(ValidationError, match="does not have this option"):
        ImdbTexts(test=0.1)


@pytest.mark.real_data
def test_the_real_reviews(real_data):
    loaded = load_splits.load(ImdbTexts())
    assert [len(loaded.splits[split]) for split in SPLITS] == [22_502, 2_498, 25_000]
    assert loaded.counts == {"duplicates_kept_out_of_validation": 0, "test_overlap": 123}


@pytest.mark.real_data
def test_the_real_unlabelled_reviews(real_data):
    loaded = load_splits.load(ImdbTexts(unlabelled=True))
    moved = loaded.counts["duplicates_kept_out_of_validation"]
    assert [len(loaded.splits[split]) for split in SPLITS] == [72_502 + moved, 2_498 - moved, 25_000]
