"""`seqlab pack` and `seqlab unpack`."""

import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from made_runs import made_run
from typer.testing import Result

from seqlab.errors import Stopped

Invoke = Callable[..., Result]

ID = "20250101-000000-a"


def test_there_and_back(invoke: Invoke) -> None:
    run = made_run("runs", ID, result={"test.accuracy": 0.5})
    (run.directory / "notes.txt").write_text("mine", encoding="utf-8")
    result = invoke("pack", "a", "-o", "a.tgz")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "left out 1 file that seqlab did not write: notes.txt" in result.stderr
    assert f"wrote a.tgz: run {ID}, 2 files" in result.stderr
    result = invoke("unpack", "a.tgz", "--check", "--runs-dir", "other")
    assert (result.exit_code, result.stdout) == (0, f"{ID}\n")
    assert not Path("other").exists()
    result = invoke("unpack", "a.tgz", "--runs-dir", "other", "--json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert (found["run"], found["files"], found["left_out"]) == (ID, 2, [])
    assert found["directory"] == str(Path("other").absolute() / ID)
    assert ID in invoke("runs", "list", "--runs-dir", "other").stdout


def test_what_is_refused(invoke: Invoke) -> None:
    made_run("runs", ID)
    for arguments, message in (
        (("pack", "a", "-o", "a.zip"), "a.zip has no ending of an archive"),
        (("pack", "a", "-o", "no/a.tar"), "the directory no does not exist"),
        (("pack", "nope", "-o", "a.tar"), "no run 'nope'"),
        (("unpack", "a.tar"), "there is no file a.tar"),
    ):
        result = invoke(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert message in " ".join(result.stderr.split())
        assert not Path("a.tar").exists()


def test_a_folder_of_runs_without_a_name_is_refused(invoke: Invoke) -> None:
    """`--runs-dir "$UNSET"` would be the current folder."""
    made_run("runs", ID)
    assert invoke("pack", "a", "-o", "a.tar").exit_code == 0
    for arguments in (("unpack", "a.tar"), ("runs", "list")):
        result = invoke(*arguments, "--runs-dir", "")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--runs-dir is empty: name the folder of the runs" in " ".join(result.stderr.split())
    assert {path.name for path in Path().iterdir()} == {"a.tar", "runs"}


def test_a_signal_is_told(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    made_run("runs", ID)
    assert invoke("pack", "a", "-o", "a.tar").exit_code == 0

    def stopped(*_: object) -> None:
        raise Stopped("SIGTERM", 75)

    monkeypatch.setattr("seqlab.files.sync_files", stopped)
    result = invoke("unpack", "a.tar", "--runs-dir", "other")
    assert (result.exit_code, result.stdout) == (75, "")
    assert "stopped by SIGTERM: nothing is unpacked" in result.stderr
    monkeypatch.setattr("seqlab.experiment.packing._add", stopped)
    result = invoke("pack", "a", "-o", "b.tar")
    assert result.exit_code == 75
    assert "stopped by SIGTERM: b.tar is not written" in result.stderr


def test_members_are_of_nobody(invoke: Invoke) -> None:
    made_run("runs", ID)
    assert invoke("pack", "a", "-o", "a.tar").exit_code == 0
    with tarfile.open("a.tar") as archive:
        for member in archive:
            assert (member.uid, member.gid, member.uname, member.mode) == (0, 0, "", 0o644)
