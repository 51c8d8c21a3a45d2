"""Archives of all formats are read alike; damaged and incomplete ones leave nothing on the disk."""

import hashlib
import random
import tarfile
import zipfile

import pytest
from archive_writers import TEXTS, contents, refused, tar_or_zip, write_tar, write_zip
from counted import calls_of

from seqlab.data.datasets.imdb import Imdb
from seqlab.data.sources import archives
from seqlab.data.splits import load_splits
from seqlab.errors import DataError

WRITERS = {
    "tar.gz, GNU": write_tar,
    "tar.gz, POSIX": lambda path, members: write_tar(path, members, form=tarfile.PAX_FORMAT),
    "tar, ustar": lambda path, members: write_tar(path, members, "w:", tarfile.USTAR_FORMAT),
    "zip": write_zip,
    "zip, stored": lambda path, members: write_zip(path, members, zipfile.ZIP_STORED),
}


anyhow = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())


@anyhow
def test_archives_of_every_kind(write, tmp_path):
    archive = write(tmp_path / "archive", TEXTS)
    assert contents(archive) == TEXTS
    archives.extract(archive, tmp_path / "folder")
    files = [path for path in (tmp_path / "folder").rglob("*") if path.is_file()]
    assert {path.relative_to(tmp_path / "folder").as_posix(): path.read_bytes() for path in files} == TEXTS


@anyhow
def test_members_can_be_read_in_pieces_or_not_at_all(write, tmp_path):
    read = []
    for member in archives.members(write(tmp_path / "archive", TEXTS)):
        if member.name.startswith("data"):
            read.append((member.size, member.read(3), member.read(2), member.read(0)))
    assert read == [(5, b"fir", b"st", b""), (0, b"", b"", b""), (5120, b"\0\1\2", b"\3\4", b"")]


@anyhow
def test_an_empty_archive(write, tmp_path):
    assert contents(write(tmp_path / "archive", {})) == {}


def test_directories_and_names_with_a_leading_dot(tmp_path):
    for number, path in enumerate(("data/one.txt", "data/two.txt")):
        (tmp_path / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / path).write_text(str(number))
    with tarfile.open(tmp_path / "archive.tar", "w") as archive:
        archive.add(tmp_path / "tree", ".")
    assert sorted(contents(tmp_path / "archive.tar")) == ["data/one.txt", "data/two.txt"]
    folders = [("data/", b""), ("data/one.txt", b"0"), ("data/", b"")]
    assert contents(write_zip(tmp_path / "archive.zip", folders[:2])) == {"data/one.txt": b"0"}
    assert contents(write_tar(tmp_path / "archive.tar.gz", folders)) == {"data/one.txt": b"0"}


