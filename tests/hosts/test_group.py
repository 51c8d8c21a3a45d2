"""What hosts tell one another, and how they notice that one is gone."""

import errno
import os
import time

import pytest
from connected_hosts import on_hosts

from seqlab.errors import HostLostError, RequestError, Stopped
from seqlab.hosts import connection, group
from seqlab.hosts.group import ALONE, HostLeftError, told


def test_alone_a_process_exchanges_values_with_itself():
    stop = Stopped("SIGTERM", 75)
    assert (ALONE.count, ALONE.index, ALONE.is_chief, ALONE.name(0)) == (1, 0, True, "this host")
    assert (ALONE.exchange(3), ALONE.from_chief(4), ALONE.finish(5)) == ([3], 4, 5)
    assert (ALONE.stop_requested(None), ALONE.stop_requested(stop)) == (None, stop)
    with pytest.raises(ValueError, match="mine"), ALONE.errors_named():
        raise ValueError("mine")


def test_all_get_the_values_of_all():
    values = [0.1 + 0.2, 5e-324, float("inf")]
    assert on_hosts(3, lambda hosts: hosts.exchange(values[hosts.index])) == [values] * 3
    assert on_hosts(3, lambda hosts: hosts.from_chief(hosts.index + 7)) == [7] * 3
    assert on_hosts(3, lambda hosts: hosts.finish(f"of {hosts.index}")) == ["of 0"] * 3


def test_bytes_go_from_the_chief_to_the_host_that_needs_them():
    content = os.urandom(3 * connection.CHUNK + 5)

    def part(hosts):
        if hosts.index == 2:
            return hosts.receive_bytes() == content
        if hosts.is_chief:
            hosts.send_bytes(content, 2)
        return None

    assert on_hosts(3, part) == [None, None, True]


def test_a_signal_on_one_host_stops_all_at_the_same_place():
    def part(hosts):
        asked = [hosts.stop_requested(None), hosts.stop_requested(Stopped("SIGTERM", 75) if hosts.index == 1 else None)]
        return [None if each is None else (str(each), each.exit_code) for each in asked]

    first, second, third = on_hosts(3, part)
    assert second == [None, ("stopped by SIGTERM", 75)]
    assert first == third
    assert first[1][0].startswith("stopped by SIGTERM on host 1 (127.0.0.1:")
    assert first[1][1] == 75


def failing_on(index, error):
    def part(hosts):
        if hosts.index == index:
            raise error
        for _ in range(3):
            hosts.exchange(None)

    return on_hosts(3, part)


@pytest.mark.parametrize("index", [0, 2])
def test_what_ends_one_host_ends_all_with_its_reason_and_exit_code(index):
    mine = RequestError("no such file")
    found = failing_on(index, mine)
    assert found.pop(index) is mine
    for other in found:
        assert isinstance(other, HostLeftError)
        assert other.exit_code == 2
        assert f"host {index} (127.0.0.1:" in str(other)
        assert "ended: no such file" in str(other)


def test_a_stop_between_two_exchanges_is_a_stop_of_all():
    found = failing_on(1, Stopped("SIGUSR1", 75))
    assert [type(each) for each in found] == [Stopped] * 3
    assert {each.exit_code for each in found} == {75}
    assert all(str(each).count(" on host 1 (") == 1 for each in (found[0], found[2]))


@pytest.mark.parametrize("index", [0, 2])
def test_a_host_whose_connection_breaks_is_lost(index):
    def part(hosts):
        if hosts.index == index:
            for each in hosts._connections.values():
                each.close()
            raise SystemExit
        started = time.monotonic()
        try:
            while True:
                hosts.exchange(None)
        finally:
            assert time.monotonic() - started < 5

    found = on_hosts(3, part)
    del found[index]
    for other in found:
        assert isinstance(other, HostLostError)
        assert other.exit_code == 75
        assert f"host {index} (127.0.0.1:" in str(other)
        assert "is gone (its process has ended): start seqlab on all hosts again, with --resume" in str(other)


def test_a_host_that_is_silent_for_too_long_is_lost(monkeypatch):
    monkeypatch.setattr(connection, "SILENCE_SECONDS", 0.6)
    monkeypatch.setattr("seqlab.hosts.meeting.SILENCE_SECONDS", 0.6)
    monkeypatch.setattr(group, "HEARTBEAT_SECONDS", 60.0)

    def part(hosts):
        if hosts.index == 1:
            time.sleep(2)  # without a heartbeat
            return None
        return hosts.exchange(None)

    lost = on_hosts(2, part)[0]
    assert isinstance(lost, HostLostError)
    assert "nothing came from it for too long" in str(lost)


def test_heartbeats_keep_a_host_that_is_busy(monkeypatch):
    monkeypatch.setattr(connection, "SILENCE_SECONDS", 0.6)
    monkeypatch.setattr("seqlab.hosts.meeting.SILENCE_SECONDS", 0.6)
    monkeypatch.setattr(group, "HEARTBEAT_SECONDS", 0.1)

    def part(hosts):
        if hosts.index == 1:
            time.sleep(1.5)
        return hosts.exchange(hosts.index)

    assert on_hosts(2, part) == [[0, 1], [0, 1]]


class UnavailableError(Exception):
    """As TensorFlow names it."""


def test_tensorflow_s_error_for_a_lost_host_is_replaced_by_the_reason():
    def part(hosts):
        if hosts.index == 1:
            raise RequestError("no memory")
        woken = []
        hosts.when_one_ends(lambda: woken.append(True))
        try:
            with hosts.errors_named():
                while not woken:
                    time.sleep(0.01)
                raise UnavailableError("Collective ops is aborted")
        finally:
            assert woken == [True]

    found = on_hosts(2, part)
    assert isinstance(found[0], HostLeftError)
    assert "no memory" in str(found[0])


def test_other_errors_stay_as_they_are():
    def part(hosts):
        with hosts.errors_named():
            raise ValueError("mine")

    assert [str(each) for each in on_hosts(2, part)] == ["mine", "mine"]


def test_the_chief_finishes_without_the_others():
    def part(hosts):
        hosts.exchange(None)
        if hosts.index == 1:
            for each in hosts._connections.values():
                each.close()
            raise SystemExit
        time.sleep(0.3)
        return hosts.finish("done")

    assert on_hosts(2, part)[0] == "done"


def test_hosts_at_different_points_say_so():
    def part(hosts):
        return hosts.exchange(None) if hosts.is_chief else hosts._send(0, connection.BYTES, b"")

    assert "it is at another point of the training" in str(on_hosts(2, part)[0])


def test_an_error_of_the_system_istold_in_its_words():
    full = OSError(errno.ENOSPC, "No space left on device", "/runs/a/model.npz")
    assert told(full)["text"] == "No space left on device: /runs/a/model.npz"
    assert told(OSError(errno.ENOSPC, "No space left on device"))["text"] == "No space left on device"
    assert told(ZeroDivisionError("by zero"))["text"] == "ZeroDivisionError: by zero"


@pytest.mark.parametrize("reason", ["gone", ["gone"], 5, {}, {"kind": 3, "exit_code": "x"}])
def test_a_reason_of_an_unknown_form_is_a_failure(reason):
    error = group.error_of(reason, "host 1")
    assert isinstance(error, HostLeftError)
    assert error.exit_code == 1
