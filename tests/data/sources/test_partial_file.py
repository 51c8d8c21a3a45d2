"""The received part of a download: when it can be resumed."""

import dataclasses

import pytest

from seqlab.data.sources.partial_file import Origin, PartialFile

ORIGIN = Origin("https://a/b", '"etag"', 10)


@pytest.fixture
def part(tmp_path):
    return PartialFile(tmp_path / "corpus.zip")


def test_bytes_of_a_known_origin_are_resumed_from_the_same_address_only(part):
    assert part.resumable(ORIGIN.address) == (None, 0)
    part.start(ORIGIN)
    assert part.resumable(ORIGIN.address) == (None, 0), "nothing has arrived"
    part.path.write_bytes(b"1234")
    assert part.resumable(ORIGIN.address) == (ORIGIN, 4)
    assert part.resumable("https://mirror/b") == (None, 0)


def test_without_a_validator_nothing_is_resumed(part):
    part.start(dataclasses.replace(ORIGIN, validator=""))
    part.path.write_bytes(b"1234")
    assert part.resumable(ORIGIN.address) == (None, 0)


@pytest.mark.parametrize("content", ["", "[]", '{"address": 1}', '{"other": 1}'])
def test_a_damaged_origin_is_none(part, content):
    part.start(ORIGIN)
    part.path.write_bytes(b"1234")
    part.path.with_name("corpus.zip.part.json").write_text(content, encoding="utf-8")
    assert part.resumable(ORIGIN.address) == (None, 0)


def test_a_new_start_discards_the_bytes_of_before(part):
    part.start(ORIGIN)
    part.path.write_bytes(b"1234")
    part.start(ORIGIN)
    assert part.size() == 0


def test_moved_or_discarded_it_leaves_nothing(part, tmp_path):
    part.discard()
    part.start(ORIGIN)
    part.path.write_bytes(b"all")
    part.move_to(tmp_path / "corpus.zip")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"corpus.zip": b"all"}
    part.start(ORIGIN)
    part.discard()
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.zip"]


@pytest.mark.parametrize(
    ("later", "agrees"),
    [
        (ORIGIN, True),
        (dataclasses.replace(ORIGIN, validator=""), True),
        (dataclasses.replace(ORIGIN, validator='"other"'), False),
        (dataclasses.replace(ORIGIN, size=11), False),
        (dataclasses.replace(ORIGIN, size=None), False),
    ],
)
def test_a_later_response_is_about_the_same_bytes(later, agrees):
    assert ORIGIN.agrees_with(later) is agrees
    assert dataclasses.replace(ORIGIN, size=None).agrees_with(dataclasses.replace(ORIGIN, size=11))
