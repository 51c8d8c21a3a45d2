"""A sink in a process of its own: late, broken, dying, and told of the death of its run."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from recording_sink import begin, epoch, received

from seqlab.sinks.delivery import Delivery


def delivered(*messages, seconds=60.0):
    delivery = Delivery()
    for message in messages:
        delivery.send(message)
    in_time = delivery.close(seconds)
    return in_time, list(delivery.answers())


def test_messages_arrive_in_order_and_are_answered(tmp_path):
    file = tmp_path / "received"
    result = {"kind": "result", "result": {"test.accuracy": 0.9}, "step": 20, "time": 2.5}
    in_time, answers = delivered(begin(file), epoch(10), epoch(20), result, {"kind": "end", "status": "finished"})
    assert in_time
    assert answers == [{"problem": None, "reference": "reference of 20260101-000000-x"}] * 5
    assert [each["call"] for each in received(file)] == ["connect", "log", "log", "summarize", "finish"]
    assert [each.get("step") for each in received(file)] == [None, 10, 20, 20, None]
    assert received(file)[-1]["status"] == "finished"


def test_what_a_client_prints_disturbs_nothing(tmp_path, capfd):
    _, answers = delivered(begin(tmp_path / "received", "prints"), epoch(10))
    assert [each["problem"] for each in answers] == [None, None]
    assert capfd.readouterr() == ("", "")


def test_a_sink_that_dies_is_a_problem_and_no_error(tmp_path):
    _, answers = delivered(begin(tmp_path / "received", "dies"), epoch(10), epoch(20))
    assert [each["problem"] for each in answers] == [None, "its process ended"]


def test_a_sink_that_hangs_is_ended(tmp_path):
    delivery, before = Delivery(), time.monotonic()
    delivery.send(begin(tmp_path / "received", "hangs"))
    delivery.send(epoch(10))
    while not (tmp_path / "received").exists():
        time.sleep(0.01)
    took = time.monotonic() - before
    assert not delivery.close(0.2)
    assert time.monotonic() - before < took + 5
    delivery._thread.join(10)
    assert delivery._process.returncode == -signal.SIGKILL


def test_messages_are_sent_without_waiting(tmp_path):
    delivery, before = Delivery(), time.monotonic()
    for message in (begin(tmp_path / "received", "hangs"), *map(epoch, range(1000))):
        delivery.send(message)
    assert time.monotonic() - before < 0.5
    assert not delivery.close(0.0)
    delivery._thread.join(10)
    assert delivery._process.returncode == -signal.SIGKILL, "although it was only being started"


def test_a_module_that_is_not_there_is_a_problem(tmp_path):
    (answer,) = delivered(begin(tmp_path / "received") | {"module": "no_such_module"})[1]
    assert answer == {"problem": "No module named 'no_such_module'", "reference": None}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_the_sink_of_a_killed_run_is_told(tmp_path):
    file = tmp_path / "received"
    code = (
        "import json, os, sys, time; sys.path[:] = json.loads(sys.argv[1])\n"
        "from seqlab.sinks.delivery import Delivery\n"
        "delivery = Delivery()\n"
        "for message in json.loads(sys.argv[2]): delivery.send(message)\n"
        "time.sleep(600)"
    )
    arguments = [json.dumps(sys.path), json.dumps([begin(file), epoch(10)])]
    with subprocess.Popen([sys.executable, "-c", code, *arguments]) as process:
        while not file.exists() or len(received(file)) < 2:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    until = time.monotonic() + 30
    while len(received(file)) < 3 and time.monotonic() < until:
        time.sleep(0.01)
    assert received(file)[-1] == {"call": "finish", "status": "killed"}
