"""Parallel text: two files and, for a split of its own, two more. What lines may hold stands in test_pairs."""

import gzip

import pytest
from pydantic import ValidationError

from seqlab.data.datasets import PAIRS
from seqlab.data.datasets.parallel_text import ParallelText
from seqlab.data.splits import load_splits
from seqlab.errors import DataError, RequestError

ENGLISH, SPANISH = ([f"{word} {number}" for number in range(40)] for word in ("cat", "gato"))


@pytest.fixture
def write(tmp_path):
    """`write(source, target, name)` writes `name.en` and `name.es` and returns them as options."""

    def write(source=ENGLISH, target=SPANISH, name="train"):
        for suffix, lines in (("en", source), ("es", target)):
            (tmp_path / f"{name}.{suffix}").write_bytes("".join(f"{line}\r\n" for line in lines).encode("utf-8-sig"))
        return {"source": str(tmp_path / f"{name}.en"), "target": str(tmp_path / f"{name}.es")}

    return write


def test_two_files_are_cut_in_three(write):
    loaded = load_splits.load(ParallelText(**write()))
    assert {split: len(found) for split, found in loaded.splits.items()} == {"train": 32, "validation": 4, "test": 4}
    for found in loaded.splits.values():
        for source, target, place in zip(found["source"], found["target"], found["id"], strict=True):
            number = source.removeprefix("cat ")
            assert (target, place) == (f"gato {number}", f"train.en:{int(number) + 1}")
    assert [source.name for source in loaded.sources] == ["train.en", "train.es"]


def test_splits_with_files_of_their_own(write):
    test = write(["one", "two"], ["uno", "dos"], "test")
    loaded = load_splits.load(ParallelText.model_validate({**write(), "validation": 0.25, "test": test}))
    assert {split: len(found) for split, found in loaded.splits.items()} == {"train": 30, "validation": 10, "test": 2}
    assert loaded.splits["test"].columns == {
        "source": ["one", "two"],
        "target": ["uno", "dos"],
        "id": ["test.en:1", "test.en:2"],
    }
    assert [source.name for source in loaded.sources] == ["train.en", "train.es", "test.en", "test.es"]


def test_a_line_without_a_partner_in_the_files_of_a_split(write):
    test = write(["one"], ["uno", "dos"], "test")
    message = r"test\.es has 2 lines and \S*test\.en has 1: line 2 of \S*test\.es \('dos'\) is the first without"
    with pytest.raises(DataError, match=message):
        load_splits.load(ParallelText.model_validate({**write(), "test": test}))


def test_lines_without_a_sentence_are_each_named_once(write):
    """Line 2 is blank on both sides, and skipped."""
    files = write(["a", "", "b", "\u200b"], ["A", "", " ", "B"])
    with pytest.raises(DataError) as error:
        load_splits.load(ParallelText(**files))
    assert "2 lines cannot be used, the first is 3" in str(error.value)
    assert "line 3: the target sentence is empty\n" in str(error.value)
    assert "line 4: the source sentence is empty\n" in str(error.value)
    assert "line 2" not in str(error.value)


def test_paths_are_relative_to_the_config(tmp_path):
    given = {"name": "parallel_text", "source": "a", "target": "b", "test": {"source": "c", "target": "d"}}
    dataset = PAIRS.read(given, {"base": str(tmp_path)})
    assert isinstance(dataset, ParallelText)
    assert (dataset.source, dataset.target) == (str(tmp_path / "a"), str(tmp_path / "b"))
    assert (dataset.test.source, dataset.test.target) == (str(tmp_path / "c"), str(tmp_path / "d"))


@pytest.mark.parametrize(
    ("options", "place", "message"),
    [
        ({"target": "b"}, ("source",), "required"),
        ({"source": "a", "target": "b", "path": "c"}, ("path",), "does not have this option"),
        ({"source": "a", "target": "b", "test": "c"}, ("test",), "a mapping with the files 'source' and 'target'"),
        ({"source": "a", "target": "b", "test": True}, ("test",), "expected a fraction between 0 and 1"),
        ({"source": "a", "target": "b", "test": 1.5}, ("test",), "expected a fraction between 0 and 1"),
        ({"source": "a", "target": "b", "test": {"source": "c"}}, ("test", "target"), "required"),
        (
            {"source": "a", "target": "b", "test": {"source": "c", "target": "d", "take": 1}},
            ("test", "take"),
            "not permitted",
        ),
    ],
)
def test_options_that_make_no_sense(options, place, message):
    with pytest.raises(ValidationError) as failure:
        PAIRS.read({"name": "parallel_text", **options})
    (error,) = failure.value.errors()
    assert error["loc"] == place
    assert message in error["msg"]


def test_what_is_not_there_or_not_utf8(write, tmp_path):
    options = write()
    (tmp_path / "train.es").write_bytes("niño\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"train\.es is not UTF-8: byte 0xf1"):
        load_splits.load(ParallelText(**options))
    (tmp_path / "train.es").unlink()
    with pytest.raises(RequestError, match=r"there is no file .*train\.es"):
        load_splits.load(ParallelText(**options))


def test_files_in_the_encoding_that_is_named_and_packed(write, tmp_path):
    options = write()
    for side, lines in (("source", ENGLISH), ("target", [f"{line} número" for line in SPANISH])):
        packed = tmp_path / f"{side}.gz"
        packed.write_bytes(gzip.compress("\r\n".join(lines).encode("utf-16-le")))
        options[side] = str(packed)
    with pytest.raises(DataError, match=r"source\.gz:1: contains the character NUL .*set data\.encoding to utf-16-le"):
        load_splits.load(ParallelText(**options))
    loaded = load_splits.load(ParallelText(**options, encoding="utf-16-le"))
    pairs = {pair for found in loaded.splits.values() for pair in zip(found["source"], found["target"], strict=True)}
    assert pairs == {(f"cat {number}", f"gato {number} número") for number in range(40)}
