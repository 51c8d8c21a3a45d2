"""What every archive must pass: safe and unique names, plain files, bounded contents; refused without much work."""

import gzip
import stat
import tarfile
import zipfile

import pytest
from archive_writers import TEXTS, contents, refused, tar_or_zip, write_tar, write_zip

from seqlab.data.sources.archive_checks import FREE

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
