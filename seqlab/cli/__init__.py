"""The command line: parse, call one function, print. The only room that prints.

`application` knows the commands by name and imports the module of the one that is asked for; `failures` turns errors
into messages and exit codes; `console` and `progress` are everything that reaches a terminal. Modules here import
nothing heavy at their top: `seqlab --help` and `seqlab runs list` answer at once.
"""

import gc
import io
import os
import sys
from pathlib import Path


def main() -> None:
    """The console script."""
    try:
        _open_what_the_shell_closed()
        # A stream that cannot write a character (another encoding than UTF-8) spells it out.
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        from seqlab.cli.application import app

        app()
    except KeyboardInterrupt:  # before there is a command that could say so
        sys.exit(130)
    finally:
        gc.freeze()  # Python would look through a million objects of TensorFlow, one last time, for a second or more


def _open_what_the_shell_closed() -> None:
    """After `>&-` there is no stdout, and the next file that is opened would be written to in its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
