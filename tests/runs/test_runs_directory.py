"""The folder of runs: ids, lists, references, and damaged directories."""

import errno
import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from counted import calls_of

from seqlab import runs
from seqlab.errors import RequestError, SeqlabError
from seqlab.runs import Run, references, runs_directory


def test_an_id_is_the_time_and_the_name(run: Run) -> None:
    assert re.fullmatch(r"\d{8}-\d{6}-imdb-bigram", run.id)
    metadata = run.metadata()
    assert metadata["id"] == run.id
    assert {"started", "command", "host", "versions", "git", "status", "config"} <= metadata.keys()


def test_a_taken_id_gets_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        @staticmethod
        def now(zone: object) -> datetime:
            return datetime(2026, 11, 21, 20, 30, 15, tzinfo=UTC)

    monkeypatch.setattr(runs_directory, "datetime", Clock)
    names = [runs.create(tmp_path, "a", {}).metadata()["id"] for _ in range(2)]
    assert names == ["20261121-203015-a", "20261121-203015-a-2"]

    real = Path.rename

    def another_is_faster(directory: Path, place: Path) -> Path:
        if place.name.endswith("-3"):
            place.mkdir()
            (place / "run.json").touch()
        return real(directory, place)

    monkeypatch.setattr(Path, "rename", another_is_faster)
    assert runs.create(tmp_path, "a", {}).metadata()["id"] == "20261121-203015-a-4"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("latest", "run-latest"),
        ("auto", "run-auto"),
        ("imdb/bigram", "imdb-bigram"),
        ("../../etc", "etc"),
        ("Año nuevo!", "Ano-nuevo"),
        ("-rf", "rf"),
        ("日本", "run"),
        ("", "run"),
        ("a\x00b\nc", "a-b-c"),
        ("v1.2_x", "v1.2_x"),
        ("x" * 300, "x" * 60),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert runs_directory.sanitized(name) == safe


def test_a_runs_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for impossible in (tmp_path / "file", tmp_path / "file" / "runs"):
        with pytest.raises(SeqlabError, match=r"cannot write to the runs folder.*--runs-dir"):
            runs.create(impossible, "a", {})
        with pytest.raises(SeqlabError, match=r"cannot write to the runs folder.*--runs-dir"):
            runs.refuse_unwritable(impossible)
    runs.refuse_unwritable(tmp_path / "new" / "runs")
    assert [path.name for path in tmp_path.iterdir()] == ["file"], "nothing is written to find out"


def test_a_list_includes_damaged_runs(runs_dir: Path) -> None:
    whole = runs.create(runs_dir, "whole", {"config": {"task": "classification"}})
    with whole.writing():
        whole.write_result({"test.accuracy": 0.9})
    (runs_dir / "half").mkdir()
    newer = runs.create(runs_dir, "newer", {})
    newer.metadata_file.write_text('{"format": 2}')
    torn = runs.create(runs_dir, "torn", {"config": [1]})
    torn.result_file.write_text("{")
    (runs_dir / "README.md").touch()
    (runs_dir / ".hidden").mkdir()

    listed = {each.run.id.split("-")[-1]: each for each in runs.list_runs(runs_dir)}
    assert {name: each.status for name, each in listed.items()} == {
        "half": "damaged",
        "newer": "damaged",
        "torn": "damaged",
        "whole": "finished",
    }
    assert next(iter(listed)) == "half"
    assert "upgrade" in listed["newer"].damage
    assert (listed["whole"].task, listed["whole"].result) == ("classification", {"test.accuracy": 0.9})
    assert listed["torn"].task == ""


def test_no_folder_is_an_empty_list_and_a_file_is_none(tmp_path: Path) -> None:
    assert runs.list_runs(tmp_path / "none") == []
    (tmp_path / "file").touch()
    with pytest.raises(RequestError, match="cannot read the runs folder"):
        runs.list_runs(tmp_path / "file")


