"""The command line: parses arguments, calls one function, prints. No other module prints.

`application` imports the module of a command when the command is used; `failures` turns errors into messages and exit
codes; `console` and `progress` write to the terminal. Modules here import nothing heavy at the top, so that
`seqlab --help` and `seqlab runs list` are fast.
"""

import gc
import io
import os
import sys
from pathlib import Path


def main() -> None:
    """The console script."""
    if "_SEQLAB_COMPLETE" in os.environ:
        from seqlab.cli.shells import answer

        answer()
        return
    try:
        _replace_closed_streams()
        # Escape characters that the encoding of the terminal does not have.
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        from seqlab.cli.application import app
        from seqlab.cli.console import error_stream

        if (stream := sys.__stderr__) is not None and stream is sys.stderr:
            sys.stderr = error_stream(stream.fileno(), stream)
        app()
    except KeyboardInterrupt:  # before a command has started
        sys.exit(130)
    finally:
        gc.freeze()  # skips the final garbage collection of TensorFlow's objects, which takes a second or more


def _replace_closed_streams() -> None:
    """Open the null device for closed streams: after `>&-` the next opened file would receive what is printed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
