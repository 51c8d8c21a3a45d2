"""Turns errors into messages and exit codes.

0 success · 1 the work failed · 2 the request is invalid · 75 stopped by a signal · 130 interrupted. The user sees one
message that says what to do. A traceback is written to a file, and only for bugs in seqlab or in a plug-in.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shlex
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import typer
from typer.exceptions import TyperException

from seqlab import files
from seqlab.cli.console import print_error
from seqlab.config.plugins import plugin_in
from seqlab.errors import PERMISSION_DENIED, RequestError, SeqlabError, Stopped, describe_system_error

FAILED, INTERRUPTED = 1, 130


@contextlib.contextmanager
def report_errors(arguments: Sequence[str] = ()) -> Iterator[None]:
    """Wraps a whole command: prints the message of any error and raises `typer.Exit` with its exit code.

    `arguments`: those of the command, for hints about them.
    """
    try:
        yield
        sys.stdout.flush()
    except TyperException as error:
        error.message = _plain_usage_message(error) + _override_hint(error, arguments) + _hint_for_sweep(error)
        raise
    except (typer.Exit, typer.Abort):
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.flush()
            raise
        discard_stdout()
        raise
    except Stopped as stop:
        if not stop.told:
            print_error(str(stop))
        raise typer.Exit(stop.exit_code) from None
    except KeyboardInterrupt:
        print_error("interrupted")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:  # of stdout: nobody reads any more, and the work up to here was done
        discard_stdout()
        raise typer.Exit from None
    except SeqlabError as error:
        print_error(str(error))
        _print_traceback_if_debugging()
        raise typer.Exit(error.exit_code) from error
    except SystemExit as error:
        if plugin_in(error) is None:
            raise
        raise typer.Exit(_reported(error)) from error
    except Exception as error:
        raise typer.Exit(_reported(error)) from error


def _reported(error: Exception | SystemExit) -> int:
    """The exit code after the message for an error that no part of seqlab expected."""
    if isinstance(error, FileNotFoundError) and not _in_a_directory():
        print_error("the current directory was deleted: change to another one")
        return RequestError.exit_code
    too_long = isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG
    print_error(_refused_by_system(error) or bug_message(error))
    _print_traceback_if_debugging()
    if isinstance(error, OSError):
        discard_stdout()  # if it is full, Python would report that again at exit
    return RequestError.exit_code if too_long else FAILED


def _refused_by_system(error: Exception | SystemExit) -> str:
    """The message for what the machine cannot do, with what to do about it; empty for every other error."""
    described = describe_system_error(error)
    if isinstance(error, OSError) and error.errno in PERMISSION_DENIED and error.filename:
        return f"{described}: check the permissions there, or choose another place"
    return described


_EXPECTED = {"float_parsing": "a number", "int_parsing": "a whole number", "int_from_float": "a whole number"}
"""Types of pydantic errors → what the value should have been."""


def _plain_usage_message(error: TyperException) -> str:
    """The message of a usage error in plain words; typer passes on the messages of pydantic."""
    from pydantic import ValidationError

    if not isinstance(error.__cause__, ValidationError):
        return error.message
    details = error.__cause__.errors()[0]
    value, message = details["input"], error.message.removeprefix("Value error, ")
    if expected := _EXPECTED.get(details["type"]):
        return f"{value!r} is not {expected}"
    if message.startswith("Input should be "):
        return f"{value!r} is invalid; it must be {message.removeprefix('Input should be ')}"
    return message


def _override_hint(error: TyperException, arguments: Sequence[str]) -> str:
    """For `--epochs 3`: the key of the config that is meant, as `training.epochs=3`."""
    option = str(getattr(error, "option_name", ""))  # of the error for an unknown option
    prefix = _prefix_of_overrides(error)
    if not option.startswith("--") or prefix is None:
        return ""
    from seqlab.cli.completion import config_keys

    name = option.removeprefix("--").replace("-", "_")
    given = [after for before, after in pairwise(arguments) if before == option]
    given += [word.partition("=")[2] for word in arguments if word.startswith(f"{option}=")]
    if option == "--set":
        return f". Keys of the config are given as KEY=VALUE: {given[0] if given else '…'}"
    keys = [key for key in config_keys() if key.rpartition(".")[2] == name or key == name]
    if not keys:
        return ""
    key = min(keys, key=lambda each: not each.startswith("training."))
    return f". Keys of the config are given as {prefix}KEY=VALUE: {prefix}{key}={given[0] if given else '…'}"


def _hint_for_sweep(error: TyperException) -> str:
    """Where values go that `seqlab sweep` does not take, unlike other commands: `training.epochs=3`."""
    context = getattr(error, "ctx", None)
    if context is None or context.command.name != "sweep" or not re.search(r"argument.*\(.*=", error.message):
        return ""
    return (
        ". A sweep takes no KEY=VALUE, because the same command must continue it: write values of the config into its "
        "base, values to vary into space, and the budget into search, all in SWEEP.yaml"
    )


def _prefix_of_overrides(error: TyperException) -> str | None:
    """What stands before an override of the command: nothing, or `--set `; None if it takes none."""
    context = getattr(error, "ctx", None)
    taken = [parameter.opts for parameter in context.command.params if parameter.name == "overrides"] if context else []
    return None if not taken else "--set " if "--set" in taken[0] else ""


def bug_message(error: Exception | SystemExit) -> str:
    """The message for an unexpected error. Writes its traceback to a file."""
    description, report = f"this is a bug in seqlab ({type(error).__name__}: {error})", ": please report it"
    if found := plugin_in(error):
        name, location = found
        description, report = f"the plug-in '{name}' failed ({location}: {type(error).__name__}: {error})", ""
    try:
        return f"{description}\nthe traceback was written to {_write_traceback(error)}{report}"
    except OSError as problem:
        return f"{description}\nthe traceback could not be written ({problem}); set SEQLAB_DEBUG=1 to print it"


def _write_traceback(error: Exception | SystemExit) -> Path:
    from seqlab.runs.environment import versions

    descriptor, name = tempfile.mkstemp(prefix="seqlab-bug-", suffix=".txt")
    os.close(descriptor)
    content = [f"{shlex.join(sys.argv)}\n", f"{versions()}\n\n", *traceback.format_exception(error)]
    files.write_text(Path(name), "".join(content))
    return Path(name)


def _print_traceback_if_debugging() -> None:
    if os.environ.get("SEQLAB_DEBUG") == "1":
        traceback.print_exc()


def _in_a_directory() -> bool:
    try:
        os.getcwd()  # noqa: PTH109  # Path.cwd() is the same
    except OSError:
        return False
    return True


def discard_stdout() -> None:
    """Redirect stdout to the null device: the reader is gone, and Python would report the unwritten buffer at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
