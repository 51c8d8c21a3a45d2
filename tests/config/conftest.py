"""Configs in files of their own, and parts that are on the registries for one test only."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, Field

from seqlab.config import ConfigError, load
from seqlab.models.classification import CLASSIFIERS, Classifier
from seqlab.registry import Location

SMALL = "task: classification\ndata: synthetic\nvectorizer: words\nmodel: bag\n"
"""The shortest config that is right."""


@pytest.fixture
def small():
    return SMALL


def _refuse_seven(value: int) -> int:
    if value == 7:
        raise ValueError("seven is refused, whatever the reason")
    return value


class Odd(Classifier):
    """A classifier with options of every kind that a plug-in might think of."""

    name: Literal["odd"] = "odd"
    needed: int
    either: int | Literal["auto"] = "auto"
    nested: dict[str, list[float]] = {}  # noqa: RUF012
    code: Annotated[str, Field(pattern="^a+$", max_length=5)] = "a"
    step: Annotated[int, Field(multiple_of=3, ge=3, le=9)] = 3
    file: Location | None = None
    checked: Annotated[int, AfterValidator(_refuse_seven)] = 0

    def build(self, context):
        raise NotImplementedError


@pytest.fixture
def odd(monkeypatch):
    """The classifier `odd`, on its registry."""
    monkeypatch.setitem(CLASSIFIERS._components, "odd", Odd)
    return Odd


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write `a.yaml` in a folder that is the current one."""
    monkeypatch.chdir(tmp_path)

    def write_file(text: str, name: str = "a.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        return path

    return write_file


@pytest.fixture
def problems(write):
    """The problems of a config as `line:column: path: message`, or without a line from the command line."""

    def faults_of(text: str, *overrides: str, **how) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load(write(text), overrides, **how)
        return [_short(problem) for problem in caught.value.problems]

    return faults_of


def _short(problem):
    where = f"{problem.line}:{problem.column}" if problem.line else f"{problem.file}:{problem.column}"
    return f"{where}: {problem.path}: {problem.message}"
