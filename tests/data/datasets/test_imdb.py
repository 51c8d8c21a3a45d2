"""IMDB: from the archive or the folder, the course's validation split, damaged archives, the real thing."""

import gzip
import random
import tarfile

import pytest
from pydantic import ValidationError

from seqlab.data.datasets.imdb import Imdb
from seqlab.data.splits import load_splits
from seqlab.errors import DataError
from seqlab.progress import SILENT

REVIEWS = {
    f"aclImdb/{split}/{kind}/{number}_{rating}.txt": f"{split} {kind} {number}: caf\u00e9 <br />\u0085 \n"
    for split in ("test", "train")
    for kind, rating in (("pos", 9), ("neg", 2))
    for number in range(10)
}
EXTRAS = {
    "aclImdb/README": "read me",
    "aclImdb/train/unsup/0_0.txt": "no label",
    "aclImdb/train/unsup/1_0.txt": "no label either",
    "aclImdb/train/labeledBow.feat": "9 0:1",
    "aclImdb/train/pos/notes.md": "not a review",
}


def texts(loaded):
    return {split: sorted(records["text"]) for split, records in loaded.splits.items()}


def damaged(path):
    with pytest.raises(DataError, match=r"is damaged or incomplete.*download it again"):
        load_splits.load(Imdb(path=str(path)))


def test_archive_and_folder_are_read_alike(write_archive, write_tree, tmp_path):
    archive = write_archive(dict(sorted({**REVIEWS, **EXTRAS}.items())))
    backwards = write_archive(dict(sorted({**REVIEWS, **EXTRAS}.items(), reverse=True)), "b.tar.gz")
    folder = write_tree({**REVIEWS, **EXTRAS}, "extracted")
    one, two, three, four = (
        load_splits.load(Imdb(path=str(path))) for path in (archive, backwards, folder, folder / "aclImdb")
    )
    assert one.splits == two.splits == three.splits == four.splits
    assert three.sources == four.sources
    assert {split: len(records) for split, records in one.splits.items()} == {
        "train": 16,
        "validation": 4,
        "test": 20,
    }


def test_texts_are_exactly_those_of_the_files_and_ids_their_names(write_archive):
    test = load_splits.load(Imdb(path=str(write_archive(REVIEWS)))).splits["test"]
    row = test["id"].index("test/neg/3_2.txt")
    assert test["text"][row] == "test neg 3: caf\u00e9 <br />\u0085 \n"
    assert test["label"][row] == "negative"
    assert set(test["label"]) == {"negative", "positive"}


def test_unlabelled_reviews_are_never_a_class(write_archive, tmp_path):
    """Nor in any split, also in a run of an older version that asked for them."""
    path = write_archive({**REVIEWS, **EXTRAS})
    without, asked_for = (load_splits.load(Imdb(path=str(path), unlabelled=value)) for value in (False, True))
    assert without.splits == asked_for.splits
    assert {label for records in without.splits.values() for label in records["label"]} == {"negative", "positive"}
    assert not {"no label", "no label either"} & {
        text for records in without.splits.values() for text in records["text"]
    }


def test_validation_is_the_last_share_of_each_shuffled_class(write_archive):
    loaded = load_splits.load(Imdb(path=str(write_archive(REVIEWS)), split_seed=11))
    expected = []
    for kind, rating in (("neg", 2), ("pos", 9)):
        names = sorted(f"{number}_{rating}.txt" for number in range(10))
        random.Random(11).shuffle(names)
        expected += [f"train/{kind}/{name}" for name in names[-2:]]
    assert sorted(loaded.splits["validation"]["id"]) == sorted(expected)


def test_duplicates_of_training_texts_leave_validation(write_archive):
    reviews = {place: "the same" if "/train/pos/" in place else text for place, text in REVIEWS.items()}
    loaded = load_splits.load(Imdb(path=str(write_archive(reviews))))
    assert loaded.counts["duplicates_kept_out_of_validation"] == 2
    assert (len(loaded.splits["train"]), len(loaded.splits["validation"])) == (18, 2)
    assert any("2 of 4 validation examples" in note for note in loaded.notes)


def test_a_copy_that_is_not_the_published_file_is_used_and_noted(write_archive):
    loaded = load_splits.load(Imdb(path=str(write_archive(REVIEWS))))
    assert loaded.sources[0].official is False
    assert any("is not identical to" in note and loaded.sources[0].sha256 in note for note in loaded.notes)
    assert any("found 20 training reviews; the published data have 25,000" in note for note in loaded.notes)


@pytest.mark.parametrize("dialect", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_archives_of_every_dialect(write_archive, dialect):
    loaded = load_splits.load(Imdb(path=str(write_archive(REVIEWS, dialect=dialect))))
    assert sum(map(len, loaded.splits.values())) == 40


def test_damaged_archives(write_archive, tmp_path):
    whole = write_archive(REVIEWS).read_bytes()
    path = tmp_path / "damaged.tar.gz"
    for size in (len(whole) // 3, len(whole) - 20, len(whole) - 1):
        path.write_bytes(whole[:size])
        damaged(path)
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes(byte ^ 255 for byte in whole[middle : middle + 9]) + whole[middle + 9 :])
    damaged(path)
    path.write_bytes(b"<html>404 Not Found</html>")
    damaged(path)
    path.write_bytes(gzip.compress(b"not a tar archive at all " * 100))
    damaged(path)
    for size in (10_000, 10_240, 10_300, 10_900):
        path.write_bytes(gzip.compress(gzip.decompress(whole)[:size]))
        damaged(path)


def test_an_archive_of_something_else(write_archive):
    with pytest.raises(DataError, match=r"no train/neg/\*\.txt.*it is not the IMDB archive"):
        load_splits.load(Imdb(path=str(write_archive({"other/thing.txt": "hello"}))))


def test_a_review_that_is_not_utf8(write_archive, tmp_path):
    path = tmp_path / "latin.tar.gz"
    path.write_bytes(gzip.compress(gzip.decompress(write_archive(REVIEWS).read_bytes()).replace(b"\xc3\xa9", b"\xe9!")))
    with pytest.raises(DataError, match=r"latin\.tar\.gz: test/pos/0_9\.txt is not UTF-8: byte 0xe9 at offset 15"):
        load_splits.load(Imdb(path=str(path)))


def test_its_official_test_split_cannot_be_replaced(write_archive):
    with pytest.raises(ValidationError, match="does not have this option"):
        Imdb(test=0.1)  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        Imdb(validation="mine.csv")  # type: ignore[arg-type]


@pytest.mark.real_data
def test_the_real_archive(real_data):
    dataset = Imdb()
    reading = dataset.read(dataset.locate(), SILENT)
    assert reading.validation is not None
    assert reading.test is not None
    assert (len(reading.train), len(reading.validation), len(reading.test)) == (20_000, 5_000, 25_000)
    for records, each in ((reading.validation, 2_500), (reading.test, 12_500)):
        assert records["label"].count("positive") == records["label"].count("negative") == each

    loaded = load_splits.load(dataset)
    moved = loaded.counts["duplicates_kept_out_of_validation"]
    assert (len(loaded.splits["train"]), len(loaded.splits["validation"])) == (20_000 + moved, 5_000 - moved)
    assert loaded.counts["test_overlap"] == 123
    assert moved == 33
    assert not set(loaded.splits["train"]["text"]) & set(loaded.splits["validation"]["text"])
    assert {label for records in loaded.splits.values() for label in records["label"]} == {"negative", "positive"}
