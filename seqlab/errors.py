"""The one family of exceptions that a user is meant to read.

Every message names the thing, the value and the way out. The command line prints the message and exits with
`exit_code`; anything that is not of this family is a bug in seqlab.
"""

from __future__ import annotations


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
