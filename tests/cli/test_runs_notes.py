"""`seqlab runs label` and `seqlab runs note`."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from made_runs import made_run
from typer.testing import Result

Invoke = Callable[..., Result]


@pytest.fixture(autouse=True)
def run(invoke: Invoke) -> None:
    made_run("runs", "20250101-000000-base")


def test_a_label(invoke: Invoke) -> None:
    result = invoke("runs", "label", "base", "the", "best [b]")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "run 20250101-000000-base has the label 'the best [b]'\n"
    assert "label      the best [b]\n" in invoke("runs", "show", "base").stdout
    assert json.loads(invoke("runs", "show", "base", "--json").stdout)["label"] == "the best [b]"
    assert "has no label" in invoke("runs", "label", "--run", "base", "").stderr
    assert "\nlabel" not in invoke("runs", "show", "base").stdout


def test_notes(invoke: Invoke) -> None:
    assert "wrote note 1 of run" in invoke("runs", "note", "base", "one\x1b").stderr
    assert "wrote note 2 of run" in invoke("runs", "note", "base", "--", "-0.5 is odd").stderr
    listed = invoke("runs", "note", "base").stdout.splitlines()
    assert re.fullmatch(r"1\t\d{4}-\d\d-\d\d \d\d:\d\d\tone\\x1b", listed[0])
    assert listed[1].endswith("\t-0.5 is odd")
    shown = invoke("runs", "show", "base")
    assert [line.split(maxsplit=2)[2] for line in shown.stdout.splitlines() if line.startswith("note")] == [
        r"one\x1b",
        "-0.5 is odd",
    ]
    assert invoke("runs", "note", "base", "--remove", "1").exit_code == 0
    assert [each["text"] for each in json.loads(invoke("runs", "show", "base", "--json").stdout)["notes"]] == [
        "-0.5 is odd"
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["label", "base"], "TEXT is missing"),
        (["label", "nope", "a"], "no run 'nope'"),
        (["label"], "RUN is missing"),
        (["label", "base", "x" * 99], "a label is one line of at most 80 characters"),
        (["note", "base", " "], "it is empty"),
        (["note", "base", "--remove", "3"], "has no note 3: it has 0"),
        (["note", "base", "text", "--remove", "3"], "--remove 3 takes no text"),
    ],
)
def test_what_is_refused(invoke: Invoke, arguments: list[str], message: str) -> None:
    result = invoke("runs", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.split())


def test_damaged_notes_do_not_hide_a_run(invoke: Invoke) -> None:
    Path("runs/20250101-000000-base/annotations.json").write_text("[", encoding="utf-8")
    result = invoke("runs", "show", "base")
    assert result.exit_code == 0
    assert "status     finished" in result.stdout
    assert "annotations.json is damaged" in result.stderr
    assert invoke("runs", "note", "base", "more").exit_code == 2
