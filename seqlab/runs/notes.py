"""What a user says of a run: a label and notes, in a file of their own (`annotations.json`) beside the record.

They can be written at any time, also while the run is trained.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from seqlab import files
from seqlab.errors import RequestError, SeqlabError
from seqlab.runs.run import Run, now

FORMAT = 1
LONGEST_LABEL = 80
"""Characters: a label stands in a column of the list of runs."""
LONGEST_NOTE = 10_000


@dataclass(frozen=True)
class Note:
    """A remark and when it was made (UTC, ISO format)."""

    time: str
    text: str


@dataclass(frozen=True)
class Notes:
    """The label of a run, empty for none, and its notes from the oldest to the newest."""

    label: str = ""
    notes: tuple[Note, ...] = ()


NO_NOTES = Notes()


def read_notes(run: Run) -> Notes:
    """The notes of a run; none if it has no such file. Raises RequestError if the file is damaged."""
    if not os.path.lexists(run.notes_file):  # that of most runs, read for each row of a list
        return NO_NOTES
    from seqlab.runs.records import read_notes_record

    record = read_notes_record(run.notes_file, FORMAT)
    return Notes(record.get("label", ""), tuple(Note(each["time"], each["text"]) for each in record.get("notes", ())))


def readable_notes(run: Run) -> Notes:
    """The same; none if the file is damaged, which is no damage of the run."""
    try:
        return read_notes(run)
    except RequestError:
        return NO_NOTES


def set_label(run: Run, label: str) -> Notes:
    """Give a run a label; an empty one removes it. Raises RequestError for one of several lines, or a long one."""
    label = label.strip()
    if len(label) > LONGEST_LABEL or "\n" in label:
        raise RequestError(
            f"a label is one line of at most {LONGEST_LABEL} characters, and this one has {len(label)}: "
            f"write the rest with `seqlab runs note {run.id} TEXT`"
        )
    return _written(run, replace(read_notes(run), label=label))


def add_note(run: Run, text: str) -> Notes:
    """Add a note to those of a run. Raises RequestError for one that is empty or too long."""
    text = text.strip()
    if not text or len(text) > LONGEST_NOTE:
        what = f"it has {len(text):,} characters, at most {LONGEST_NOTE:,} are possible" if text else "it is empty"
        raise RequestError(f"this note cannot be written: {what}")
    notes = read_notes(run)
    return _written(run, replace(notes, notes=(*notes.notes, Note(now(), text))))


def remove_note(run: Run, number: int) -> Notes:
    """Remove a note by its number, from 1."""
    notes = read_notes(run)
    if not 1 <= number <= len(notes.notes):
        raise RequestError(f"run {run.id} has no note {number}: it has {len(notes.notes)}")
    return _written(run, replace(notes, notes=notes.notes[: number - 1] + notes.notes[number:]))


def _written(run: Run, notes: Notes) -> Notes:
    content = {
        "format": FORMAT,
        "label": notes.label,
        "notes": [{"time": each.time, "text": each.text} for each in notes.notes],
    }
    try:
        files.write_json(run.notes_file, content)
    except OSError as error:
        raise SeqlabError(f"cannot write {run.notes_file}: {error.strerror or error}") from error
    return notes
