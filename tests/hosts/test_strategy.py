"""TensorFlow on several hosts. That it adds up what it should: tests/test_hosts.py."""

from types import SimpleNamespace

import pytest

from seqlab.errors import RequestError, SeqlabError, Stopped
from seqlab.hosts import strategy
from seqlab.hosts.group import ALONE, Group


def connecting(monkeypatch, *devices, error=None):
    def found(servers, index):
        if error is not None:
            raise error
        return SimpleNamespace(extended=SimpleNamespace(worker_devices=devices))

    monkeypatch.setattr(strategy, "strategy_of", found)
    return lambda count: strategy.connect(ALONE, count)


def test_the_devices_of_this_host_are_named(monkeypatch):
    assert connecting(monkeypatch, "GPU:0", "GPU:1")(2) == ("GPU:0", "GPU:1")


def test_more_devices_than_there_are_are_refused(monkeypatch):
    with pytest.raises(RequestError, match=r"runtime\.devices is 2, but each step would use CPU:0 of this host"):
        connecting(monkeypatch, "CPU:0")(2)


@pytest.mark.parametrize(
    ("error", "expected", "message"),
    [
        (
            RuntimeError("must be configured at program startup"),
            RequestError,
            "already initialized; start a new process",
        ),
        (ValueError("no route\nto it"), SeqlabError, "TensorFlow cannot connect .*: no route$"),
    ],
)
def test_what_tensorflow_refuses_is_said(monkeypatch, error, expected, message):
    with pytest.raises(expected, match=message):
        connecting(monkeypatch, error=error)(1)


def test_a_host_that_is_gone_says_more_than_a_server_that_waited_for_it(monkeypatch):
    """TensorFlow waits a minute for the server of a host that was stopped before it started one."""
    stop = Stopped("SIGTERM on host 1", 75)
    waiting = Group()
    waiting._ended = stop

    def in_vain(servers, index):
        raise ValueError("Deadline Exceeded")

    monkeypatch.setattr(strategy, "strategy_of", in_vain)
    with pytest.raises(Stopped) as ended:
        strategy.connect(waiting, 1)
    assert ended.value is stop
