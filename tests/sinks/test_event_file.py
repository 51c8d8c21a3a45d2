"""Event files, read by TensorBoard itself."""

import time

import pytest
from event_reader import accumulated, curve, texts

from seqlab import runtime
from seqlab.sinks.event_file import EventFile, event_files


def write(directory, first_step, values):
    file = EventFile(directory, first_step)
    for step, value in values.items():
        file.scalars({"loss": value}, step=step, time=1000.0 + step)
    return file


def test_numbers_have_their_steps_and_times(tmp_path):
    write(tmp_path, 1, {10: 0.5, 20: 0.25})
    assert [(each.step, each.value, each.wall_time) for each in accumulated(tmp_path).Scalars("loss")] == [
        (10, 0.5, 1010.0),
        (20, 0.25, 1020.0),
    ]


def test_each_event_is_on_disk_before_the_file_is_closed(tmp_path):
    file = write(tmp_path, 1, {10: 0.5})
    assert curve(tmp_path, "loss") == [(10, 0.5)]
    file.close()


def test_a_later_file_replaces_the_steps_from_its_first_on(tmp_path):
    write(tmp_path, 1, {10: 1.0, 20: 2.0, 30: 3.0})
    write(tmp_path, 21, {30: 3.5, 40: 4.5})
    assert curve(tmp_path, "loss") == [(10, 1.0), (20, 2.0), (30, 3.5), (40, 4.5)]


def test_a_torn_record_at_the_end_of_a_killed_process_hides_nothing(tmp_path):
    write(tmp_path, 1, {10: 1.0, 20: 2.0})
    (torn,) = event_files(tmp_path)
    torn.write_bytes(torn.read_bytes()[:-5])
    write(tmp_path, 11, {20: 2.5})
    assert curve(tmp_path, "loss") == [(10, 1.0), (20, 2.5)]


def test_files_are_read_in_the_order_in_which_they_were_written_whatever_the_clock_says(tmp_path, monkeypatch):
    write(tmp_path, 1, {10: 1.0})
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    write(tmp_path, 11, {20: 2.0})
    write(tmp_path, 21, {30: 3.0})
    first, second, third = (path.name for path in event_files(tmp_path))
    assert first < second < third
    assert curve(tmp_path, "loss") == [(10, 1.0), (20, 2.0), (30, 3.0)]


def test_texts_and_numbers_that_are_not_finite(tmp_path):
    file = EventFile(tmp_path, 1)
    file.text("samples", "¿ja? \ud800", step=7, time=1.0)
    file.scalars({"a": float("nan"), "b": float("inf")}, step=7, time=1.0)
    assert texts(tmp_path, "samples") == [(7, "¿ja? \\ud800")]
    assert [str(each.value) for tag in "ab" for each in accumulated(tmp_path).Scalars(tag)] == ["nan", "inf"]


def test_a_place_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises((OSError, runtime.tensorflow().errors.OpError)):
        EventFile(tmp_path / "file", 1)
