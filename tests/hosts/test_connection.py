"""Frames between two hosts."""

import socket
import threading

import pytest

from seqlab.hosts.connection import BYTES, CHUNK, HEARTBEAT, LEAVE, MESSAGE, Connection, parsed


@pytest.fixture
def ends():
    """Both ends of a connection: one that speaks frames, and one that can send anything."""
    ours, theirs = socket.socketpair()
    connection = Connection(ours)
    yield connection, theirs
    connection.close()
    theirs.close()


def test_frames_arrive_as_they_were_sent(ends):
    connection, theirs = ends
    other, content = Connection(theirs), b"\0\xff" * CHUNK
    sender = threading.Thread(target=lambda: [other.send(BYTES, content), other.send(HEARTBEAT)])
    sender.start()
    assert connection.receive() == (BYTES, content)
    assert connection.receive() == (HEARTBEAT, b"")
    sender.join()
    other.send_json(LEAVE, {"a": [1, None, "ä"]})
    kind, text = connection.receive()
    assert (kind, parsed(text)) == (LEAVE, {"a": [1, None, "ä"]})


def header(kind, length):
    return kind + length.to_bytes(8, "big")


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (b"", "its process has ended"),
        (header(MESSAGE, 5)[:4], "its process has ended"),
        (header(MESSAGE, 5) + b"1234", "its process has ended"),
        (header(b"X", 0), "it is no process of seqlab"),
        (header(MESSAGE, 1 << 40), "it is no process of seqlab"),
        (header(BYTES, 1 << 50), "it is no process of seqlab"),
        (b"GET / HTTP/1.1\r\n\r\n", "it is no process of seqlab"),
    ],
)
def test_what_is_no_frame_is_an_error(ends, sent, message):
    connection, theirs = ends
    theirs.sendall(sent)
    theirs.close()
    with pytest.raises(ConnectionError, match=message):
        connection.receive()


def test_what_is_announced_takes_no_memory_before_it_comes(ends):
    """Whoever connects can say that a gigabyte follows."""
    connection, theirs = ends
    theirs.sendall(header(BYTES, 1 << 39))
    theirs.close()
    with pytest.raises(ConnectionError, match="its process has ended"):
        connection.receive()


def test_a_silent_end_is_an_error_in_time(ends):
    connection, _ = ends
    connection.set_timeout(0.05)
    with pytest.raises(TimeoutError):
        connection.receive()


def test_what_is_no_json_is_an_error():
    assert parsed(b"[1.5]") == [1.5]
    with pytest.raises(ConnectionError, match="no message"):
        parsed(b"{")
