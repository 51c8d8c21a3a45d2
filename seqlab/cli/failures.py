"""Errors become messages and exit codes here and nowhere else.

0 done · 1 the work failed · 2 the request is wrong · 75 stopped by a signal · 130 interrupted. A
person sees one message that names the way out; a traceback goes to a file, and only for what is a bug in seqlab or in
a plug-in.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

import typer
from typer.exceptions import TyperException

from seqlab import files
from seqlab.cli.console import complain
from seqlab.errors import SeqlabError, Stopped, machine_error

FAILED, INTERRUPTED = 1, 130


@contextlib.contextmanager
def told_to_the_user() -> Iterator[None]:
    """Around everything that a command does: any error ends as `typer.Exit` with its code, its message printed."""
    try:
        yield
        sys.stdout.flush()
    except (typer.Exit, typer.Abort, TyperException):
        raise
    except Stopped as stop:
        raise typer.Exit(stop.exit_code) from None
    except KeyboardInterrupt:
        complain("interrupted")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        _silence_stdout()
        raise typer.Exit(FAILED) from None
    except SeqlabError as error:
        complain(str(error))
        _show_traceback_when_debugging()
        raise typer.Exit(error.exit_code) from error
    except Exception as error:
        complain(machine_error(error) or _bug(error))
        _show_traceback_when_debugging()
        raise typer.Exit(FAILED) from error


def _bug(error: Exception) -> str:
    """The message for what should never happen, after the traceback was put where it can be found."""
    from seqlab.config.plugins import plugin_in  # imports numpy, which --help must not wait for

    kind, report = f"this is a bug in seqlab ({type(error).__name__}: {error})", ": please report it"
    if found := plugin_in(error):
        name, place = found
        kind, report = f"the plug-in '{name}' failed ({place}: {type(error).__name__}: {error})", ""
    try:
        return f"{kind}\nthe traceback was written to {_write_traceback(error)}{report}"
    except OSError as problem:
        return f"{kind}\nits traceback could not be written ({problem}): SEQLAB_DEBUG=1 shows it"


def _write_traceback(error: Exception) -> Path:
    from seqlab.runs.environment import versions

    descriptor, name = tempfile.mkstemp(prefix="seqlab-bug-", suffix=".txt")
    os.close(descriptor)
    content = [f"{shlex.join(sys.argv)}\n", f"{versions()}\n\n", *traceback.format_exception(error)]
    files.write_text(Path(name), "".join(content))
    return Path(name)


def _show_traceback_when_debugging() -> None:
    if os.environ.get("SEQLAB_DEBUG") == "1":
        traceback.print_exc()


def _silence_stdout() -> None:
    """The reader is gone: what is still in the buffer goes nowhere, or Python complains about it at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