def test_of_five_hundred_runs_only_what_a_list_shows_is_read(runs_dir: Path) -> None:
    metadata = runs.create(runs_dir, "first", {"config": {"vectorizer": {"name": "words"}}}).metadata_file.read_text()
    for number in range(500):
        directory = runs_dir / f"20261121-203015-{number}"
        directory.mkdir()
        (directory / "run.json").write_text(metadata)
        (directory / "result.json").write_text('{"test.accuracy": 0.9}')
        (directory / "metrics.jsonl").mkdir()  # cannot be read
    found, calls = calls_of(lambda: runs.list_runs(runs_dir))
    assert len(found) == 501
    assert calls < 501 * 400


def test_a_run_is_found_by_id_prefix_path_and_latest(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("20250101-000000-a", "20250101-000000-a-2", "20260101-000000-b"):
        _write_run(runs_dir / name)
    assert runs.find("20250101-000000-a", runs_dir).id == "20250101-000000-a"
    assert runs.find("2026", runs_dir).id == "20260101-000000-b"
    assert runs.find("latest", runs_dir).id == "20260101-000000-b"
    assert runs.find(str(runs_dir / "20260101-000000-b"), Path("nowhere")).id == "20260101-000000-b"
    monkeypatch.chdir(runs_dir / "20260101-000000-b")
    assert runs.find(".", Path("nowhere")).id == "20260101-000000-b"


def test_latest_among_a_task_and_a_status(runs_dir: Path) -> None:
    _write_run(runs_dir / "20250101-000000-a", status="finished", task="classification")
    _write_run(runs_dir / "20250102-000000-b", status="failed", task="classification")
    _write_run(runs_dir / "20250103-000000-c", status="finished", task="translation")
    (runs_dir / "20250104-000000-damaged").mkdir()
    assert runs.find("latest", runs_dir).id.endswith("c")
    assert runs.find("latest", runs_dir, tasks=["classification"]).id.endswith("a")
    assert runs.find("latest", runs_dir, tasks=["classification"], status=None).id.endswith("b")
    assert runs.find("latest", runs_dir, status=runs.UNFINISHED).id.endswith("b")
    with pytest.raises(RequestError, match=r"no stopped translation run in .*there is 20250103-000000-c \(finished\)"):
        runs.find("latest", runs_dir, tasks=["translation"], status="stopped")
    with pytest.raises(RequestError, match="no unfinished translation run in "):
        runs.find("latest", runs_dir, tasks=["translation"], status=runs.UNFINISHED)
    chosen = runs.find("latest", runs_dir, tasks=["classification"])
    passed = [(each.run.id[-1:], each.status) for each in references.passed_over(chosen, runs_dir)]
    assert passed == [("b", "failed"), ("c", "finished"), ("d", "damaged")]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("2025", "2 runs start with '2025': 20250101-000000-bigram, 20250101-000000-unigram"),
        ("unigrm", "did you mean 20250101-000000-unigram\\?"),
        ("bigra", "did you mean 20250101-000000-bigram\\?"),
        ("nothing/like/it", "no run 'nothing/like/it' in .*`seqlab runs list`"),
        ("", "no run ''"),
    ],
)
def test_references_without_a_run(runs_dir: Path, reference: str, message: str) -> None:
    for name in ("20250101-000000-unigram", "20250101-000000-bigram"):
        _write_run(runs_dir / name)
    with pytest.raises(RequestError, match=message):
        runs.find(reference, runs_dir)


