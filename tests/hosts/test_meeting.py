"""How hosts find one another, and what keeps them from it."""

import contextlib
import json
import socket
import threading
from contextlib import nullcontext

import pytest
from connected_hosts import on_hosts
from several_hosts import free_addresses

from seqlab.errors import RequestError, SeqlabError, Stopped
from seqlab.hosts import meeting
from seqlab.hosts.addresses import Address
from seqlab.hosts.cluster import Cluster
from seqlab.hosts.connection import Connection
from seqlab.hosts.meeting import meet
from seqlab.progress import SILENT


def alone(index, addresses):
    """What a single host does whose others do not come."""
    with meet(Cluster(tuple(map(Address.parse, addresses)), index), SILENT):
        raise AssertionError("nobody is there")


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setenv("SEQLAB_HOSTS_TIMEOUT", "0.5")


def test_all_know_the_servers_of_all():
    addresses = free_addresses(3)
    found = on_hosts(3, lambda hosts: (hosts.servers, hosts.index, hosts.count, hosts.is_chief), addresses)
    (servers,) = {each[0] for each in found}
    assert [each[1:] for each in found] == [(0, 3, True), (1, 3, False), (2, 3, False)]
    assert list(servers[1:]) == addresses[1:]
    # The chief listens at its own address already: TensorFlow gets another port.
    assert servers[0].startswith("127.0.0.1:")
    assert servers[0] != addresses[0]


@pytest.mark.usefixtures("impatient")
def test_the_chief_names_the_hosts_that_do_not_come():
    addresses = free_addresses(3)
    with pytest.raises(SeqlabError) as refusal:
        alone(0, addresses)
    expected = f"host 1 ({addresses[1]}), host 2 ({addresses[2]}) did not come in time: start the same command there"
    assert expected in str(refusal.value)


@pytest.mark.usefixtures("impatient")
def test_another_host_says_that_the_chief_cannot_be_reached():
    addresses = free_addresses(2)
    with pytest.raises(SeqlabError) as refusal:
        alone(1, addresses)
    assert f"host 0 ({addresses[0]}) cannot be reached" in str(refusal.value)
    assert "SEQLAB_HOSTS_TIMEOUT=SECONDS" in str(refusal.value)


@pytest.mark.parametrize("index", [0, 1])
def test_a_port_in_use_is_named(index):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        addresses = free_addresses(2)
        addresses[index] = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(SeqlabError) as refusal:
            alone(index, addresses)
    assert f"host {index} ({addresses[index]}) cannot listen at its address (Address already in use)" in str(
        refusal.value
    )


@pytest.mark.usefixtures("impatient")
def test_an_address_of_another_host_cannot_be_listened_at():
    with pytest.raises(SeqlabError, match=r"host 0 \(192.0.2.7:4000\) cannot listen at its address"):
        alone(0, ["192.0.2.7:4000", "127.0.0.1:4001"])


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", "inf"])
def test_a_time_that_is_none_is_refused(monkeypatch, value):
    monkeypatch.setenv("SEQLAB_HOSTS_TIMEOUT", value)
    with pytest.raises(RequestError, match="SEQLAB_HOSTS_TIMEOUT is"):
        alone(0, free_addresses(2))


