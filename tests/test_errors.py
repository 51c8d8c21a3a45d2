"""Messages about what the operating system refuses."""

import errno

import pytest

from seqlab.errors import DataError, DivergedError, RequestError, SeqlabError, Stopped, describe_system_error, reason_of


class ResourceExhaustedError(Exception):
    """Has the name of TensorFlow's error."""


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError(), "out of memory: reduce training.batch_size"),
        (ResourceExhaustedError(), "out of memory"),
        (OSError(errno.ENOSPC, "No space left", "/a"), "the disk is full (/a): free some space and try again"),
        (OSError(errno.EDQUOT, "Quota"), "the disk is full: free"),
        (PermissionError(errno.EACCES, "Permission denied", "b"), "Permission denied (b)"),
        (OSError(errno.EROFS, "Read-only file system"), "Read-only file system"),
    ],
)
def test_errors_of_the_system_are_described(error, message):
    assert describe_system_error(error).startswith(message)


def test_an_error_without_exception_is_memory_where_memory_is_limited(monkeypatch):
    """What the import of Keras ends with under `ulimit -v`."""
    error = SystemError("error return without exception set")
    assert describe_system_error(error) == ""
    monkeypatch.setattr("seqlab.errors.memory_limit", lambda: "the address space is limited")
    assert describe_system_error(error) == "out of memory: the address space is limited"


@pytest.mark.parametrize("error", [ValueError("disk"), OSError(errno.ENOENT, "No such file"), KeyboardInterrupt()])
def test_other_errors_are_not(error):
    assert describe_system_error(error) == ""


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOTEMPTY, "Directory not empty", "a"), "Directory not empty"),
        (OSError(errno.ENOSPC, "No space left"), "the disk is full: free some space and try again"),
        (OSError("odd"), "odd"),
        (OSError(), "OSError"),
        (PermissionError(errno.EACCES, None), "[Errno 13] None"),
    ],
)
def test_there_is_always_a_reason(error, reason):
    assert reason_of(error) == reason


def test_exit_codes():
    assert [kind.exit_code for kind in (SeqlabError, DataError, DivergedError, RequestError)] == [1, 1, 1, 2]
    assert (Stopped("SIGTERM", 75).exit_code, str(Stopped("SIGTERM", 75))) == (75, "stopped by SIGTERM")
    assert not issubclass(Stopped, Exception), "an `except Exception` would swallow it"
