"""The command line: parse, call one function, print. The only room that prints.

`application` knows the commands by name and imports the module of the one that is asked for; `failures` turns errors
into messages and exit codes; `console` and `progress` are everything that reaches a terminal. Modules here import
nothing heavy at their top: `seqlab --help` and `seqlab runs list` answer at once.
"""

import io
import sys


def main() -> None:
    """The console script."""
    try:
        # A stream that cannot write a character (another encoding than UTF-8) spells it out.
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        from seqlab.cli.application import app

        app()
    except KeyboardInterrupt:  # before there is a command that could say so
        sys.exit(130)