def test_an_existing_directory_is_kept(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine").write_text("kept")
    archives.extract(write_tar(tmp_path / "a.tar.gz", TEXTS), tmp_path / "folder")
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["mine"]


def test_zip_members_that_cannot_be_read(tmp_path):
    refused(write_zip(tmp_path / "b.zip", TEXTS, zipfile.ZIP_BZIP2), "compression method 12")
    path = write_zip(tmp_path / "e.zip", {"a.txt": b"secret"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)
    refused(path, "encrypted")


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
@pytest.mark.parametrize("name", ["short.txt", "n" * 100, f"{'d' * 120}/n.txt", "café", "directory/"])
def test_short_headers_are_parsed_as_tarfile_parses_them(name, form):
    info = tarfile.TarInfo(name)
    info.size, info.mtime = 0o1234567, 1.0
    buffer = info.tobuf(form)[-tarfile.BLOCKSIZE :]
    parse = archives._Header.frombuf
    own, reference = (function(buffer, "utf-8", "replace") for function in (parse, tarfile.TarInfo.frombuf))
    assert (own.name, own.size, own.type) == (reference.name, reference.size, reference.type)
    for offset in range(0, 512, 7):
        damaged = buffer[:offset] + bytes([buffer[offset] ^ 4]) + buffer[offset + 1 :]
        with pytest.raises(tarfile.TarError):
            parse(damaged, "utf-8", "replace")


@pytest.mark.parametrize("value", [0, 1, 255])
def test_sum_of_bytes(value):
    block = bytes([value]) * tarfile.BLOCKSIZE
    assert archives._byte_sum(block) == sum(block)
    assert archives._byte_sum(block[:8]) == 8 * value


@anyhow
def test_incomplete_archives(write, tmp_path):
    whole = write(tmp_path / "a", TEXTS).read_bytes()
    ends = [] if whole.endswith(bytes(1000)) else [len(whole) - 20, len(whole) - 1]  # a tar ends in idle zeros
    for size in [0, 3, 100, len(whole) // 3, *ends]:
        (tmp_path / "cut").write_bytes(whole[:size])
        refused(tmp_path / "cut", "damaged or incomplete.*download it again")


def test_damaged_tar_headers(tmp_path):
    """Without gzip's checksum around it, a tar has only that of each header. `tarfile` would end at the second one."""
    path = write_tar(tmp_path / "a.tar", TEXTS, "w:")
    whole = path.read_bytes()
    for header in (0, 2 * tarfile.BLOCKSIZE):
        for offset in (0, 50, 100, 130, 156, 300):
            damaged = bytearray(whole)
            damaged[header + offset] ^= 4
            path.write_bytes(damaged)
            refused(path, "(bad checksum|invalid header)")


def with_checksum(header):
    header = header[:148] + b" " * 8 + header[156:]
    return header[:148] + b"%06o\0 " % sum(header) + header[156:]


def test_negative_sizes_in_tar_headers(tmp_path):
    whole = write_tar(tmp_path / "a.tar", TEXTS, "w:").read_bytes()
    header = with_checksum(whole[:124] + b"-0000000512\0" + whole[136:512])
    (tmp_path / "a.tar").write_bytes(header + whole[512:])
    refused(tmp_path / "a.tar", "negative size")
    member = tarfile.TarInfo("again")
    member.pax_headers = {"size": "-512"}
    refused(write_tar(tmp_path / "b.tar.gz", [(member, b"")], form=tarfile.PAX_FORMAT), "(sparse|damaged)")


def test_a_long_chain_of_extended_headers(tmp_path):
    extended = tarfile.TarInfo("name")
    extended.type, extended.size = tarfile.GNUTYPE_LONGNAME, 5
    link = extended.tobuf(tarfile.GNU_FORMAT) + b"name\0".ljust(512, b"\0")
    (tmp_path / "a.tar").write_bytes(link * 5_000 + bytes(1024))
    refused(tmp_path / "a.tar", "damaged")


def test_a_slow_extended_header(tmp_path):
    """`tarfile` looks for a record's length with a pattern that takes quadratic time for many digits."""
    extended = tarfile.TarInfo("name")
    extended.type, extended.size = tarfile.XHDTYPE, archives.LARGEST_EXTENSION
    digits = b"1" * archives.LARGEST_EXTENSION
    member = tarfile.TarInfo("a.txt").tobuf(tarfile.PAX_FORMAT)
    (tmp_path / "a.tar").write_bytes(extended.tobuf(tarfile.PAX_FORMAT) + digits + member + bytes(1024))
    _, calls = calls_of(lambda: contents(tmp_path / "a.tar"))
    assert calls < 5_000


@tar_or_zip
def test_a_flipped_bit_is_noticed(write, tmp_path):
    whole = write(tmp_path / "a", TEXTS).read_bytes()
    chance, path, noticed = random.Random(0), tmp_path / "flipped", 0
    for _ in range(100):
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        try:
            assert contents(path) == TEXTS
        except DataError:
            noticed += 1
    assert noticed > 50, "the others are in timestamps and the like, which are not read"


@pytest.mark.parametrize(
    "content", [b"<html>404</html>", b"PK\3\4 but no zip", b"\x1f\x8b\x08 but no gzip", bytes(100)]
)
def test_not_an_archive(content, tmp_path):
    (tmp_path / "a").write_bytes(content)
    refused(tmp_path / "a", "damaged")


def test_a_missing_archive(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        contents(tmp_path / "nowhere.zip")


def test_imdb_refuses_a_review_of_a_megabyte(tmp_path):
    path = write_tar(tmp_path / "a.tar.gz", {"aclImdb/train/pos/0_9.txt": random.Random(0).randbytes(1 << 20) + b"!"})
    with pytest.raises(DataError, match=r"train/pos/0_9\.txt has 1,048,577 bytes; no review is that long"):
        load_splits.load(Imdb(path=str(path)))


@pytest.mark.real_data
def test_the_real_archives(real_data):
    pairs = contents(real_data / "spa_eng" / "spa-eng.zip")["spa-eng/spa.txt"]
    assert hashlib.sha256(pairs).hexdigest() == "6ec60e212f812ee3430f7568ea6f33b6fb080e32193c5952e8da0ee8ba45574c"
    reviews = [member.read() for member in archives.members(real_data / "imdb" / "aclImdb_v1.tar.gz")]
    assert len(reviews) == 50_008
