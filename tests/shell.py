"""The command line as a user meets it: commands typed in a folder with an earlier run, and what holds after each."""

import os
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seqlab import runs
from seqlab.cli.application import app

RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
"""What must never reach a terminal: it would be obeyed, or would show one text and mean another."""


class Shell:
    """Commands in the current folder, whose `runs/` holds what must not change."""

    def __call__(self, *arguments, **settings):
        """What a command answers, whatever it is: no traceback, no bug, nothing that a terminal obeys."""
        result = CliRunner().invoke(app, [os.fspath(each) for each in arguments], **settings)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.stderr
        assert "a bug in seqlab" not in result.stderr
        assert "Warning" not in result.stderr
        assert not RAW.search(result.stdout + result.stderr)
        return result

    def works(self, *arguments, **settings):
        """The stdout of a command that does what it is asked."""
        result = self(*arguments, **settings)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    def refuses(self, code, *arguments, says=(), leaves=None, **settings):
        """One message that holds every text of `says`, nothing on stdout, every earlier run as it was.

        `leaves`: the status of the run that tells why it ended; None: there is no new run at all.
        """
        before, there = contents(Path("runs")), set(directories())
        result = self(*arguments, **settings)
        assert (result.exit_code, result.stdout) == (code, ""), result.output
        assert result.stderr.count("error: ") == 1
        message = result.stderr.partition("error: ")[2].strip()
        for text in says:
            assert " ".join(text.split()) in " ".join(message.split()), f"{text!r} is not in {message!r}"
        assert contents(Path("runs")).items() >= before.items()
        new = [runs.Run(path.absolute()) for path in directories() if path not in there]
        assert [run.status() for run in new] == ([leaves] if leaves else [])
        assert all(run.metadata()["reason"] == message for run in new if not RAW.search(run.metadata()["reason"]))
        return message


def directories():
    """The runs."""
    return sorted(Path("runs").iterdir()) if Path("runs").is_dir() else []


def contents(folder):
    """Every file and what is in it; a lock file says only who held it last."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "run.lock"]
    return {path: path.read_bytes() for path in files}


def write(name, content):
    """A file of bytes, or of text as UTF-8."""
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())


def forbidden(path, rights=0):
    """Take rights to a file or folder; skips the test for a user whom that does not stop."""
    Path(path).chmod(rights)
    if os.access(path, os.R_OK | os.W_OK):
        pytest.skip("this user may read and write everything")
