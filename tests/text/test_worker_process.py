"""What a process of a pool answers, without a process."""

import io
import pickle
import queue
import sys

import functions_of_portions
import pytest

from seqlab.text import worker_process


def answers_to(*messages):
    """The answers to messages."""
    waiting, written = queue.SimpleQueue(), io.BytesIO()
    for message in (*messages, None):
        waiting.put(message)
    worker_process.answer(waiting, written)
    written.seek(0)
    found = []
    while written.tell() < len(written.getvalue()):
        found.append(pickle.load(written))
    return found


def function(name):
    return "function", pickle.dumps(getattr(functions_of_portions, name))


def test_portions_are_answered_by_the_last_function():
    first, second = ["a", "bb", ""], ["\ud800", "😀"]
    assert answers_to(function("lengths"), ("portion", first), ("portion", second)) == [
        (True, [1, 2, 0]),
        (True, [1, 1]),
    ]
    found = answers_to(function("lengths"), ("portion", first), function("refuses"), ("portion", ["bad"]))
    assert found == [(True, [1, 2, 0]), (False, None)]


@pytest.mark.parametrize("name", ["exits", "not_to_be_sent"])
def test_what_fails_in_any_way_is_answered_as_a_failure(name):
    assert answers_to(function(name), ("portion", ["a"]), ("portion", ["b"])) == [(False, None)] * 2


def test_without_a_function_portions_fail():
    broken = ("function", b"no pickle")
    assert answers_to(("portion", ["a"])) == [(False, None)]
    assert answers_to(function("lengths"), broken, ("portion", ["a"])) == [(False, None)]
    gone = ("plugins", [("no_such_plugin", "/nowhere")])
    assert answers_to(gone, function("lengths"), ("portion", ["a"])) == [(True, [1])], "it may not need the plug-in"


def test_plugins_are_imported_from_their_folders_which_are_in_no_path_afterwards(tmp_path):
    before = list(sys.path)
    (tmp_path / "only_here_a.py").write_text("import only_here_b\n", encoding="utf-8")
    (tmp_path / "only_here_b.py").write_text("", encoding="utf-8")
    try:
        worker_process.import_plugins([("only_here_a", str(tmp_path))])
        assert {"only_here_a", "only_here_b"} <= sys.modules.keys()
    finally:
        for name in ("only_here_a", "only_here_b"):
            sys.modules.pop(name, None)
    assert sys.path == before
