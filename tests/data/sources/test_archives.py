"""Valid archives of all formats are read alike; each bad one is refused quickly, and nothing of it reaches the disk."""

import gzip
import hashlib
import io
import random
import stat
import tarfile
import zipfile

import pytest
from counted import calls_of

from seqlab.data.datasets.imdb import Imdb
from seqlab.data.sources import archives
from seqlab.data.sources.archive_checks import FREE, Bounds
from seqlab.data.splits import load_splits
from seqlab.errors import DataError

TEXTS = {
    "data/one.txt": b"first",
    "data/deep/er/two.txt": b"",
    "data/three": bytes(range(256)) * 20,
    "a name with spaces, caf\u00e9.txt": b"4",
    f"long/{'n' * 60}/{'m' * 60}.txt": b"five",
}


def write_tar(path, members, mode="w:gz", form=tarfile.GNU_FORMAT):
    """Members: name → content, or pairs of a `TarInfo` and its content."""
    with tarfile.open(path, mode, format=form) as archive:
        for member, content in members.items() if isinstance(members, dict) else members:
            info = member if isinstance(member, tarfile.TarInfo) else tarfile.TarInfo(member)
            info.size, info.mtime = len(content), 1234.5
            archive.addfile(info, io.BytesIO(content))
    return path


def write_zip(path, members, method=zipfile.ZIP_DEFLATED):
    """The same with `ZipInfo`."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for member, content in members.items() if isinstance(members, dict) else members:
            archive.writestr(member, content)
    return path


WRITERS = {
    "tar.gz, GNU": write_tar,
    "tar.gz, POSIX": lambda path, members: write_tar(path, members, form=tarfile.PAX_FORMAT),
    "tar, ustar": lambda path, members: write_tar(path, members, "w:", tarfile.USTAR_FORMAT),
    "zip": write_zip,
    "zip, stored": lambda path, members: write_zip(path, members, zipfile.ZIP_STORED),
}
anyhow = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
tar_or_zip = pytest.mark.parametrize("write", [write_tar, write_zip], ids=["tar", "zip"])


def contents(archive, **bounds):
    return {member.name: member.read() for member in archives.members(archive, Bounds(**bounds))}


MUCH = 40_000
"""Calls: several times what each of these archives takes, and far fewer than one for each byte of a bomb."""


def refused(archive, reason, **bounds):
    """Both functions refuse it without much work, and what is on the disk stays as it was."""
    folder = archive.parent
    before = sorted(folder.rglob("*"))

    def both_doors():
        with pytest.raises(DataError, match=f"{archive.name} is .*{reason}"):
            contents(archive, **bounds)
        with pytest.raises(DataError, match=reason):
            archives.extract(archive, folder / "new", Bounds(**bounds))

    _, calls = calls_of(both_doors)
    assert calls < MUCH
    assert sorted(folder.rglob("*")) == before


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


NAMES = {
    "../canary": "points outside",
    "a/../../canary": "points outside",
    "a/..": "points outside",
    "/tmp/seqlab-canary": "is absolute",
    "C:/canary": "is not a valid file name on Windows",
    "\\\\server\\canary": "is not a valid file name on Windows",
    "..\\canary": "is not a valid file name on Windows",
    "a/aux.txt": "is not a valid file name on Windows",
    "COM1": "is not a valid file name on Windows",
    "a/LPT\u00b9": "is not a valid file name on Windows",
    "a./canary": "is not a valid file name on Windows",
    "canary ": "is not a valid file name on Windows",
    "file.txt:stream": "is not a valid file name on Windows",
    "a\x1b[31m": "contains a control character",
    "a//b": "has an empty path component",
    "n" * 300: "has 300 characters",
    "d/" * 200 + "canary": "has 406 characters",
}


@tar_or_zip
@pytest.mark.parametrize(("name", "reason"), NAMES.items())
def test_unsafe_names(write, name, reason, tmp_path):
    refused(write(tmp_path / "a", {"innocent.txt": b"hello", name: b"canary"}), reason)


def test_unsafe_names_that_writers_refuse(tmp_path):
    entry = zipfile.ZipInfo("data")
    entry.filename = "a.txt\0.exe"
    refused(write_zip(tmp_path / "nul.zip", [(entry, b"canary")]), "(control|damaged)")
    refused(write_tar(tmp_path / "none.tar.gz", [("", b"canary")]), "empty path component")
    hidden = tarfile.TarInfo("innocent.txt")
    hidden.pax_headers = {"path": "../canary"}
    refused(write_tar(tmp_path / "pax.tar.gz", [(hidden, b"canary")], form=tarfile.PAX_FORMAT), "points outside")
    hidden.pax_headers = {"path": "a\0b"}
    refused(write_tar(tmp_path / "zero.tar.gz", [(hidden, b"canary")], form=tarfile.PAX_FORMAT), "control")


CLASHES = [
    ["same.txt", "other", "same.txt"],
    ["data/README", "data/readme"],
    ["Data/one", "data/two"],
    ["caf\u00e9", "cafe\u0301"],
    ["data", "data/one"],
    ["data/one", "data"],
]


@tar_or_zip
@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", CLASHES, ids=" ".join)
def test_names_of_the_same_file(write, names, tmp_path):
    refused(write(tmp_path / "a", [(name, b"canary") for name in names]), "are the same file")


KINDS = [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.CONTTYPE, b"S"]


@pytest.mark.parametrize("kind", KINDS)
def test_tar_members_that_are_not_files(kind, tmp_path):
    member = tarfile.TarInfo("innocent.txt")
    member.type, member.linkname = kind, "../../canary"
    refused(write_tar(tmp_path / "a.tar.gz", [(member, b"")]), "neither a file nor a directory")
    assert kind != tarfile.SYMTYPE or not (tmp_path / "innocent.txt").is_symlink()


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_zip_members_that_are_not_files(kind, tmp_path):
    entry = zipfile.ZipInfo("innocent.txt")
    entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
    refused(write_zip(tmp_path / "a.zip", [(entry, b"../../canary")]), "link or a device")


def test_zip_members_that_cannot_be_read(tmp_path):
    refused(write_zip(tmp_path / "b.zip", TEXTS, zipfile.ZIP_BZIP2), "compression method 12")
    path = write_zip(tmp_path / "e.zip", {"a.txt": b"secret"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)
    refused(path, "encrypted")


@tar_or_zip
def test_bombs(write, tmp_path):
    many = {f"{number}.txt": b"x" for number in range(12)}
    assert len(contents(write(tmp_path / "a", many), members=12)) == 12
    refused(tmp_path / "a", "more than 11 members", members=11)
    refused(tmp_path / "a", "unpack to more than 10 bytes", size=10)
    large = write(tmp_path / "b", {"zeros": bytes(FREE * 2)})
    refused(large, "unpack to more than 16,777,216 bytes")
    assert len(contents(large, ratio=1 << 20)["zeros"]) == FREE * 2


@pytest.mark.parametrize("comment", [b"", b"a comment " * 5000])
@pytest.mark.parametrize("large", [False, True])
def test_a_zip_with_too_many_members_is_refused_before_it_is_parsed(tmp_path, monkeypatch, comment, large):
    if large:
        monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 5)  # as if it were 65,535: two more records at the end
    path = write_zip(tmp_path / "a.zip", {f"{number}.txt": b"x" for number in range(12)})
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = comment
    assert (b"PK\6\6" in path.read_bytes()) is large
    assert len(contents(path, members=12)) == 12
    monkeypatch.setattr(zipfile, "ZipFile", None)
    refused(path, "more than 11 members", members=11)


def test_members_of_a_zip_in_a_zip_are_not_counted(tmp_path):
    inner = write_zip(tmp_path / "inner.zip", TEXTS).read_bytes()
    assert contents(write_zip(tmp_path / "a.zip", {"inner.zip": inner}, zipfile.ZIP_STORED), members=1)


def test_a_zip_with_a_wrong_end_record(tmp_path):
    path = write_zip(tmp_path / "a.zip", {f"{number}.txt": b"x" for number in range(12)})
    content = bytearray(path.read_bytes())
    content[-14:-12] = content[-12:-10] = (1).to_bytes(2, "little")  # members, here and in all
    path.write_bytes(content)
    refused(path, "more than 11 members", members=11)
    content[-10:-6] = (1 << 31).to_bytes(4, "little")  # bytes of the directory
    path.write_bytes(content)
    refused(path, "damaged", members=12)


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


def test_tar_bombs(tmp_path):
    whole = gzip.decompress(write_tar(tmp_path / "a.tar.gz", TEXTS).read_bytes())
    path = tmp_path / "bomb.tar.gz"
    path.write_bytes(gzip.compress(whole + bytes(FREE * 2), 1))
    refused(path, "unpack to more than")
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        refused(write_tar(tmp_path / "name.tar.gz", {"n" * 100_000: b""}, form=form), "an extended header of")
    for size in (8**11 - 1, 8**11):
        member = tarfile.TarInfo("huge")
        member.size = size
        path.write_bytes(gzip.compress(member.tobuf(tarfile.GNU_FORMAT)))
        refused(path, "unpack to more than")
    sparse = tarfile.TarInfo("sparse")
    sparse.pax_headers = {"GNU.sparse.size": "1" * 12}
    refused(write_tar(tmp_path / "sparse.tar.gz", [(sparse, b"")], form=tarfile.PAX_FORMAT), "sparse file")


def test_a_zip_member_larger_than_its_header_says(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"zeros": bytes(50_000)})
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\1\2")
    content[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    path.write_bytes(content)
    refused(path, "damaged")


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
