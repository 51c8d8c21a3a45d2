"""Archives of all formats for tests, and a check that one is refused quickly and completely."""

import io
import tarfile
import zipfile

import pytest
from counted import calls_of

from seqlab.data.sources import archives
from seqlab.data.sources.archive_checks import Bounds
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
