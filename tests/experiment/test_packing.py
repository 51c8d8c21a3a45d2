"""Runs as one file: what is packed comes back bit by bit, and an archive that is not sound changes nothing."""

import errno
import gzip
import io
import json
import os
import platform
import shutil
import signal
import tarfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_runs import made_run

from seqlab.errors import DataError, RequestError, SeqlabError, Stopped
from seqlab.experiment.packing import MANIFEST, pack, unpack, verify
from seqlab.runs import Run, lock

ID = "20250101-000000-a"
DEAD = (1 << 31) - 1
"""No process has so high a number."""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = made_run(tmp_path / "runs", ID, result={"test.accuracy": 0.5})
    for name, content in (
        ("config.yaml", b"version: 1\n"),
        ("model/weights.safetensors", bytes(range(256)) * 5000),
        ("checkpoints/000000001-00000/state.json", b"{}"),
        ("notes.txt", b"mine"),
    ):
        path = run.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    run.seal()
    return run


def content_of(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def packable(content: dict[str, bytes]) -> dict[str, bytes]:
    return {name: each for name, each in content.items() if name not in {"notes.txt", "run.lock"}}


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tgz"])
def test_a_run_comes_back(run: Run, tmp_path: Path, ending: str) -> None:
    packed = pack(run, tmp_path / f"a{ending}")
    assert packed.left_out == ("notes.txt",)
    assert verify(tmp_path / f"a{ending}") == ID
    unpacked = unpack(tmp_path / f"a{ending}", tmp_path / "other" / "runs")
    assert packable(content_of(unpacked.run.directory)) == packable(content_of(run.directory))
    assert unpacked.run.directory == tmp_path / "other" / "runs" / ID
    assert unpacked.files == packed.files == 5
    unpacked.run.refuse_changes()
    assert sorted(path.name for path in (tmp_path / "other" / "runs").iterdir()) == [ID]


@pytest.mark.parametrize("ending", [".tar", ".tgz"])
def test_the_same_run_gives_the_same_bytes(run: Run, tmp_path: Path, ending: str) -> None:
    """Whatever the times of its files: unpacked, copied, or touched."""
    first, *others = (tmp_path / f"{name}{ending}" for name in ("a", "unpacked", "copied", "touched"))
    pack(run, first)
    unpacked = unpack(first, tmp_path / "other").run
    copied = Run(Path(shutil.copytree(run.directory, tmp_path / "copies" / ID)))
    for number, path in enumerate(unpacked.directory.rglob("*")):
        os.utime(path, (number, number))
    for path in run.directory.rglob("*"):
        os.utime(path, (10**9, 10**9))
    for each, archive in zip((unpacked, copied, run), others, strict=True):
        pack(each, archive)
        assert archive.read_bytes() == first.read_bytes()


def test_members_have_the_time_of_the_run(run: Run, tmp_path: Path) -> None:
    """Known answers; a time without a zone is of UTC, and one before 1970 is no time of a file."""
    for number, (recorded, seconds) in enumerate(
        (
            ({"ended": "2025-01-01T00:00:09.750+00:00", "started": "2025-01-01T00:00:00+00:00"}, 1_735_689_609),
            ({"ended": None, "started": "2025-01-01T01:00:00+01:00"}, 1_735_689_600),
            ({"ended": "2025-01-01T00:00:00"}, 1_735_689_600),
            ({"ended": "1960-01-01T00:00:00+00:00"}, 0),
        )
    ):
        run.update(**recorded)
        pack(run, tmp_path / f"{number}.tar")
        with tarfile.open(tmp_path / f"{number}.tar") as archive:
            assert {member.mtime for member in archive} == {seconds}


def test_without_checkpoints(run: Run, tmp_path: Path) -> None:
    pack(run, tmp_path / "a.tar", checkpoints=False)
    assert not unpack(tmp_path / "a.tar", tmp_path / "other").run.checkpoints_directory.exists()


def test_what_is_not_packed(run: Run, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"no ending of an archive: give \.tar, \.tar\.gz, \.tgz"):
        pack(run, tmp_path / "a.zip")
    for inside in (run.directory / "a.tar", run.plots_directory / ".." / "a.tar", run.directory / "new" / "a.tar"):
        with pytest.raises(RequestError, match=f"is in the folder of run {ID}, which is packed"):
            pack(run, inside)
    with lock.hold(run.lock_file), pytest.raises(SeqlabError, match="is locked by process"):
        pack(run, tmp_path / "a.tar")
    run.weights_file.write_bytes(b"other")
    with pytest.raises(DataError, match=r"weights\.safetensors was changed after training"):
        pack(run, tmp_path / "a.tar")
    (run.directory / "link").symlink_to("/etc/passwd")
    with pytest.raises(RequestError, match="is a symbolic link"):
        pack(run, tmp_path / "a.tar")
    assert list(tmp_path.glob("a.*")) == []


def test_an_id_that_is_taken(run: Run, tmp_path: Path) -> None:
    pack(run, tmp_path / "a.tar")
    before = content_of(run.directory)
    with pytest.raises(RequestError, match=f"there is a run {ID} in"):
        unpack(tmp_path / "a.tar", tmp_path / "runs")
    assert content_of(run.directory) == before


def test_an_id_that_is_taken_in_the_meantime(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two unpack the same run at once: the second finds that of the first, and leaves it as it is."""
    pack(run, tmp_path / "a.tar")
    other, real = tmp_path / "other", Path.rename

    def another_is_faster(path: Path, target: Path) -> Path:
        monkeypatch.setattr(Path, "rename", real)
        unpack(tmp_path / "a.tar", other)
        return real(path, target)

    monkeypatch.setattr(Path, "rename", another_is_faster)
    with pytest.raises(RequestError, match=f"there is a run {ID} in"):
        unpack(tmp_path / "a.tar", other)
    assert [path.name for path in other.iterdir()] == [ID]
    Run(other / ID).refuse_changes()


def test_a_folder_that_cannot_be_written(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack(run, tmp_path / "a.tar")
    (tmp_path / "file").write_text("", encoding="utf-8")
    for folder, reason in (
        (tmp_path / "file", "it is a file"),
        (tmp_path / "file" / "runs", "Not a directory"),
        (Path("/dev/null/x"), "Not a directory"),
    ):
        with pytest.raises(
            SeqlabError, match=rf"cannot write to the runs folder {folder} \({reason}\): choose another"
        ):
            unpack(tmp_path / "a.tar", folder)
    for error, reason in (
        (OSError(errno.ENOENT, "No such file or directory"), "no folder can be created in it"),  # as /proc says
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (OSError(), "OSError"),
    ):

        def fails(*_: object, error: OSError = error, **__: object) -> None:
            raise error

        with monkeypatch.context() as patch, pytest.raises(SeqlabError, match=rf"{tmp_path} \({reason}\)"):
            patch.setattr(Path, "mkdir", fails)
            unpack(tmp_path / "a.tar", tmp_path)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_leaves_nothing(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    if not hasattr(signal, name):
        pytest.skip("not on this platform")
    pack(run, tmp_path / "a.tar")
    before = signal.getsignal(getattr(signal, name))

    def stopped(*_: object) -> None:
        os.kill(os.getpid(), getattr(signal, name))
        time.sleep(1)  # until the handler has run

    monkeypatch.setattr("seqlab.files.sync_files", stopped)
    with pytest.raises(Stopped) as caught:
        unpack(tmp_path / "a.tar", tmp_path / "other")
    assert caught.value.exit_code == (130 if name == "SIGINT" else 75)
    assert list((tmp_path / "other").iterdir()) == []
    monkeypatch.setattr("seqlab.experiment.packing._add", stopped)
    with pytest.raises(Stopped):
        pack(run, tmp_path / "b.tar")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tar", "other", "runs"]
    assert signal.getsignal(getattr(signal, name)) is before


def test_what_killed_processes_left_is_removed(run: Run, tmp_path: Path) -> None:
    pack(run, tmp_path / "a.tar")
    other = tmp_path / "other"
    for folder, pid, host in (
        ("dead", DEAD, platform.node()),
        ("alive", os.getpid(), platform.node()),
        ("elsewhere", DEAD, "another machine"),
    ):
        (other / f".{folder}-0a1b2c3d.seqlab-tmp-7").mkdir(parents=True)
        signature = json.dumps({"pid": pid, "host": host})
        (other / f".{folder}-0a1b2c3d.seqlab-tmp-7" / "run.lock").write_text(signature, encoding="utf-8")
    unpack(tmp_path / "a.tar", other)
    assert {path.name.partition("-")[0] for path in other.iterdir()} == {".alive", ".elsewhere", ID[:8]}


def test_no_space(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack(run, tmp_path / "a.tar")
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(SeqlabError, match=r"needs 1,28\d,\d{3} bytes, and 1,000 are free"):
        unpack(tmp_path / "a.tar", tmp_path / "other")
    assert list((tmp_path / "other").iterdir()) == []


@pytest.mark.parametrize("ending", [".tar", ".tgz"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(share=st.floats(0, 1, exclude_max=True), change=st.integers(0, 255))
def test_damage_is_found(run: Run, tmp_path: Path, ending: str, share: float, change: int) -> None:
    """Cut anywhere, or with one byte changed: refused, or nothing that matters was changed."""
    whole, damaged, runs_dir = tmp_path / f"whole{ending}", tmp_path / f"damaged{ending}", tmp_path / "other"
    if not whole.exists():
        pack(run, whole)
    content = whole.read_bytes()
    place = int(share * len(content))
    for each in (content[:place], content[:place] + bytes([content[place] ^ change]) + content[place + 1 :]):
        damaged.write_bytes(each)
        try:
            unpacked = unpack(damaged, runs_dir).run
        except (RequestError, SeqlabError):
            assert not runs_dir.exists() or list(runs_dir.iterdir()) == []
        else:  # in padding, or in what a header says of owners and times
            assert packable(content_of(unpacked.directory)) == packable(content_of(run.directory))
            shutil.rmtree(unpacked.directory)


def archive(path: Path, members: list[tuple[str, bytes | None]], types: dict[str, bytes]) -> None:
    """An archive of these files. `types`: the type of a member, by the end of its name."""
    with tarfile.open(path, "w") as file:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content or b"")
            member.type = next((kind for end, kind in types.items() if name.endswith(end)), tarfile.REGTYPE)
            if member.type in {tarfile.SYMTYPE, tarfile.LNKTYPE}:
                member.linkname, member.size = "/etc/passwd", 0
            file.addfile(member, io.BytesIO(content or b"") if member.size else None)


def manifest(names: Any = ("run.json",), run: Any = ID, version: Any = 1, **record: Any) -> bytes:
    entry = {"sha256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "bytes": 2, **record}
    return json.dumps({"format": version, "run": run, "files": dict.fromkeys(names, entry)}).encode()


def named(*names: str) -> tuple[list[tuple[str, bytes | None]], dict[str, bytes]]:
    """An archive that announces these files and holds them."""
    return [(MANIFEST, manifest(names)), *((f"{ID}/{name}", b"{}") for name in names)], {}


LISTED = [(MANIFEST, manifest())]
SOUND = (f"{ID}/run.json", b"{}")
CRAFTED: list[tuple[str, list[tuple[str, bytes | None]], dict[str, bytes]]] = [
    ("is no packed run", [SOUND], {}),
    ("has format 2; this version of seqlab reads 1: update it", [(MANIFEST, manifest(version=2))], {}),
    ("its format is no number", [(MANIFEST, manifest(version="1"))], {}),
    ("its format is no number", [(MANIFEST, manifest(version=True))], {}),
    ("its format is no number", [(MANIFEST, manifest(version=0))], {}),
    (r"holds no run\.json, and so no run: pack the run again", *named("config.yaml")),
    (r"it names run\.lock", *named("run.json", "run.lock")),
    ("points outside the archive", *named("run.json", "../evil")),
    ("is absolute", [(MANIFEST, manifest(["run.json", "/etc/evil"])), ("/etc/evil", b"{}")], {}),
    ("not a valid file name on Windows", *named("run.json", "a\\evil")),
    ("not a valid file name on Windows", *named("run.json", "con.json")),
    ("contains a control character", *named("run.json", "a\x1b[31mZZ")),
    ("it contains too many files or folders to be a run: pack", *named("run.json", "a/" * 30 + "b")),
    ("are the same file", *named("run.json", "a", "A")),
    ("names no run", [(MANIFEST, manifest(run="../up"))], {}),
    ("names no run", [(MANIFEST, manifest(run=".hidden"))], {}),
    ("names no run", [(MANIFEST, manifest(run="latest"))], {}),
    ("size or checksum", [(MANIFEST, manifest(bytes=-1))], {}),
    ("size or checksum", [(MANIFEST, manifest(bytes=True))], {}),
    ("is not sound", [(MANIFEST, manifest(sha256=7))], {}),
    ("is not sound", [(MANIFEST, b"[" * 100_000)], {}),
    ("another checksum", [*LISTED, (f"{ID}/run.json", b"[]")], {}),
    ("not in its list", [*LISTED, (f"{ID}/run.json", b"{}more")], {}),
    ("not in its list", [*LISTED, ("run.json", b"{}")], {}),
    ("are the same file", [*LISTED, SOUND, SOUND], {}),
    ("neither a file nor a directory", [*LISTED, (f"{ID}/run.json", None)], {"/run.json": tarfile.SYMTYPE}),
    (
        "neither a file nor a directory",
        [(MANIFEST, manifest(bytes=0)), (f"{ID}/run.json", None)],
        {"/run.json": tarfile.CHRTYPE},
    ),
    (r"ends before 'run\.json' \(1 of 1 files\)", LISTED, {}),
    # All is as it was announced, but it is no run.
    (r"a\.tar holds no run that can be read: run\.json .*: pack the run again, or ask for", [*LISTED, SOUND], {}),
]
NO_ARCHIVES = [
    ("is no packed run: `seqlab pack RUN -o FILE` writes one", b"text,label\nnot an archive,ham\n" * 100),
    ("is no packed run", b"PK\3\4" + bytes(100)),
    ("is no packed run", b""),
    ("is cut off or was changed .*: pack the run again, or ask for another copy", gzip.compress(b"no tar", mtime=0)),
    ("is cut off or was changed", gzip.compress(bytes(range(256)) * 9, mtime=0)[:40]),
    ("is cut off or was changed", b"seqlab-run.json" + bytes(100)),
]


@pytest.mark.parametrize(("message", "members", "types"), CRAFTED)
def test_crafted_archives(
    tmp_path: Path, message: str, members: list[tuple[str, bytes | None]], types: dict[str, bytes]
) -> None:
    path, runs_dir = tmp_path / "a.tar", tmp_path / "runs"
    archive(path, members, types)
    with pytest.raises((RequestError, DataError), match=message) as caught:
        unpack(path, runs_dir)
    # One rule for the exit code: 2 for what is no packed run that this version reads, 1 for a damaged one.
    asked = message.startswith(("is no packed run", "has format 2"))
    assert type(caught.value) is (RequestError if asked else DataError)
    assert "\x1b" not in str(caught.value)
    assert "seqlab-tmp" not in str(caught.value)
    assert "download" not in str(caught.value)
    assert not runs_dir.exists() or list(runs_dir.iterdir()) == []
    assert {each.name for each in tmp_path.iterdir()} <= {"a.tar", "runs"}


@pytest.mark.parametrize(("message", "content"), NO_ARCHIVES)
def test_what_is_no_archive(tmp_path: Path, message: str, content: bytes) -> None:
    (tmp_path / "a.tar").write_bytes(content)
    with pytest.raises((DataError, RequestError), match=message) as caught:
        verify(tmp_path / "a.tar")
    assert isinstance(caught.value, RequestError) == message.startswith("is no packed run")
    assert "download" not in str(caught.value)
    with pytest.raises(RequestError, match="there is no file "):
        verify(tmp_path / "b.tar")
    with pytest.raises(RequestError, match="is a folder"):
        verify(tmp_path)
