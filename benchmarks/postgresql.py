"""A PostgreSQL server in a temporary folder, for sweep_kills.py and the tests."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

INSTALLED = "/usr/lib/postgresql/*/bin"
"""Where Debian puts the programs of each version."""
UNSAFE_AND_FAST = ("fsync=off", "full_page_writes=off")
"""What only a crash of the machine would show. Without `synchronous_commit`, one of the server loses what was told."""


def programs() -> Path | None:
    """The folder of initdb and pg_ctl; None if PostgreSQL is not installed."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = sorted(Path("/").glob(INSTALLED.removeprefix("/")))
    return folders[-1] if folders else None


@dataclass(frozen=True)
class Server:
    """A server that listens on a port of this machine."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://seqlab@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = [f"port={self.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={self.folder}"]
        options = " ".join(f"-c {each}" for each in [*settings, *UNSAFE_AND_FAST])
        self._control("start", "-o", options, "-l", str(self.folder / "log"))

    def stop(self, mode: str = "immediate") -> None:
        """Stop it. `immediate` is a crash."""
        self._control("stop", "-m", mode)

    def _control(self, *arguments: str) -> None:
        _run(self.folder, "pg_ctl", "-D", str(self.folder / "data"), "-w", *arguments)


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """A server with a user `seqlab`, without passwords. It and its folder are gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    try:
        if os.getuid() == 0:  # whom it refuses to serve
            user = pwd.getpwnam(_user())
            os.chown(folder, user.pw_uid, user.pw_gid)
        _run(folder, "initdb", "-D", str(folder / "data"), "-U", "seqlab", "-A", "trust", "--no-sync")
        found = Server(folder, _free_port())
        found.start()
        try:
            yield found
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):  # stopped already
                found.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(folder: Path, program: str, *arguments: str) -> None:
    found = programs()
    assert found is not None, "PostgreSQL is not installed"
    user = {"user": _user(), "group": pwd.getpwnam(_user()).pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
    subprocess.run(
        [str(found / program), *arguments], check=True, cwd=folder, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, **user,
    )  # fmt: skip


def _user() -> str:
    """An account that is not the administrator's."""
    names = {each.pw_name for each in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
