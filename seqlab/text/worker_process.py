"""A process of a `WorkerPool`: it reads messages from stdin, and answers portions on stdout, both as pickles.

    ("plugins", [(name, folder), …])    modules to import, and where they are found
    ("function", bytes)                 the function, pickled
    ("portion", value)                  answered with (True, function(value)), or with (False, None) if it fails

Only the process that started it writes to its stdin, so that unpickling runs nobody else's code.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import queue
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

Messages = queue.SimpleQueue[tuple[str, Any] | None]


def main() -> None:
    """Answer until stdin ends, with the process that has the other end of it."""
    for name in ("SIGINT", "SIGTERM", "SIGUSR1", "SIGHUP"):
        if (number := getattr(signal, name, None)) is not None:
            signal.signal(number, signal.SIG_IGN)  # that process gets them too, and ends this one
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what plug-ins print is no answer
    messages: Messages = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(sys.stdin.buffer, messages), daemon=True).start()
    answer(messages, answers)


def _receive(source: BinaryIO, messages: Messages) -> None:
    """In a thread, so that the end of the input ends the process while it computes."""
    try:
        while True:
            messages.put(pickle.load(source))
    finally:
        os._exit(0)


def answer(messages: Messages, answers: BinaryIO) -> None:
    """Answer portions until a message is None. If plug-ins or the function cannot be had, answers are failures."""
    function: Callable[[Any], Any] | None = None
    for kind, content in iter(messages.get, None):
        reply: tuple[bool, Any] = (False, None)
        try:
            if kind == "plugins":
                import_plugins(content)
            elif kind == "function":
                function = None
                function = pickle.loads(content)
            elif function is not None:
                reply = (True, function(content))
            written = pickle.dumps(reply, pickle.HIGHEST_PROTOCOL)
        except BaseException:  # a plug-in may even exit; whoever asked computes it again, and raises what it raises
            written = pickle.dumps((False, None))
        if kind == "portion":
            with contextlib.suppress(OSError):  # nobody waits for it any more
                answers.write(written)
                answers.flush()


def import_plugins(plugins: Sequence[tuple[str, str]]) -> None:
    """Import modules as the config did: their folders come first while they are imported, and no longer."""
    before = list(sys.path)
    sys.path[:0] = dict.fromkeys(folder for _, folder in plugins)
    try:
        for name, _ in plugins:
            importlib.import_module(name)
    finally:
        sys.path[:] = before
