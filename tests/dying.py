"""A process that dies at a chosen call, as if the power had gone: nothing is cleaned up. Needs fork."""

import builtins
import os
import shutil
import traceback
from pathlib import Path


def dies_at(call, place, work):
    """Whether a forked child that dies at the `place`-th `call` did die."""
    child = os.fork()
    if child == 0:
        try:
            die_at(call, place)
            work()
            os._exit(0)
        finally:  # an error must not go on in a second copy of the test
            traceback.print_exc()
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, 9}, f"the child ended with {code}: an error of its own"
    return code == 9


def die_at(call, place):
    """Replace a function by one that ends the process at its `place`-th call."""
    owner, name = {
        "open": (builtins, "open"),
        "fsync": (os, "fsync"),
        "rename": (Path, "rename"),
        "replace": (Path, "replace"),
        "rmtree": (shutil, "rmtree"),
        "link": (os, "link"),
        "mkdir": (Path, "mkdir"),
    }[call]
    real, calls = getattr(owner, name), [0]

    def counted(*arguments, **options):
        calls[0] += 1
        if calls[0] == place:
            os._exit(9)
        return real(*arguments, **options)

    setattr(owner, name, counted)
    if call == "open":
        Path.open = counted
