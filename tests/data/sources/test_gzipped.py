"""A packed file: read whole, refused when it is a bomb, told apart from one that is damaged."""

import gzip

import pytest

from seqlab.data.sources import gzipped
from seqlab.data.sources.archive_checks import FREE, Bounds
from seqlab.errors import DataError


@pytest.fixture
def pack(tmp_path):
    def write(content, name="a.gz"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(content))
        return path

    return write


@pytest.mark.parametrize("content", [b"", b"one\n", b"\x00\xff" * 70_000])
def test_what_was_packed_comes_out(pack, content):
    assert gzipped.read(pack(content)) == content


def test_a_bomb_is_refused_and_not_unpacked(pack):
    path = pack(b"\0" * (FREE + 1_000_000))
    assert path.stat().st_size < 20_000
    with pytest.raises(DataError, match=r"a\.gz is refused as unsafe: it would unpack to more than 16,777,216 bytes"):
        gzipped.read(path)
    with pytest.raises(DataError, match="more than 10 bytes"):
        gzipped.read(pack(b"a" * 11), Bounds(size=10))
    assert len(gzipped.read(pack(b"a" * 10), Bounds(size=10))) == 10


def test_truncated_altered_and_other_files_are_damaged(pack):
    path = pack(bytes(range(256)) * 100)
    whole = path.read_bytes()
    altered = whole[:-8] + bytes([whole[-8] ^ 1]) + whole[-7:]
    for content in (whole[:-20], altered, b"plain text", b"\x1f\x8b"):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"a\.gz is damaged or incomplete.*download it again"):
            gzipped.read(path)


def test_a_missing_file(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        gzipped.read(tmp_path / "nowhere.gz")
