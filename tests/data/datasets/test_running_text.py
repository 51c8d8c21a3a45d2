"""Texts cut by position: where the cuts fall, what `take` keeps, what is too short."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from seqlab.data import long_text
from seqlab.data.datasets.running_text import documents, read_file, split_starts
from seqlab.data.datasets.text_file import TextFile
from seqlab.data.records import SPLITS, Records
from seqlab.data.sources.text_encoding import read_text
from seqlab.data.splits import load_splits
from seqlab.errors import DataError
from seqlab.text_format import unix_newlines

LINES = "".join(f"line {number}\n" for number in range(100))  # 10 of 7 characters, then 90 of 8


@pytest.fixture
def write(tmp_path):
    """`write(content, name="text.txt")` writes bytes or a text and returns the path."""

    def write(content, name="text.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def test_cuts_fall_on_the_nearest_beginning_of_a_line():
    assert len(LINES) == 790
    assert split_starts(LINES, [0.1, 0.1]) == [630, 710], "632 and 711 exactly, on the way back to 630 and 710"
    assert split_starts(LINES, [0.2]) == [630]
    assert split_starts("abc\ndefgh\n" + "x" * 90, [0.1, 0.1]) == [80, 90], "no line begins near"
    assert split_starts("x" * 78 + "\n" + "y" * 21, [0.2]) == [79], "forwards is as good as backwards"


@pytest.mark.parametrize(("line", "cut"), [(86, 90), (87, 90), (88, 88), (90, 90), (92, 92), (93, 90)])
def test_a_quarter_of_the_smallest_part_is_as_far_as_a_cut_moves(line, cut):
    text = "x" * (line - 1) + "\n" + "y" * (100 - line)
    assert split_starts(text, [0.1]) == [cut]


@given(
    lines=st.lists(st.text(st.sampled_from("ab "), max_size=30), min_size=5, max_size=60),
    validation=st.floats(0.05, 0.45),
    test=st.floats(0.05, 0.45),
)
def test_parts_add_up_and_none_loses_more_than_half(lines, validation, test):
    text = "\n".join(["a" * 40, *lines])
    first, second = split_starts(text, [validation, test])
    shares = (1 - validation - test, validation, test)
    for share, size in zip(shares, (first, second - first, len(text) - second), strict=True):
        assert size >= share * len(text) / 2 - 1


@given(
    lines=st.lists(st.text("ab é\r\ufeff😀", max_size=20), min_size=3, max_size=30),
    shares=st.tuples(st.floats(0.05, 0.45), st.floats(0.05, 0.45)),
    take=st.none() | st.integers(2, 200),
    block=st.integers(1, 50),
)
def test_splits_are_those_of_the_text_in_memory(tmp_path_factory, lines, shares, take, block):
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_bytes("\r\n".join(["ab" * 30, *lines]).encode())
    text = unix_newlines(read_text(path))
    bounds = [0, *split_starts(text, shares), len(text)]
    parts = [text[start:end] for start, end in itertools.pairwise(bounds)]
    lines_before = [text.count("\n", 0, start) + 1 for start in bounds[:-1]]
    if take is not None:
        part_of = take / len(parts[0])
        kept = [min(take, len(parts[0])), *(min(max(round(len(each) * part_of), 2), len(each)) for each in parts[1:])]
        parts = [part[:size] for part, size in zip(parts, kept, strict=True)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_text, "BLOCK", block)
        loaded = load_splits.load(TextFile(path=str(path), validation=shares[0], test=shares[1], take=take))
    for split, part, start, line in zip(SPLITS, parts, bounds, lines_before, strict=False):
        whole = Records({"text": [part], "id": [f"text.txt:{start}"], "file": ["text.txt"], "line": [line]})
        assert {name: list(column) for name, column in loaded.splits[split].columns.items()} == whole.columns
        assert loaded.fingerprints[split] == whole.fingerprint


def test_a_text_without_official_splits_is_cut_in_three(write):
    loaded = load_splits.load(TextFile(path=write(LINES)))
    parts = [loaded.splits[split] for split in SPLITS]
    assert "".join(part["text"][0] for part in parts) == LINES
    assert [part["id"] for part in parts] == [["text.txt:0"], ["text.txt:630"], ["text.txt:710"]]
    assert loaded.counts == {"duplicates_kept_out_of_validation": 0, "test_overlap": 0}
    assert loaded.notes == ()
    assert len(set(loaded.fingerprints.values())) == 3
    assert load_splits.load(TextFile(path=write(LINES), split_seed=5)).splits == loaded.splits


def test_splits_from_files_of_their_own_are_read_whole(write):
    validation = write("one\ntwo\n", "validation.txt")
    loaded = load_splits.load(TextFile(path=write(LINES), validation=validation, take={"train": 10}))
    assert loaded.splits["validation"]["text"] == ["one\ntwo\n"]
    assert loaded.splits["validation"]["id"] == ["validation.txt:0"]
    assert loaded.splits["train"]["text"] == [LINES[:10]]
    assert loaded.splits["test"]["id"] == ["text.txt:710"]
    assert [source.name for source in loaded.sources] == ["text.txt", "validation.txt"]


def test_take_keeps_the_first_characters_of_training_and_nothing_else_changes(write):
    whole, part = (load_splits.load(TextFile(path=write(LINES), take=take)).splits for take in (None, {"train": 100}))
    assert part["train"]["text"] == [LINES[:100]]
    assert part["train"].fingerprint != whole["train"].fingerprint
    assert part["validation"] == whole["validation"]
    assert load_splits.load(TextFile(path=write(LINES), take=10_000)).splits == whole
    for few in (1, {"test": 1}):
        with pytest.raises(ValidationError, match="at least 2 characters"):
            TextFile(path="a.txt", take=few)


def test_take_keeps_the_same_share_of_every_split(write):
    taken = load_splits.load(TextFile(path=write(LINES), take=315)).splits
    assert [taken[split]["text"][0] for split in SPLITS] == [LINES[:315], LINES[630:670], LINES[710:750]]
    tiny = load_splits.load(TextFile(path=write(LINES), take=3)).splits
    assert [len(tiny[split]["text"][0]) for split in SPLITS] == [3, 2, 2]


def test_each_part_knows_the_line_of_the_file_where_it_begins(write):
    parts = load_splits.load(TextFile(path=write(LINES))).splits
    assert [parts[split]["line"] for split in SPLITS] == [[1], [81], [91]]


def test_a_validation_file_that_is_the_training_text(write):
    with pytest.raises(DataError, match=r"the validation split is empty.*a text that is in no other split"):
        load_splits.load(
            TextFile(path=write(LINES), validation=write(LINES, "again.txt"), test=write("other", "o.txt"))
        )


def test_one_character_repeated_is_a_text(write):
    loaded = load_splits.load(TextFile(path=write("a" * 100)))
    assert [len(loaded.splits[split]["text"][0]) for split in SPLITS] == [80, 10, 10]
    assert loaded.counts["test_overlap"] == 1


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (b"\xef\xbb\xbfone\r\ntwo\rthree\n\r", "one\ntwo\nthree\n\n"),
        ("a\u0085b\u2028c\x0bd\x0ce\ufefff".encode(), "a\u0085b\u2028c\x0bd\x0ce\ufefff"),
    ],
)
def test_a_mark_goes_and_line_ends_become_one_kind(write, tmp_path, content, read):
    write(content)
    assert str(read_file(tmp_path / "text.txt")) == read


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"text\.txt is empty: a text to learn from"),
        (b"\xef\xbb\xbf", r"text\.txt is empty"),
        (b"x", r"text\.txt has 1 character: a text to learn from needs at least 2"),
        (
            b"caf\xe9 au lait",
            r"not UTF-8: byte 0xe9 at offset 3 \(line 1\); it looks like windows-1252: set data\.encoding",
        ),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", r"not UTF-8: byte 0x89.*looks like a binary file"),
        ("one\ntwo\n".encode("utf-16"), "looks like UTF-16"),
        (
            "one\ntwo\n".encode("utf-16-le"),
            r"txt:1: .*; it looks like UTF-16-LE: set data\.encoding to utf-16-le",
        ),
        (b"\x7fELF\n\n\x00", r"text\.txt:3: contains the character NUL \(U\+0000\); it is a binary file"),
        ("é".encode("utf-16-le") + b"\xff\x00", "looks like a binary file"),
    ],
)
def test_what_is_no_text(write, content, message):
    with pytest.raises(DataError, match=message):
        load_splits.load(TextFile(path=write(content)))


def test_a_text_too_short_for_its_splits(write):
    with pytest.raises(DataError, match=r"text\.txt has 19 characters, too few for 3 splits of at least 2"):
        load_splits.load(TextFile(path=write("a text, rather tiny"), validation=0.05))
    assert load_splits.load(TextFile(path=write("a text of twenty ch."))).splits["test"]["text"] == ["h."]
    with pytest.raises(DataError, match="too few for 2 splits"):
        documents("abc", "a.txt", [2])
