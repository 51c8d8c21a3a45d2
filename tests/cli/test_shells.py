"""The completion scripts and their installation."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import shellingham

from seqlab.cli.shells import SCRIPTS, current_shell, install
from seqlab.errors import RequestError


@pytest.mark.parametrize("shell", SCRIPTS)
def test_a_script_is_installed_once(shell, tmp_path):
    if shell != "fish":
        (tmp_path / f".{shell}rc").write_text("alias ll='ls -l'", encoding="utf-8")
    for _ in range(2):
        script = install(shell, tmp_path)
    assert script.read_text(encoding="utf-8") == SCRIPTS[shell]
    if shell != "fish":
        first, line = (tmp_path / f".{shell}rc").read_text(encoding="utf-8").splitlines()
        assert first == "alias ll='ls -l'"
        assert script.relative_to(tmp_path).as_posix() in line


def test_a_home_that_cannot_be_written(tmp_path):
    (tmp_path / ".bash_completions").touch()
    with pytest.raises(RequestError, match=r"cannot write .*\.bash_completions"):
        install("bash", tmp_path)


def test_the_shell_is_that_of_the_user(monkeypatch):
    def nothing():
        raise shellingham.ShellDetectionFailure

    monkeypatch.setattr(shellingham, "detect_shell", nothing)
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert current_shell() == "fish"
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    with pytest.raises(RequestError, match="no completion for the shell 'tcsh'; available: bash, zsh, fish"):
        current_shell()


def test_the_options_of_the_command(invoke, monkeypatch, tmp_path):
    monkeypatch.setattr("seqlab.cli.shells.current_shell", lambda: "zsh")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert invoke("--show-completion").stdout == SCRIPTS["zsh"]
    assert f"wrote {tmp_path / '.zfunc' / '_seqlab'}" in invoke("--install-completion").stdout
    assert (tmp_path / ".zshrc").exists()


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_shell_that_is_named(invoke, monkeypatch, tmp_path, shell):
    monkeypatch.setattr("seqlab.cli.shells.current_shell", lambda: pytest.fail("the shell is named"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert invoke("--show-completion", shell).stdout == SCRIPTS[shell]
    assert f"wrote {install(shell, tmp_path)}" in invoke("--install-completion", shell).stdout
    for option in ("--show-completion", "--install-completion"):
        result = invoke(option, "powershell")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "no completion for the shell 'powershell'; available: bash, zsh, fish" in result.stderr


CALLED = {
    "bash": "source script; compopt() { echo nospace; }; COMP_LINE='seqlab train quickstart training.ep'; "
    "COMP_POINT=${#COMP_LINE}; _seqlab seqlab; printf '%s\\n' \"${COMPREPLY[@]}\"",
    "fish": "source script; complete --do-complete 'seqlab train quickstart training.ep'",
}
"""Shell → what asks its script."""


@pytest.mark.process
@pytest.mark.parametrize("shell", CALLED)
def test_the_shell_gets_an_answer(shell, tmp_path):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "script").write_text(SCRIPTS[shell], encoding="utf-8")
    program = tmp_path / "seqlab"
    program.write_text(f"#!{sys.executable}\nfrom seqlab.cli import main\nmain()\n", encoding="utf-8")
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    done = subprocess.run(
        [shell, "-c", CALLED[shell]], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    expected = ["nospace", "training.epochs="] if shell == "bash" else ["training.epochs="]
    assert done.stdout.split() == expected, done.stderr
