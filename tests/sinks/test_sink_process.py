"""What a sink does not take waits, in order."""

import pytest
from recording_sink import begin, epoch, received

from seqlab.sinks.sink_process import LONGEST_PROBLEM, answered, problem_of

LOST = {"problem": "Connection refused", "reference": None}


def test_a_sink_that_comes_back_gets_everything_once(tmp_path):
    file = tmp_path / "received"

    def messages():
        yield begin(file, "down")
        yield epoch(10)
        (tmp_path / "received.up").touch()
        yield epoch(20)
        (tmp_path / "received.up").unlink()
        yield epoch(30)
        (tmp_path / "received.up").touch()
        yield {"kind": "end", "status": "stopped"}

    problems = [each["problem"] for each in answered(messages())]
    assert problems == ["Connection refused", "Connection refused", None, "Connection refused", None]
    assert [each.get("step") for each in received(file)] == [None, 10, 20, 30, None]


def test_epochs_that_the_run_has_and_the_sink_lacks_are_sent_when_it_continues(tmp_path):
    file = tmp_path / "received"
    list(answered([begin(file), epoch(10)]))
    before = [{key: value for key, value in epoch(step).items() if key != "kind"} for step in (10, 20)]
    (answer, _) = answered([begin(file, epochs=before, reference="there"), {"kind": "end", "status": "finished"}])
    assert answer["reference"] == "there"
    calls = [(each["call"], each.get("step") or each.get("status")) for each in received(file)]
    assert calls == [
        ("connect", None), ("log", 10), ("finish", "killed"), ("connect", None), ("log", 20), ("finish", "finished"),
    ]  # fmt: skip


def test_no_word_about_a_run_that_never_reached_its_sink(tmp_path):
    assert list(answered([begin(tmp_path / "received", "refuses")])) == [LOST]
    assert not (tmp_path / "received").exists()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("two\nlines  "), "two lines"),
        (ValueError(), "ValueError"),
        (RuntimeError("at http://me:secret@host/api"), "at http://host/api"),
        (RuntimeError("x" * 1000), "x" * LONGEST_PROBLEM + "…"),
        (OSError("a text alone"), "a text alone"),
    ],
)
def test_problems_are_one_line_without_secrets(error, told):
    assert problem_of(error) == told


def test_what_a_client_looked_for_before_is_no_reason():
    try:
        {}["cached"]
    except KeyError as before:
        client = RuntimeError("no such experiment")
        client.__context__ = before
    assert problem_of(client) == "no such experiment"
