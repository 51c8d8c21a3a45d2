"""Deleting a run: what is no run, what a process writes and what links lead to stays."""

import os
import sys
from pathlib import Path

import pytest
from made_runs import made_run

from seqlab import runs
from seqlab.errors import RequestError, SeqlabError
from seqlab.runs import Run


def test_delete_removes_all_of_it(run: Run, runs_dir: Path) -> None:
    run.predictions_file("test").parent.mkdir()
    run.predictions_file("test").touch()
    runs.delete(run)
    assert list(runs_dir.iterdir()) == []


def test_locked_runs_and_other_directories_are_not_deleted(run: Run, tmp_path: Path) -> None:
    with run.writing(), pytest.raises(SeqlabError, match="is locked by"):
        runs.delete(run)
    assert run.result_file.parent.is_dir()
    (tmp_path / "thesis").mkdir()
    with pytest.raises(RequestError, match="does not look like a run"):
        runs.delete(Run(tmp_path / "thesis"))


@pytest.mark.parametrize("record", [None, "{}", '{"format": 1}', '{"format": 1, "id": "a"}', "[]", "damaged"])
@pytest.mark.parametrize("name", ["20240101-120000-photos", "photos"])
def test_a_folder_that_is_not_proven_to_be_a_run_is_not_deleted(runs_dir: Path, name: str, record: str | None) -> None:
    folder = runs_dir / name
    folder.mkdir(parents=True)
    (folder / "photo").touch()
    if record is not None:
        (folder / "run.json").write_text(record, encoding="utf-8")
    with pytest.raises(RequestError, match="was not deleted"):
        runs.delete(runs.locate(name, runs_dir))
    assert (folder / "photo").exists()


def test_of_a_link_to_a_run_only_the_link_is_deleted(runs_dir: Path, tmp_path: Path) -> None:
    target = made_run(tmp_path / "elsewhere", "20250101-000000-a")
    link = runs_dir / "linked"
    runs_dir.mkdir(exist_ok=True)
    link.symlink_to(target.directory)
    for reference in ("linked", str(link)):
        runs.delete(runs.locate(reference, runs_dir))
        assert (target.status(), link.is_symlink()) == ("finished", False)
        link.symlink_to(target.directory)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_run_that_cannot_be_deleted_whole_stays_whole(run: Run) -> None:
    kept = run.directory / "checkpoints" / "kept"
    kept.mkdir(parents=True)
    kept.chmod(0o555)
    with pytest.raises(SeqlabError, match="kept cannot be written; nothing was deleted"):
        runs.delete(run)
    assert run.metadata_file.exists()
