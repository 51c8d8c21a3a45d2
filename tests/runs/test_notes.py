"""What a user says of a run: labels and notes, beside a record that stays as it is."""

import json
import os
import sys
from pathlib import Path

import pytest
from made_runs import made_run

from seqlab import runs
from seqlab.errors import RequestError, SeqlabError
from seqlab.runs import Run
from seqlab.runs.notes import NO_NOTES, add_note, read_notes, readable_notes, remove_note, set_label


def test_a_label_and_notes_come_back_as_they_were_written(run: Run) -> None:
    assert read_notes(run) == NO_NOTES
    set_label(run, "  the ßest [b]\x1b ")
    add_note(run, "one\nwith two lines")
    add_note(run, "two")
    notes = read_notes(run)
    assert notes.label == "the ßest [b]\x1b"
    assert [each.text for each in notes.notes] == ["one\nwith two lines", "two"]
    assert all(each.time.startswith("20") for each in notes.notes)
    remove_note(run, 1)
    assert [each.text for each in read_notes(run).notes] == ["two"]
    set_label(run, "")
    assert read_notes(run).label == ""
    assert len(read_notes(run).notes) == 1, "a label leaves the notes alone"


def test_the_record_of_a_finished_run_stays_as_it_is(run: Run) -> None:
    with run.writing():
        (run.directory / "labels.json").write_text("{}", encoding="utf-8")
        set_label(run, "written while it was trained")
        run.seal()
    before = run.metadata_file.read_bytes()
    set_label(run, "another")
    add_note(run, "a note")
    run.refuse_changes()
    assert run.metadata_file.read_bytes() == before
    assert "annotations.json" not in run.section("files")


def test_the_file_is_one_of_seqlab(run: Run) -> None:
    set_label(run, "a")
    assert runs.foreign_files(run) == []


def test_a_list_of_runs_knows_the_labels(runs_dir: Path) -> None:
    labelled, damaged = (made_run(runs_dir, f"20250101-00000{number}-a") for number in (0, 1))
    set_label(labelled, "the best")
    damaged.notes_file.write_text("{", encoding="utf-8")
    assert [(each.label, each.status) for each in runs.list_runs(runs_dir)] == [
        ("the best", "finished"),
        ("", "finished"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is damaged"),
        ("[]", "must be a mapping"),
        ('{"label": 3}', "'label' must be a text"),
        ('{"notes": [{"time": "today", "text": "a"}]}', "must be a time in ISO format"),
        ('{"notes": [{"time": "2025-01-01T00:00:00"}]}', "'notes.0.text' is missing"),
        ('{"format": 99}', "written by a newer seqlab"),
    ],
)
def test_a_damaged_file_is_neither_read_nor_replaced(run: Run, content: str, message: str) -> None:
    run.notes_file.write_text(content, encoding="utf-8")
    for change in (read_notes, lambda each: set_label(each, "a"), lambda each: add_note(each, "a")):
        with pytest.raises(RequestError, match=message):
            change(run)
    assert readable_notes(run) == NO_NOTES
    assert run.notes_file.read_text(encoding="utf-8") == content


@pytest.mark.parametrize("label", ["x" * 81, "two\nlines"])
def test_a_label_is_one_short_line(run: Run, label: str) -> None:
    with pytest.raises(RequestError, match="a label is one line of at most 80 characters"):
        set_label(run, label)
    assert not run.notes_file.exists()


def test_notes_that_cannot_be(run: Run) -> None:
    with pytest.raises(RequestError, match="it is empty"):
        add_note(run, " \n")
    with pytest.raises(RequestError, match="10,001 characters"):
        add_note(run, "x" * 10_001)
    with pytest.raises(RequestError, match="has no note 1: it has 0"):
        remove_note(run, 1)


def test_a_folder_that_cannot_be_written(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, value: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("seqlab.files.write_json", full)
    with pytest.raises(SeqlabError, match=r"cannot write .*annotations.json: No space left"):
        set_label(run, "a")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFO")
@pytest.mark.parametrize("kind", ["a link", "a FIFO", "a folder"])
def test_what_is_no_file_is_not_waited_for(run: Run, tmp_path: Path, kind: str) -> None:
    if kind == "a link":
        run.notes_file.symlink_to(tmp_path / "elsewhere")
    elif kind == "a FIFO":
        os.mkfifo(run.notes_file)
    else:
        run.notes_file.mkdir()
    assert readable_notes(run) == NO_NOTES
    with pytest.raises(RequestError, match=r"annotations\.json"):
        set_label(run, "a")
    with pytest.raises(RequestError, match=r"annotations\.json"):
        runs.find(run.id, run.directory.parent)
    assert not (tmp_path / "elsewhere").exists()


def test_what_later_versions_add_does_not_matter(run: Run) -> None:
    run.notes_file.write_text(json.dumps({"format": 1, "label": "a", "stars": 5}), encoding="utf-8")
    assert read_notes(run).label == "a"
