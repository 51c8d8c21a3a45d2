"""One run directory: reading it, and its status however writing ends."""

import errno
import json
import math
from pathlib import Path

import pytest

from seqlab import files
from seqlab.errors import DivergedError, RequestError, SeqlabError
from seqlab.runs import Run


def test_the_status_is_running_inside_and_finished_afterwards(run: Run) -> None:
    with run.writing():
        assert run.status() == "running"
    metadata = run.metadata()
    assert (metadata["status"], metadata["reason"]) == ("finished", None)
    assert metadata["ended"] >= metadata["started"]


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (SeqlabError("the disk is full"), "failed", "the disk is full"),
        (DivergedError("the loss is NaN"), "diverged", "the loss is NaN"),
        (KeyboardInterrupt(), "stopped", "interrupted"),
        (KeyError("x"), "failed", "KeyError: 'x'"),
        (
            MemoryError(),
            "failed",
            "out of memory: reduce training.batch_size, vectorizer.max_length, vectorizer.max_tokens or the size of "
            "the model",
        ),
    ],
)
def test_each_end_has_its_status_and_reason(run: Run, error: BaseException, status: str, reason: str) -> None:
    with pytest.raises(type(error)), run.writing():
        raise error
    assert (run.status(), run.metadata()["reason"]) == (status, reason)


def test_a_refused_resume_changes_nothing(run: Run) -> None:
    run.config_file.write_text("version: 1\n")
    with pytest.raises(RequestError), run.writing():
        raise RequestError("the first time it is what became of the run")
    assert run.status() == "failed"
    before = run.metadata_file.read_bytes()
    with pytest.raises(RequestError), run.writing():
        run.update(parameters=17)
        run.config_file.write_text("version: 2\n")
        raise RequestError("no such device")
    assert (run.metadata_file.read_bytes(), run.config_file.read_text()) == (before, "version: 1\n")
    with pytest.raises(SeqlabError), run.writing():
        raise SeqlabError("the disk is full")
    assert run.metadata()["reason"] == "the disk is full"


def test_seconds_of_all_processes_add_up(run: Run) -> None:
    with run.writing() as seconds:
        assert 0 <= seconds() < 10
    run.update(seconds=100.0)
    with pytest.raises(KeyboardInterrupt), run.writing(50.0) as seconds:
        assert 100 <= seconds() < 110
        raise KeyboardInterrupt
    assert 100 < run.metadata()["seconds"] < 110
    with run.writing(200.0) as seconds:  # a checkpoint knows of one that was killed
        assert run.metadata()["seconds"] == 200
        assert 200 <= seconds() < 210


def test_the_log_keeps_the_traceback_of_a_bug_and_not_of_a_message(run: Run) -> None:
    with pytest.raises(SeqlabError), run.writing():
        raise SeqlabError("for people")
    assert not run.log_file.exists()
    with pytest.raises(ZeroDivisionError), run.writing():
        1 / 0  # noqa: B018
    assert "1 / 0" in run.log_file.read_text()


def test_the_end_is_recorded_where_no_new_file_can_be_made(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without inodes `run.json` cannot be replaced, but it can be written: the run is not taken for a killed one."""

    def no_inodes(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"), run.writing():
        monkeypatch.setattr(files, "write_bytes", no_inodes)
        no_inodes()
    assert run.status() == "failed"
    assert run.metadata()["reason"] == "the disk is full: free some space and try again"


def test_a_running_run_without_a_process_was_killed(run: Run) -> None:
    assert run.metadata()["status"] == "running"
    assert run.status() == "killed"


def test_metadata_is_added_and_replaced(run: Run) -> None:
    run.update(parameters=17)
    run.update(parameters=18, loss=math.nan, shape=(1, 2))
    metadata = run.metadata()
    assert metadata["format"] == 1
    assert metadata["config"] == {"task": "classification"}
    assert (metadata["parameters"], metadata["loss"], metadata["shape"]) == (18, None, [1, 2])


def test_metrics_are_lines_and_an_incomplete_one_is_skipped(run: Run) -> None:
    assert run.metrics() == []
    run.append_metrics({"epoch": 1, "train.loss": 0.5})
    run.append_metrics({"epoch": 2, "train.loss": math.inf})
    with run.metrics_file.open("a") as file:
        file.write('{"epoch": 3, "trai')
    assert run.metrics() == [{"epoch": 1, "train.loss": 0.5}, {"epoch": 2, "train.loss": None}]


def test_the_result(run: Run) -> None:
    assert run.result() == {}
    run.write_result({"test.accuracy": 0.9, "test.loss": math.nan})
    assert run.result() == {"test.accuracy": 0.9, "test.loss": None}


def test_a_log_that_cannot_be_written_stops_nothing(run: Run) -> None:
    run.log_file.mkdir()
    run.log("unheard")


def test_the_paths_move_with_the_directory(run: Run) -> None:
    run.write_result({"test.accuracy": 0.9})
    moved = Run(run.directory.rename(run.directory.with_name("elsewhere")))
    assert moved.result() == {"test.accuracy": 0.9}
    paths = (moved.config_file, moved.model_directory, moved.predictions_file("test"), moved.vocabulary_file)
    assert all(moved.directory in path.parents for path in paths)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "it has no run.json"),
        ("", r"run\.json is damaged"),
        ('{"format": 1, "sta', r"run\.json is damaged"),
        ("[" * 100_000, r"run\.json is damaged"),
        ("\udcff", r"run\.json is damaged"),
        ("[1]", "it must be a mapping"),
        ("{}", "'format' is missing"),
        ('{"format": 2}', "newer seqlab.*upgrade seqlab"),
    ],
)
def test_directories_that_are_no_runs(tmp_path: Path, content: str | None, message: str) -> None:
    run = Run(tmp_path)
    if content is not None:
        run.metadata_file.write_text(content, errors="surrogateescape")
    with pytest.raises(RequestError, match=message) as refused:
        run.metadata()
    assert str(tmp_path) in str(refused.value)


def test_no_directory(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="does not exist"):
        Run(tmp_path / "gone").metadata()


def test_run_json_is_json_that_people_can_read(run: Run) -> None:
    run.update(note="¿qué? 日本語")
    text = run.metadata_file.read_text(encoding="utf-8")
    assert "日本語" in text
    assert json.loads(text)["note"] == "¿qué? 日本語"
