"""Errors become messages and exit codes; a traceback reaches the terminal only on request."""

import errno
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from seqlab import runs
from seqlab.cli import main
from seqlab.errors import DataError, DivergedError, RequestError, SeqlabError

Invoke = Callable[..., Result]
Failing = Callable[[BaseException], Result]


@pytest.fixture
def failing(invoke: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Failing:
    """`failing(error)` runs `seqlab runs list` with an implementation that raises the error."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def invoke_failing(error: BaseException) -> Result:
        def fail(_directory: Path) -> None:
            raise error

        monkeypatch.setattr(runs, "list_runs", fail)
        return invoke("runs", "list")

    return invoke_failing


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (SeqlabError("the disk [b] \x1b"), 1, r"error: the disk [b] \x1b"),
        (DataError("two\nlines"), 1, "error: two\nlines"),
        (DivergedError("NaN"), 1, "error: NaN"),
        (RequestError("no such run"), 2, "error: no such run"),
        (KeyboardInterrupt(), 130, "error: interrupted"),
        (MemoryError(), 1, "error: out of memory: reduce training.batch_size"),
        (OSError(errno.ENOSPC, "No space left", "/x/y"), 1, "error: the disk is full (/x/y): free some space"),
        (OSError(errno.ENOSPC, "No space left"), 1, "error: the disk is full: free some space"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 1, "error: Permission denied (/x)"),
    ],
)
def test_a_message_and_a_code(failing: Failing, error: BaseException, code: int, message: str) -> None:
    result = failing(error)
    assert result.exit_code == code
    assert result.stderr.startswith(message)
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_a_broken_pipe_is_quiet(failing: Failing) -> None:
    result = failing(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert (result.exit_code, result.output) == (1, "")


def test_a_bug_is_reported_and_its_traceback_written_to_a_file(failing: Failing) -> None:
    result = failing(KeyError("x"))
    assert result.exit_code == 1
    assert "this is a bug in seqlab (KeyError: 'x')" in result.stderr
    assert "Traceback" not in result.stderr
    written = re.search(r"written to (\S+):", result.stderr)
    assert written
    assert "KeyError: 'x'" in Path(written[1]).read_text(encoding="utf-8")


def test_the_traceback_is_printed_when_debugging(failing: Failing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQLAB_DEBUG", "1")
    assert "Traceback" in failing(KeyError("x")).stderr
    assert "Traceback" in failing(SeqlabError("x")).stderr


def test_a_traceback_that_cannot_be_written(failing: Failing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    assert "could not be written" in failing(KeyError("x")).stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trian"], "No such command 'trian'. Did you mean 'train'"),
        (["runs", "show"], "RUN is missing"),
        (["runs", "list", "--jsno"], "No such option"),
        (["evaluate", "x", "--split", "dev"], "is not one of"),
    ],
)
def test_wrong_usage_is_exit_code_2(invoke: Invoke, arguments: list[str], message: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.replace("│", " ").split())
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["train", "quickstart", "--epochs", "3"], "Keys of the config are given as KEY=VALUE: training.epochs=3"),
        (["check", "quickstart", "--batch-size=64"], "training.batch_size=64"),
        (["config", "show", "quickstart", "--hidden", "9"], "model.hidden=9"),
        (["train", "quickstart", "--seed"], "runtime.seed=…"),
        (["train", "quickstart", "--nothing", "3"], None),
        (["runs", "list", "--epochs", "3"], None),
    ],
)
def test_a_key_of_the_config_given_as_an_option(invoke: Invoke, arguments: list[str], hint: str | None) -> None:
    result = invoke(*arguments)
    message = " ".join(result.stderr.replace("│", " ").split())
    assert (result.exit_code, "No such option" in message) == (2, True)
    assert (hint or "No such option") in message
    assert ("KEY=VALUE:" in message) == (hint is not None)


@pytest.mark.parametrize("closed", ["stdin", "stdout", "stderr"])
def test_closed_streams_are_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, closed: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["seqlab", "runs", "show", "none"])
    monkeypatch.setattr(f"sys.{closed}", None)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
