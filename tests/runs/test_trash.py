"""The trash: runs go there whole, come back whole, and leave it for good only when it is emptied."""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from made_runs import made_run

from seqlab import runs
from seqlab.errors import RequestError, SeqlabError
from seqlab.runs import Run
from seqlab.runs.trash import TIME, empty, move_to_trash, older_than, restore, size_of, trashed

ID = "20250101-000000-base"


@pytest.fixture
def base(runs_dir: Path) -> Run:
    run = made_run(runs_dir, ID)
    (run.directory / "model").mkdir()
    run.weights_file.write_bytes(b"x" * 1000)
    return run


def test_a_run_goes_and_comes_back_as_it_was(base: Run, runs_dir: Path) -> None:
    before = {path.relative_to(runs_dir): path.read_bytes() for path in runs_dir.rglob("*") if path.is_file()}
    move_to_trash(base)
    assert runs.list_runs(runs_dir) == []
    (there,) = trashed(runs_dir)
    assert (there.run.id, there.run.status()) == (ID, "finished")
    assert datetime.now(UTC) - there.deleted < timedelta(minutes=1)
    assert restore("base", runs_dir) == base
    after = {path.relative_to(runs_dir): path.read_bytes() for path in runs_dir.rglob("*") if path.is_file()}
    after.pop(base.lock_file.relative_to(runs_dir))
    assert after == before
    assert trashed(runs_dir) == []
    assert list((runs_dir / ".trash").iterdir()) == []


def test_a_run_can_be_deleted_again_after_another_took_its_id(base: Run, runs_dir: Path) -> None:
    move_to_trash(base)
    second = made_run(runs_dir, ID, status="stopped")
    with pytest.raises(RequestError, match=f"there is a run {ID} in .*: move or delete it first"):
        restore(ID, runs_dir)
    move_to_trash(second)
    assert [each.run.status() for each in trashed(runs_dir)] == ["finished", "stopped"]
    assert restore(ID, runs_dir).status() == "stopped", "the one that was deleted last"


def test_what_is_not_in_the_trash(base: Run, runs_dir: Path) -> None:
    with pytest.raises(RequestError, match=r"no run 'base' in the trash of .*: it is empty"):
        restore("base", runs_dir)
    move_to_trash(base)
    move_to_trash(made_run(runs_dir, "20250102-000000-base"))
    with pytest.raises(RequestError, match="2 runs in the trash fit 'base'"):
        restore("base", runs_dir)
    for reference in ("", "bas", "../x"):
        with pytest.raises(RequestError, match=f"it holds {ID}, 20250102-000000-base"):
            restore(reference, runs_dir)
    assert restore("20250102", runs_dir).id == "20250102-000000-base"


def test_what_is_no_run_and_what_is_written_stays(runs_dir: Path, base: Run) -> None:
    (runs_dir / "thesis").mkdir()
    with pytest.raises(RequestError, match="does not look like a run"):
        move_to_trash(Run(runs_dir / "thesis"))
    with base.writing(), pytest.raises(SeqlabError, match="is locked by"):
        move_to_trash(base)
    assert base.weights_file.exists()
    assert trashed(runs_dir) == []


def test_of_a_link_only_the_link_is_deleted(runs_dir: Path, tmp_path: Path) -> None:
    target = made_run(tmp_path / "elsewhere", ID)
    runs_dir.mkdir()
    link = runs_dir / "linked"
    link.symlink_to(target.directory)
    move_to_trash(Run(link))
    assert (target.status(), link.is_symlink(), trashed(runs_dir)) == ("finished", False, [])


def test_a_trash_that_leads_elsewhere_is_not_used(base: Run, runs_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (runs_dir / ".trash").symlink_to(tmp_path / "elsewhere")
    for use in (lambda: move_to_trash(base), lambda: trashed(runs_dir)):
        with pytest.raises(RequestError, match="is a symbolic link, not the folder of deleted runs"):
            use()
    assert base.directory.is_dir()


def test_only_what_was_deleted_long_ago_is_emptied(runs_dir: Path) -> None:
    for days in (0, 3, 10):
        entry = runs_dir / ".trash" / f"{datetime.now(UTC) - timedelta(days=days):{TIME}}"
        made_run(entry, f"20250101-00000{days % 9}-a{days}")
    mine = runs_dir / ".trash" / "mine"
    mine.mkdir()
    old = older_than(trashed(runs_dir), 3)
    assert [each.run.id.rpartition("-")[2] for each in old] == ["a10", "a3"]
    empty(old)
    assert [each.run.id.rpartition("-")[2] for each in trashed(runs_dir)] == ["a0"]
    empty(trashed(runs_dir))
    assert list((runs_dir / ".trash").iterdir()) == [mine], "what seqlab did not put there stays"


def test_a_time_that_does_not_exist_is_no_entry(runs_dir: Path) -> None:
    made_run(runs_dir / ".trash" / "20259999-999999-000000", ID)
    assert trashed(runs_dir) == []


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_trash_that_cannot_be_written(base: Run, runs_dir: Path) -> None:
    runs_dir.chmod(0o555)
    with pytest.raises(SeqlabError, match="cannot delete run"):
        move_to_trash(base)
    runs_dir.chmod(0o755)
    assert base.directory.is_dir()


def test_a_rename_that_fails_leaves_nothing_behind(base: Run, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: Path, target: Path) -> Path:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(SeqlabError, match=f"cannot delete run {ID}"):
        move_to_trash(base)
    assert list((runs_dir / ".trash").iterdir()) == []


def test_the_size_of_a_directory_counts_files_and_not_what_links_lead_to(tmp_path: Path) -> None:
    directory = tmp_path / "run"
    (directory / "model").mkdir(parents=True)
    (directory / "a").write_bytes(b"x" * 10)
    (directory / "model" / "b").write_bytes(b"x" * 200)
    (tmp_path / "large").write_bytes(b"x" * 100_000)
    (directory / "link").symlink_to(tmp_path)
    assert 210 <= size_of(directory) < 1000
    assert size_of(tmp_path / "none") == 0
