"""The exceptions whose messages are written for users.

A message names the problem, the offending value and what to do. The command line prints it and exits with
`exit_code`. Any other exception is a bug in seqlab or in a plug-in.
"""

from __future__ import annotations

import errno

DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
PERMISSION_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}

SIGNS_OF_FULL_GPU = ("Dst tensor is not initialized", "ALLOC_FAILED", "out of memory", "OUT_OF_MEMORY")
"""In messages of errors that TensorFlow calls internal: copies to a full GPU, libraries that get no memory there."""

LONGEST_NAME = 1000
"""Characters of a file's name that a message repeats."""


class SeqlabError(Exception):
    """The work failed: unreadable data, a full disk, a run locked by another process."""

    exit_code = 1
    status = "failed"
    """Of a run that ends with it."""


class DataError(SeqlabError):
    """The data cannot be used for training or evaluation."""


class DivergedError(SeqlabError):
    """The loss is no longer finite. The last finite weights are kept."""

    status = "diverged"


class PrunedError(SeqlabError):
    """A training ended early on purpose: a sweep spends its time on better trials. All is saved, and can be resumed."""

    status = "stopped"


class HostLostError(SeqlabError):
    """A host is gone in the middle of a training: its process was killed, its machine or the network failed. All is
    saved up to the last checkpoint, and can be resumed."""

    exit_code = 75
    status = "stopped"


class OutOfMemoryError(SeqlabError):
    """Memory ran out during a training step."""


class RequestError(SeqlabError):
    """The request is invalid: a bad config, bad arguments, or a missing run or file."""

    exit_code = 2


class OptionError(RequestError):
    """An option of a call is wrong, or means nothing for the run. `option`: its name in Python; `value`: what it is."""

    def __init__(self, message: str, option: str, value: object = None) -> None:
        super().__init__(message)
        self.option, self.value = option, value


class Stopped(KeyboardInterrupt):
    """A signal stopped the work after its state was saved.

    Derives from `KeyboardInterrupt` so that no `except Exception` swallows it. `exit_code` is 130 after Ctrl-C and 75
    (try again later) after SIGTERM, SIGUSR1 or SIGHUP.
    """

    def __init__(self, signal: str, exit_code: int) -> None:
        super().__init__(f"stopped by {signal}")
        self.signal = signal
        self.exit_code = exit_code
        self.told = False
        """Whether the user was told how to continue."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the memory of the machine or of a GPU ran out."""
    # TensorFlow's own errors, recognized by name so that TensorFlow is not imported here.
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return True
    if isinstance(error, SystemError):  # libraries that fail to allocate without saying so, such as Keras' import
        return bool(memory_limit())
    return type(error).__name__ == "InternalError" and any(sign in str(error) for sign in SIGNS_OF_FULL_GPU)


def describe_system_error(error: BaseException) -> str:
    """A message for what the machine cannot do: memory, disk, permissions, long names; empty for every other error."""
    if is_out_of_memory(error):
        return "out of memory: " + (
            memory_limit()
            or "reduce training.batch_size, vectorizer.max_length, vectorizer.max_tokens or the size of the model"
        )
    if not isinstance(error, OSError):
        return ""
    location = f" ({str(error.filename)[:LONGEST_NAME]})" if error.filename else ""
    if error.errno in DISK_FULL:
        return f"the disk is full{location}: free some space and try again"
    if error.errno == errno.EFBIG:
        return f"a file may not grow that large{location}: raise the limit for files (ulimit -f)"
    if error.errno in {*PERMISSION_DENIED, errno.ENAMETOOLONG}:
        return f"{error.strerror or error}{location}"
    return ""


def reason_of(error: Exception) -> str:
    """Why something failed, or the system refused it, for a message: never empty."""
    strerror = error.strerror if isinstance(error, OSError) else ""
    return describe_system_error(error) or strerror or str(error) or type(error).__name__


def memory_limit() -> str:
    """What to do about a limit of this process that makes memory run out; empty if there is none."""
    try:
        import resource
    except ImportError:  # Windows
        return ""
    for name, kind in {"address space": resource.RLIMIT_AS, "data segment": resource.RLIMIT_DATA}.items():
        if (limit := resource.getrlimit(kind)[0]) != resource.RLIM_INFINITY:
            return (
                f"the {name} of this process is limited to {limit / 1e6:,.0f} MB: raise the limit (ulimit -v, ulimit "
                "-d, or the memory that the job asks for)"
            )
    return ""


def system_remedy(error: OSError) -> str:
    """What to do about a limit of the process, for errors that are not of the disk; empty for others."""
    remedies = {
        errno.EFBIG: "Raise the limit of file sizes (ulimit -f)",
        errno.EMFILE: "Raise the limit of open files (ulimit -n)",
        errno.ENFILE: "Close other programs: too many files are open on this machine",
    }
    return remedies.get(error.errno or 0, "")
