"""How the hosts of a training find one another: all connect to the chief, which listens at its address."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator, Mapping
from typing import Any

from seqlab.errors import RequestError, SeqlabError, Stopped
from seqlab.hosts.addresses import Address
from seqlab.hosts.cluster import INDEX, Cluster
from seqlab.hosts.connection import LEAVE, MESSAGE, SILENCE_SECONDS, Connection, parsed
from seqlab.hosts.group import Group, error_of, told
from seqlab.progress import Progress
from seqlab.text_format import counted

TIMEOUT = "SEQLAB_HOSTS_TIMEOUT"
"""Environment variable: how many seconds the hosts wait for one another at the beginning."""
WAIT_SECONDS = 300.0
HELLO_SECONDS = 5.0
"""In which a process that connects must say who it is."""
PROTOCOL = 1


@contextlib.contextmanager
def meet(cluster: Cluster, progress: Progress) -> Iterator[Group]:
    """Wait until all hosts are there. When the block ends, with an error or without, the others are told.

    Raises SeqlabError if a port is in use, or if hosts are missing after `SEQLAB_HOSTS_TIMEOUT` seconds; RequestError
    if they were told different hosts.
    """
    seconds = _seconds(os.environ)
    until = time.monotonic() + seconds
    with progress.step(f"waiting for {counted(len(cluster.addresses) - 1, 'other host')}, {seconds:g} s at most"):
        group = _gather(cluster, until) if cluster.index == 0 else _join(cluster, until)
    try:
        yield group
    except BaseException as error:
        group.leave(error)
        raise
    group.leave(None)


def _seconds(environment: Mapping[str, str]) -> float:
    text = environment.get(TIMEOUT, "")
    try:
        seconds = float(text) if text else WAIT_SECONDS
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e6:
        raise RequestError(f"{TIMEOUT} is '{text}', but must be a number of seconds above 0")
    return seconds


def _gather(cluster: Cluster, until: float) -> Group:
    """The chief's part: accept a connection of each other host, then tell all that all are there."""
    found: dict[int, Connection] = {}
    servers = [str(each) for each in cluster.addresses]
    with _listening(cluster.addresses[0], cluster.name(0)) as listener:
        # TensorFlow listens beside this, at a port that is free now.
        servers[0] = str(Address(cluster.addresses[0].host, _free_port(listener)))
        try:
            while len(found) < len(servers) - 1:
                index, connection = _accepted(listener, cluster, found, until)
                found[index] = connection
        except (SeqlabError, Stopped) as error:
            for connection in found.values():
                _leave(connection, error)
            raise
        for connection in found.values():
            with contextlib.suppress(OSError):  # noticed when the first value is exchanged
                connection.send_json(MESSAGE, servers)
    return _group(cluster, found, servers)


def _group(cluster: Cluster, connections: Mapping[int, Connection], servers: list[str]) -> Group:
    group = Group(cluster, connections)
    group.servers = tuple(servers)
    return group


def _accepted(
    listener: socket.socket, cluster: Cluster, found: Mapping[int, Connection], until: float
) -> tuple[int, Connection]:
    """The next host that connects. Raises SeqlabError if none does in time, or one that cannot take part."""
    while (left := until - time.monotonic()) > 0:
        listener.settimeout(min(left, 1.0))
        try:
            connection = Connection(listener.accept()[0])
        except TimeoutError:
            continue
        try:
            connection.set_timeout(HELLO_SECONDS)
            hello = parsed(connection.receive()[1])
            connection.set_timeout(SILENCE_SECONDS)
            index, hosts, protocol = hello["index"], list(hello["hosts"]), hello["seqlab"]
        except (OSError, KeyError, TypeError):  # a browser, a scan of ports
            connection.close()
            continue
        if problem := _problem(cluster, index, hosts, protocol, found):
            error = RequestError(problem)
            _leave(connection, error)
            raise error
        return index, connection
    missing = [cluster.name(index) for index in range(1, len(cluster.addresses)) if index not in found]
    raise SeqlabError(
        f"{', '.join(missing)} did not come in time: start the same command there, or wait longer with "
        f"{TIMEOUT}=SECONDS"
    )


