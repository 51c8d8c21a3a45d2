from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from seqlab.cli.application import app

Invoke = Callable[..., Result]


@pytest.fixture
def in_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SEQLAB_RUNS_DIR", "SEQLAB_DEBUG", "SEQLAB_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def invoke(in_empty_directory: None) -> Invoke:
    """`invoke("runs", "list")` in an empty directory of its own, as from a shell whose output goes to a file."""
    runner = CliRunner()
    return lambda *arguments, **settings: runner.invoke(app, list(map(str, arguments)), **settings)
