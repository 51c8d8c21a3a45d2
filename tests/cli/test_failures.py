"""Errors become messages and exit codes; a traceback reaches the terminal only on request."""

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from seqlab import runs
from seqlab.cli import main
from seqlab.errors import DataError, DivergedError, RequestError, SeqlabError, Stopped

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
        (Stopped("SIGTERM on host 0 (a:1)", 75), 75, "error: stopped by SIGTERM on host 0 (a:1)"),
        (MemoryError(), 1, "error: out of memory: reduce training.batch_size"),
        (OSError(errno.ENOSPC, "No space left", "/x/y"), 1, "error: the disk is full (/x/y): free some space"),
        (OSError(errno.ENOSPC, "No space left"), 1, "error: the disk is full: free some space"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 1, "error: Permission denied (/x)"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "/x"), 2, "error: File name too long (/x)"),
    ],
)
def test_a_message_and_a_code(failing: Failing, error: BaseException, code: int, message: str) -> None:
    result = failing(error)
    assert result.exit_code == code
    assert result.stderr.startswith(message)
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_a_broken_pipe_is_quiet(failing: Failing) -> None:
    """The status tells of the work, not of the reader."""
    result = failing(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["train", "--help"], ["recipes"]])
def test_a_full_disk_below_stdout(invoke: Invoke, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    invoke("recipes")  # imported before the function that it imports is replaced

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("seqlab.cli.console.print_line", full)
    monkeypatch.setattr("seqlab.cli.recipes.print_table", full)
    monkeypatch.setattr("typer.rich_utils.rich_format_help", full)
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "error: the disk is full: free some space and try again\n"


def test_a_file_that_may_not_grow(failing: Failing) -> None:
    result = failing(OSError(errno.EFBIG, "File too large", "/x"))
    assert result.exit_code == 1
    assert "a file may not grow that large (/x): raise the limit for files (ulimit -f)" in result.stderr


@pytest.mark.skipif(os.name != "posix", reason="Windows does not delete the current directory")
def test_a_current_directory_that_was_deleted(invoke: Invoke) -> None:
    gone = Path.cwd() / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    try:
        result = invoke("train", "quickstart")
    finally:
        os.chdir(gone.parent)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "the current directory was deleted: change to another one" in result.stderr


def test_the_home_of_nobody(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    message = "but there is no such user: write the whole path"
    for arguments in (
        ["runs", "list", "--runs-dir", "~nosuchuser/x"],
        ["predict", "x", "y", "--runs-dir", "~nosuchuser"],
    ):
        result = invoke(*arguments)
        assert (result.exit_code, message in result.stderr) == (2, True)
    for variable, arguments in (
        ("SEQLAB_RUNS_DIR", ["runs", "list"]), ("SEQLAB_CACHE_DIR", ["train", "quickstart"]),
        ("SEQLAB_DATA_DIR", ["data", "prepare", "imdb"]), ("SEQLAB_DATA_DIR", ["train", "imdb/bigram"]),
    ):  # fmt: skip
        with monkeypatch.context() as patch:
            patch.setenv(variable, "~nosuchuser/x")
            result = invoke(*arguments)
        assert (result.exit_code, message in result.stderr) == (2, True), (variable, result.output)


def test_a_tilde_is_the_home_of_the_user(invoke: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    runs.create(tmp_path / "home" / "mine", "x", {})
    assert "-x" in invoke("runs", "list", "--runs-dir", "~/mine").stdout
    monkeypatch.setenv("SEQLAB_RUNS_DIR", "~/mine")
    assert "-x" in invoke("runs", "list").stdout
    assert not Path("~").exists()


@pytest.mark.parametrize("reference", ["x" * 5000, "~nosuchuser", "a\0b", "~nosuchuser/runs/1"])
def test_references_that_are_no_path(invoke: Invoke, reference: str) -> None:
    for command in (["runs", "show"], ["predict"], ["evaluate"], ["train", "--resume"], ["vocabulary"]):
        result = invoke(*command, reference)
        assert result.exit_code == 2
        assert "error: no " in result.stderr
        assert len(result.stderr) < 700


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["data", "show", "c.yaml", f"data.path={'x' * 5000}"], "data.path"),
        (["check", "c.yaml", f"data.validation={'x' * 5000}"], "data.validation"),
        (["train", "c.yaml", f"data.test={'x' * 300}.csv"], "data.test"),
        (["init", "classification", "--data", "y" * 5000], "--data"),
        (["init", "classification", "-o", f"{'y' * 300}.yaml"], "--output"),
        (["init", "classification", "--data", "~nosuchuser/x.csv"], "--data"),
    ],
)
def test_files_that_nothing_can_have_as_a_path(invoke: Invoke, arguments: list[str], names: str) -> None:
    Path("c.yaml").write_text(
        "task: classification\ndata: {name: csv, path: a.csv}\nvectorizer: words\nmodel: bag\n", encoding="utf-8"
    )
    result = invoke(*arguments)
    assert (result.exit_code, f"{names}" in result.stderr) == (2, True)
    assert "nothing can have the path" in result.stderr or "no such user" in result.stderr
    assert len(result.stderr) < 600


@pytest.mark.parametrize("variable", ["SEQLAB_DATA_DIR", "SEQLAB_CACHE_DIR"])
@pytest.mark.parametrize("folder", ["~nosuchuser/x", f"/{'x' * 5000}"])
def test_a_list_of_data_does_not_hide_a_folder_that_is_no_path(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, variable: str, folder: str
) -> None:
    monkeypatch.setenv(variable, folder)
    result = invoke("data", "list")
    assert (result.exit_code, variable in result.stderr) == (2, True)


@pytest.mark.parametrize("folder", ["x" * 5000, f"{'y' * 300}/runs"])
def test_folders_that_are_no_path(invoke: Invoke, folder: str) -> None:
    result = invoke("runs", "list", "--runs-dir", folder)
    assert (result.exit_code, "nothing can have the path" in result.stderr) == (2, True)
    assert len(result.stderr) < 300


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
        (["predict", "latest", "x", "--device", "cpu"], "given as --set KEY=VALUE: --set runtime.device=cpu"),
        (["evaluate", "latest", "--set", "runtime.device=cpu"], "given as KEY=VALUE: runtime.device=cpu"),
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
