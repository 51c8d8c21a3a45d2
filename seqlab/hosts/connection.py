"""One connection between two hosts: framed messages, heartbeats, and a limit on how long the other may be silent.

A frame is its kind (1 byte), the length of its content (8 bytes) and the content: JSON, or bytes as they are. It can
hold no code. Whoever reaches the port can take part, as in TensorFlow's own connections: both belong in a network of
one's own.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from typing import Any

MESSAGE, BYTES, HEARTBEAT, LEAVE = b"M", b"B", b"H", b"L"
HEARTBEAT_SECONDS = 5.0
SILENCE_SECONDS = 40.0
"""A host from which nothing came for so long is lost: its machine is off, or cut off. A process that ends is noticed at
once."""
LARGEST_MESSAGE = 1 << 24
LARGEST_BYTES = 1 << 40
CHUNK = 1 << 20
_HEADER = struct.Struct(">cQ")


class Connection:
    """Frames over a socket. Frames may be sent from several threads."""

    def __init__(self, own: socket.socket) -> None:
        self._socket, self._sending = own, threading.Lock()
        own.settimeout(SILENCE_SECONDS)
        with contextlib.suppress(OSError):  # small messages are answered at once
            own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, kind: bytes, content: bytes = b"") -> None:
        """Raises OSError if the other end is gone, or takes nothing for too long."""
        with self._sending:
            self._socket.sendall(_HEADER.pack(kind, len(content)))
            # Each chunk by itself: the timeout of a socket is that of a whole `sendall`.
            for start in range(0, len(content), CHUNK):
                self._socket.sendall(memoryview(content)[start : start + CHUNK])

    def send_json(self, kind: bytes, value: Any) -> None:
        self.send(kind, json.dumps(value, default=float).encode())

    def receive(self) -> tuple[bytes, bytes]:
        """Kind and content of the next frame. Raises OSError if the other end is gone or silent, or sends no frames."""
        kind, length = _HEADER.unpack(self._read(_HEADER.size))
        if kind not in {MESSAGE, BYTES, HEARTBEAT, LEAVE} or length > (
            LARGEST_BYTES if kind == BYTES else LARGEST_MESSAGE
        ):
            raise ConnectionError("it is no process of seqlab")
        return kind, self._read(length)

    def set_timeout(self, seconds: float) -> None:
        self._socket.settimeout(seconds)

    def end(self) -> None:
        """Nothing more will be sent. What the other end sends can still be received."""
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Both ends notice, also a thread that is receiving."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _read(self, length: int) -> bytes:
        content = bytearray()  # grows with what comes, and not with what is announced
        while len(content) < length:
            got = self._socket.recv(min(length - len(content), CHUNK))
            if not got:
                raise ConnectionError("its process has ended")
            content += got
        return bytes(content)


def parsed(content: bytes) -> Any:
    """Raises ConnectionError for what is not JSON."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ConnectionError("it sends what is no message") from error
