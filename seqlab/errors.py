"""The one family of exceptions that a user is meant to read.

Every message names the thing, the value and the way out. The command line prints the message and exits with
`exit_code`; anything that is not of this family is a bug, in seqlab or in a plug-in.
"""

from __future__ import annotations

import errno

DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}


class SeqlabError(Exception):
    """The work failed: data that cannot be read, a disk that is full, a run held by another process."""

    exit_code = 1


class DataError(SeqlabError):
    """What was found in the data cannot be trained on or scored."""


class DivergedError(SeqlabError):
    """The loss stopped being a finite number; the last finite weights are kept."""


class RequestError(SeqlabError):
    """The request is wrong: its config, its arguments, a run or a file that is not there."""

    exit_code = 2


class Stopped(KeyboardInterrupt):
    """A signal asked for an end, and what was done so far is saved.

    A `KeyboardInterrupt`, so that no `except Exception` on the way swallows it. `exit_code`: 130 after Ctrl-C, 75
    (try again) after SIGTERM and SIGUSR1.
    """

    def __init__(self, signal: str, exit_code: int) -> None:
        super().__init__(f"stopped by {signal}")
        self.exit_code = exit_code


def machine_error(error: BaseException) -> str:
    """What the machine refused, in words; empty when it is not to blame."""
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":  # TensorFlow's word for it
        return (
            "out of memory: a smaller training.batch_size, vectorizer.max_length, vectorizer.max_tokens or model needs "
            "less"
        )
    if not isinstance(error, OSError):
        return ""
    place = f" ({error.filename})" if error.filename else ""
    if error.errno in DISK_FULL:
        return f"the disk is full{place}: free some space and try again"
    if error.errno in REFUSED:
        return f"{error.strerror}{place}"
    return ""