def test_a_run_is_found_by_its_name_if_no_other_run_has_it(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("20250101-000000-base", "20250102-000000-twice", "20250103-000000-twice"):
        _write_run(runs_dir / name)
    assert runs.find("base", runs_dir).id == "20250101-000000-base"
    with pytest.raises(RequestError, match="2 runs are named 'twice': 20250102-000000-twice, 20250103-000000-twice"):
        runs.find("twice", runs_dir)
    with pytest.raises(RequestError, match="no run 'bas'"):
        runs.find("bas", runs_dir)
    monkeypatch.chdir(runs_dir.parent)
    Path("base").mkdir()
    assert runs.find("base", runs_dir).id == "20250101-000000-base", "a name comes before a path"


def test_of_several_runs_with_a_name_the_one_that_fits_is_found(runs_dir: Path) -> None:
    _write_run(runs_dir / "20250101-000000-base", status="failed")
    _write_run(runs_dir / "20250102-000000-base", status="finished")
    _write_run(runs_dir / "20250103-000000-base", status="stopped", task="translation")
    (runs_dir / "20250104-000000-base").mkdir()  # damaged
    assert runs.find("base", runs_dir).id == "20250102-000000-base"
    assert runs.find("base", runs_dir, prefer=runs.UNFINISHED, tasks=["translation"]).id == "20250103-000000-base"
    with pytest.raises(RequestError, match=r"4 runs are named 'base': 20250101-000000-base, .*-base; use an id"):
        runs.locate("base", runs_dir)  # nothing is deleted by a guess
    for wrong in ({"prefer": runs.UNFINISHED}, {"tasks": ["translation"]}):
        with pytest.raises(RequestError, match="4 runs are named 'base'"):
            runs.find("base", runs_dir, **wrong)
    _write_run(runs_dir / "20250105-000000-base")
    with pytest.raises(RequestError, match="5 runs are named 'base'"):
        runs.find("base", runs_dir)


def test_a_name_is_found_as_it_was_given(runs_dir: Path) -> None:
    for name in ("My best: run!", "Año", "日本"):
        run = runs.create(runs_dir, name, {})
        assert runs.find(name, runs_dir) == run
        assert runs.find(references.name_of(run.id), runs_dir) == run
    for blank in ("", "  "):
        with pytest.raises(runs.UnknownRun):
            runs.find(blank, runs_dir)


def test_a_long_reference_is_cut_in_the_message(runs_dir: Path) -> None:
    with pytest.raises(runs.UnknownRun) as raised:
        runs.find("x" * 5000, runs_dir)
    assert len(str(raised.value)) < 400 + len(str(runs_dir))


@pytest.mark.parametrize("reference", ["20250101-000000-base", "2025", "base", "latest", "runs/20250101-000000-base"])
def test_references_that_resolve(runs_dir: Path, reference: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _write_run(runs_dir / "20250101-000000-base")
    monkeypatch.chdir(runs_dir.parent)
    assert runs.resolves(reference, runs_dir)


@pytest.mark.parametrize("reference", ["", "I like soccer.", "Base", ".", "~nobody/x", "a\0b", "x" * 5000])
def test_references_that_do_not_resolve(runs_dir: Path, reference: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _write_run(runs_dir / "20250101-000000-base")
    monkeypatch.chdir(runs_dir.parent)
    assert not runs.resolves(reference, runs_dir)


def test_a_damaged_run_is_located_but_not_found(runs_dir: Path) -> None:
    (runs_dir / "20250101-000000-half").mkdir(parents=True)
    assert runs.locate("2025", runs_dir).id == "20250101-000000-half"
    with pytest.raises(RequestError, match="it has no run"):
        runs.find("2025", runs_dir)


def test_a_start_in_the_future_is_not_latest(runs_dir: Path) -> None:
    _write_run(runs_dir / "20250101-000000-a")
    _write_run(runs_dir / "20240101-000000-copy", started="9999-01-01T00:00:00+00:00")
    _write_run(runs_dir / "renamed", started="9999-01-01T00:00:00+00:00")
    assert runs.find("latest", runs_dir).id == "20250101-000000-a"
    _write_run(runs_dir / "renamed-too", started="2025-06-01T00:00:00+00:00")
    assert runs.find("latest", runs_dir).id == "renamed-too"


@pytest.mark.parametrize("name", ["99991231-235959-future", "99999999-999999-x", "20250230-000000-no-such-day"])
def test_an_id_with_an_impossible_time_is_not_latest(runs_dir: Path, name: str) -> None:
    _write_run(runs_dir / "20250101-000000-a")
    run = _write_run(runs_dir / name, started="2024-06-01T00:00:00+00:00")
    assert runs.find("latest", runs_dir).id == "20250101-000000-a"
    run.update(started="2025-06-01T00:00:00+00:00")  # the recorded time counts then
    assert runs.find("latest", runs_dir).id == name


def test_an_id_of_tomorrow_morning_is_latest(runs_dir: Path) -> None:
    """Clocks of machines differ."""
    soon = f"{datetime.now(UTC) + timedelta(hours=20):%Y%m%d-%H%M%S}-a"
    for name in (soon, "20250101-000000-a"):
        _write_run(runs_dir / name)
    assert runs.find("latest", runs_dir).id == soon


def test_old_leftovers_of_crashes_are_removed(runs_dir: Path) -> None:
    old = [".20250101-000000-a-0a1b2c3d.seqlab-tmp-7", ".20250101-000000-b.deleted-7"]
    kept = [".20250101-000000-c-0a1b2c3d.seqlab-tmp-8", ".mine", ".20250101-000000-d", "20250101-000000-e.tmp-7"]
    for name in [*old, *kept]:
        (runs_dir / name / "checkpoints").mkdir(parents=True)
        if "-c-" not in name:  # that one is being written
            os.utime(runs_dir / name, (0, 0))
    run = runs.create(runs_dir, "new", {})
    assert {path.name for path in runs_dir.iterdir()} == {*kept, run.id}


def _write_run(
    directory: Path,
    *,
    started: str = "2025-01-01T00:00:00+00:00",
    status: str = "finished",
    task: str = "classification",
) -> Run:
    directory.mkdir(parents=True)
    run = Run(directory)
    record = {"format": 1, "id": directory.name, "started": started, "status": status, "config": {"task": task}}
    run.metadata_file.write_text(json.dumps(record), encoding="utf-8")
    return run


def test_a_failed_attempt_does_not_claim_a_name(runs_dir):
    def ended(day, status):
        run = runs.create(runs_dir, "base", {})
        run.update(status=status)
        return run.directory.rename(runs_dir / f"202601{day:02}-120000-base").name

    first = ended(1, "failed")
    assert runs.find("base", runs_dir).id == first
    finished = ended(2, "finished")
    ended(3, "failed")
    assert runs.find("base", runs_dir).id == finished
    ended(4, "stopped")
    assert runs.find("base", runs_dir).id == finished
    ended(5, "finished")
    with pytest.raises(RequestError, match="5 runs are named 'base'"):
        runs.find("base", runs_dir)


def test_of_a_run_and_its_continuation_the_continuation_is_meant(runs_dir: Path) -> None:
    _write_run(runs_dir / "20250101-000000-base")
    child = _write_run(runs_dir / "20250102-000000-base")
    child.update(parent="20250101-000000-base")
    assert runs.find("base", runs_dir).id == child.id
    assert runs.find("base", runs_dir, prefer=runs.UNFINISHED).id == child.id  # both are finished: to train further
    grandchild = _write_run(runs_dir / "20250103-000000-base", status="stopped")
    grandchild.update(parent=child.id)
    assert runs.find("base", runs_dir).id == child.id
    assert runs.find("base", runs_dir, prefer=runs.UNFINISHED).id == grandchild.id


def test_a_limit_for_files_is_no_fault_of_the_folder(tmp_path):
    error = runs_directory.unwritable(tmp_path, OSError(errno.EFBIG, "File too large"))
    assert str(error).endswith(": a file may not grow that large: raise the limit for files (ulimit -f)")