def _problem(cluster: Cluster, index: Any, hosts: Any, protocol: Any, found: Mapping[int, Connection]) -> str:
    """Why a host cannot take part; empty if it can."""
    own = [str(each) for each in cluster.addresses]
    if protocol != PROTOCOL:
        return f"host {index} runs another version of seqlab: install the same one on all hosts"
    if hosts != own:
        return f"host 0 was told the hosts {', '.join(own)}, host {index} {', '.join(map(str, hosts))}"
    if type(index) is not int or not 0 < index < len(own):
        return f"a process says that it is host {index}, but there are the hosts 0 to {len(own) - 1}"
    if index in found:
        return f"two processes say that they are {cluster.name(index)}: stop one of them, or set {INDEX} of each"
    return ""


def _leave(connection: Connection, error: BaseException) -> None:
    with contextlib.suppress(OSError):
        connection.send_json(LEAVE, told(error))
    connection.close()


def _join(cluster: Cluster, until: float) -> Group:
    """The part of every other host: connect to the chief as soon as it listens, and wait until all are there."""
    own = cluster.addresses[cluster.index]
    with _listening(own, cluster.name(cluster.index)):
        pass  # TensorFlow will listen there; in use, its port would be shared, and connections go to either process
    connection = _connected(cluster, until)
    hello = {"seqlab": PROTOCOL, "index": cluster.index, "hosts": [str(each) for each in cluster.addresses]}
    try:
        connection.send_json(MESSAGE, hello)
        # The chief says nothing while it waits for others.
        connection.set_timeout(max(until - time.monotonic(), 0.0) + HELLO_SECONDS)
        kind, content = connection.receive()
        connection.set_timeout(SILENCE_SECONDS)
        answer = parsed(content)
    except OSError as error:
        connection.close()
        raise SeqlabError(f"{cluster.name(0)} ended before all hosts were there; it says why") from error
    except Stopped as stop:
        _leave(connection, stop)
        raise
    if kind == LEAVE:
        connection.close()
        raise error_of(answer, cluster.name(0))
    return _group(cluster, {0: connection}, answer)


def _connected(cluster: Cluster, until: float) -> Connection:
    chief = cluster.addresses[0]
    while True:
        left = until - time.monotonic()
        try:
            found = socket.create_connection((chief.host, chief.port), timeout=max(0.1, min(left, 5.0)))
            if found.getsockname() != found.getpeername():
                return Connection(found)
            found.close()  # while nobody listens, a socket of this host can be given that port, and connect to itself
        except OSError as error:
            if left <= 0:
                raise SeqlabError(
                    f"{cluster.name(0)} cannot be reached ({error.strerror or error}): start the same command there, "
                    f"or wait longer with {TIMEOUT}=SECONDS"
                ) from error
        time.sleep(0.2)


@contextlib.contextmanager
def _listening(address: Address, name: str) -> Iterator[socket.socket]:
    """A socket that listens at an address of this host. Raises SeqlabError if it cannot."""
    try:
        family, kind, _, _, where = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
    except OSError as error:
        raise SeqlabError(f"{name} has no address in the network ({error.strerror or error})") from error
    with listener:
        if os.name == "posix":  # or a port would stay in use for a minute after a training; on Windows it means more
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(where)
            listener.listen()
        except OSError as error:
            raise SeqlabError(
                f"{name} cannot listen at its address ({error.strerror or error}): stop what uses the port, which may "
                "be a training that still runs, or choose another; a host must be listed with an address of its own"
            ) from error
        yield listener


def _free_port(listener: socket.socket) -> int:
    """A port of the same address that nothing uses."""
    with socket.socket(listener.family, listener.type) as trial:
        trial.bind((listener.getsockname()[0], 0))
        port: int = trial.getsockname()[1]
        return port
