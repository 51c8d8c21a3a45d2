"""Tiny Shakespeare: both splits, where the file may be, what is not Shakespeare, the real text."""

import pytest
from pydantic import ValidationError

from seqlab.config.yaml_reader import plain_value
from seqlab.data.datasets import TEXTS
from seqlab.data.datasets.shakespeare import FILE, Shakespeare
from seqlab.data.records import SPLITS
from seqlab.data.splits import load_splits
from seqlab.errors import DataError, RequestError
from seqlab.text import Characters

CHARACTERS = "To be, or not to be: that is the question.\n"
TEXT = CHARACTERS * 24_700 + "The rest is silence.\n"


@pytest.fixture
def play(cache, tmp_path):
    """A text long enough for the course's split, where the cache keeps it. Returns its path."""
    path = cache / "datasets" / "shakespeare" / FILE
    path.parent.mkdir(parents=True)
    path.write_text(TEXT, encoding="utf-8", newline="\n")
    return path


def lengths(loaded):
    return [len(loaded.splits[split]["text"][0]) for split in SPLITS]


def test_the_course_splits_at_round_numbers(play):
    loaded = load_splits.load(Shakespeare())
    assert lengths(loaded) == [1_000_000, 60_000, len(TEXT) - 1_060_000]
    assert "".join(loaded.splits[split]["text"][0] for split in SPLITS) == TEXT
    assert [loaded.splits[split]["id"] for split in SPLITS] == [
        ["shakespeare.txt:0"],
        ["shakespeare.txt:1000000"],
        ["shakespeare.txt:1060000"],
    ]


def test_the_last_tenth_is_what_nanogpt_validates_on(play):
    loaded = load_splits.load(Shakespeare(split="90_10"))
    first = int(len(TEXT) * 0.9)
    assert loaded.splits["test"]["text"][0] == TEXT[first:]
    assert lengths(loaded) == [int(len(TEXT) * 0.85), first - int(len(TEXT) * 0.85), len(TEXT) - first]


def test_less_of_the_last_tenth_but_one_validates(play):
    loaded = load_splits.load(Shakespeare(split="90_10", validation=0.01))
    first = int(len(TEXT) * 0.9)
    assert loaded.splits["test"]["text"][0] == TEXT[first:], "the test stays"
    assert loaded.splits["validation"]["text"][0] == TEXT[int(len(TEXT) * 0.89) : first]
    assert loaded.splits["train"]["text"][0] == TEXT[: int(len(TEXT) * 0.89)]
    for share in (0.0, 0.6, "v.txt", float("nan")):
        with pytest.raises(ValidationError):
            Shakespeare(split="90_10", validation=share)
    with pytest.raises(DataError, match=r"splits of at least 2: data\.validation is 1e-12: use a larger share$"):
        load_splits.load(Shakespeare(split="90_10", validation=1e-12))


def test_the_split_is_a_text_in_yaml_although_python_reads_a_number():
    assert (int("90_10"), plain_value("90_10")) == (9010, "90_10")
    assert TEXTS.read({"name": "shakespeare", "split": plain_value("90_10")}).split == "90_10"
    with pytest.raises(ValidationError, match="'course' or '90_10'"):
        Shakespeare(split="80_20")


def test_its_splits_are_its_own(play):
    with pytest.raises(ValidationError, match="does not have this option"):
        Shakespeare(test="t.txt")
    unused = Shakespeare(validation=0.1).unused_options()
    assert unused.keys() - Shakespeare().unused_options() == {"validation"}
    assert unused["validation"] == "it belongs to the split 90_10, and data.split is course"
    assert "validation" not in Shakespeare(validation=0.1, split="90_10").unused_options()
    assert load_splits.load(Shakespeare(split_seed=7)).splits == load_splits.load(Shakespeare()).splits


def test_a_file_or_its_folder(play):
    for path in (play, play.parent):
        assert Shakespeare(path=str(path)).find() == (play,)
    source, (note,) = load_splits.locate(Shakespeare()).sources[0], load_splits.load(Shakespeare()).notes
    assert source.official is False
    assert "not identical to the published file" in note


def test_missing_files_are_named_with_their_folder(cache, monkeypatch):
    monkeypatch.setenv("SEQLAB_OFFLINE", "1")
    with pytest.raises(RequestError) as failure:
        load_splits.load(Shakespeare())
    message = str(failure.value)
    assert "SEQLAB_OFFLINE is set: get shakespeare.txt (1,115,394 bytes) from https://raw.github" in message
    assert f"put it at {cache / 'datasets' / 'shakespeare' / FILE}" in message


def test_the_mirror_is_known():
    (file,) = Shakespeare.published
    assert file.addresses[1] == "https://storage.googleapis.com/download.tensorflow.org/data/shakespeare.txt"
    assert (file.size, len(file.sha256)) == (1_115_394, 64)


def test_a_shorter_text(tmp_path):
    path = tmp_path / "sonnet.txt"
    path.write_text(CHARACTERS * 10, encoding="utf-8")
    with pytest.raises(DataError, match=r"sonnet\.txt has 430 characters.*after 1,060,000.*name: text_file"):
        load_splits.load(Shakespeare(path=str(path)))
    assert lengths(load_splits.load(Shakespeare(path=str(path), split="90_10"))) == [365, 22, 43]


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("split", "expected"), [("course", [1_000_000, 60_000, 55_394]), ("90_10", [948_084, 55_770, 111_540])]
)
def test_the_real_text(real_data, split, expected):
    loaded = load_splits.load(Shakespeare(split=split))
    assert lengths(loaded) == expected
    assert loaded.sources[0].official is True
    assert (loaded.notes, loaded.counts["test_overlap"]) == ((), 0)
    text = "".join(loaded.splits[part]["text"][0] for part in SPLITS)
    assert text.startswith("First Citizen:\nBefore we proceed any further, hear me speak.\n")
    assert (len(text), len(set(text)), len(set(text.lower()))) == (1_115_394, 65, 39)


@pytest.mark.real_data
@pytest.mark.parametrize(("lowercase", "size"), [(True, 39), (False, 65)])
def test_the_characters_of_a_language_model(real_data, lowercase, size):
    splits = load_splits.load(Shakespeare()).splits
    part = Characters(lowercase=lowercase)
    fitted = part.unpadded(part.learn(splits["train"]["text"]).vocabulary)
    assert fitted.size == size
    for split in SPLITS:
        ids = fitted.encode(splits[split]["text"]).ids[0]
        assert (ids.min(), ids.max() < size, len(ids)) == (0, True, len(splits[split]["text"][0]))