def different(clusters):
    """What hosts raise that were told different clusters."""
    found, threads = {}, []

    def host(number, cluster):
        try:
            with meet(cluster, SILENT):
                pass
        except SeqlabError as error:
            found[number] = str(error)

    for number, cluster in enumerate(clusters):
        threads.append(threading.Thread(target=host, args=(number, cluster)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return found


def cluster_of(addresses, index):
    return Cluster(tuple(map(Address.parse, addresses)), index)


def test_hosts_that_were_told_different_hosts_are_refused_with_both_lists(monkeypatch):
    monkeypatch.setenv("SEQLAB_HOSTS_TIMEOUT", "5")
    first, second, third = free_addresses(3)
    found = different([cluster_of([first, second], 0), cluster_of([first, third], 1)])
    message = f"host 0 was told the hosts {first}, {second}, host 1 {first}, {third}"
    assert found[0] == message
    assert found[1] == f"host 0 ({first}) ended: {message}"


def test_two_processes_that_are_the_same_host_are_refused(monkeypatch):
    monkeypatch.setenv("SEQLAB_HOSTS_TIMEOUT", "5")
    addresses, listening = free_addresses(3), meeting._listening
    # On one machine the second may find the port of the first in use, and say that.
    monkeypatch.setattr(
        meeting, "_listening", lambda own, name: nullcontext() if str(own) == addresses[1] else listening(own, name)
    )
    found = different([cluster_of(addresses, 0), cluster_of(addresses, 1), cluster_of(addresses, 1)])
    message = f"two processes say that they are host 1 ({addresses[1]}): stop one of them, or set SEQLAB_HOST_INDEX"
    assert len(found) == 3
    assert all(message in each for each in found.values())


@pytest.mark.parametrize("index", [0, 1])
def test_a_host_that_is_stopped_while_it_waits_stops_the_others(monkeypatch, index):
    """Of three hosts the last one never comes. A signal raises in what waits: here in `accept` and in `receive`."""
    monkeypatch.setenv("SEQLAB_HOSTS_TIMEOUT", "1.5")
    addresses, ended = free_addresses(3), {}
    stop = Stopped("SIGTERM", 75)
    waits = (meeting.socket.socket, "accept") if index == 0 else (Connection, "receive")
    calls, original = [], getattr(*waits)

    def interrupted(*arguments):
        if threading.current_thread().name == str(index):
            calls.append(arguments)
            if len(calls) == 2 - index:
                raise stop
        return original(*arguments)

    monkeypatch.setattr(*waits, interrupted)

    def host(own):
        try:
            with meet(cluster_of(addresses, own), SILENT):
                pass
        except BaseException as error:
            ended[own] = error

    threads = [threading.Thread(target=host, args=(own,), name=str(own)) for own in (0, 1)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert ended[index] is stop
    other = ended[1 - index]
    if index == 0:
        assert (str(other), other.exit_code) == (f"stopped by SIGTERM on host 0 ({addresses[0]})", 75)
    else:
        assert "did not come in time" in str(other)


@pytest.mark.usefixtures("impatient")
def test_hosts_that_came_get_the_exit_code_of_the_chief_that_waits_in_vain_for_another():
    addresses = free_addresses(3)
    found = different([cluster_of(addresses, 0), cluster_of(addresses, 1)])
    assert "did not come in time" in found[0]
    assert found[1] == f"host 0 ({addresses[0]}) ended: {found[0]}"


def frame(value):
    content = json.dumps(value).encode()
    return b"M" + len(content).to_bytes(8, "big") + content


def test_what_is_not_seqlab_does_not_disturb():
    """A browser, a scan of ports, noise: all of it is closed, and the hosts find one another."""
    addresses = free_addresses(2)
    host, port = addresses[0].split(":")
    done = threading.Event()

    def disturb():
        for noise in (
            b"",
            b"GET / HTTP/1.1\r\n\r\n",
            b"M" + b"\xff" * 8,
            b"M\0\0\0\0\0\0\0\2{]",
            b"M\0\0\0\0\0\0\0\2[]",
            b"M\0\0\0\0\0\x01\x86\xa0" + b"[" * 100_000,
            frame({"seqlab": meeting.PROTOCOL, "index": 1, "hosts": 5}),
            frame({"seqlab": meeting.PROTOCOL, "index": 1, "hosts": None}),
        ):
            while not done.is_set():
                with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1) as other:
                    other.sendall(noise)
                    break

    def part(hosts):
        done.set()
        return hosts.exchange(hosts.index)

    noisy = threading.Thread(target=disturb)
    noisy.start()
    found = on_hosts(2, part, addresses)
    noisy.join()
    assert found == [[0, 1], [0, 1]]
