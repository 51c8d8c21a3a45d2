"""`seqlab runs delete`, its trash, and `seqlab runs prune`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from made_runs import made_run
from typer.testing import Result

from seqlab import runs
from seqlab.runs import Run

Invoke = Callable[..., Result]

BASE = "20250101-000000-base"


@pytest.fixture
def base(invoke: Invoke) -> Run:
    return made_run("runs", BASE, result={"test.accuracy": 0.5})


def left() -> list[str]:
    return [each.run.id.partition("-000000-")[2] for each in runs.list_runs(Path("runs"))]


def test_a_run_goes_to_the_trash_and_comes_back(invoke: Invoke, base: Run) -> None:
    result = invoke("runs", "delete", BASE, "--yes")
    assert (result.exit_code, result.stdout) == (0, "")
    lines = result.stderr.splitlines()
    assert lines[:2] == [f"moved {BASE} to the trash; to bring it back:", f"  seqlab runs delete --restore {BASE}"]
    assert lines[2].startswith("the trash holds 1 run (")
    assert left() == []
    assert BASE in invoke("runs", "list", "--trash").stdout
    assert invoke("runs", "delete", "--restore", "base").stderr == f"restored {BASE}\n"
    assert left() == ["base"]
    assert invoke("runs", "delete", "--restore", "base").exit_code == 2


def test_the_way_back_names_another_folder(invoke: Invoke) -> None:
    made_run("my runs", BASE)
    result = invoke("runs", "delete", BASE, "--yes", "--runs-dir", "my runs")
    folder = Path("my runs").absolute()
    assert result.stderr.splitlines()[1] == f"  seqlab runs delete --restore {BASE} --runs-dir '{folder}'"
    assert invoke("runs", "delete", "--restore", BASE, "--runs-dir", folder).exit_code == 0


def test_permanent_is_at_once_and_asks_so(invoke: Invoke, base: Run) -> None:
    refused = invoke("runs", "delete", BASE, "--permanent", input="n\n")
    assert "and all its files for good?" in refused.stderr
    assert base.directory.is_dir()
    assert invoke("runs", "delete", BASE, "--permanent", "--yes").stderr == f"deleted {BASE} for good\n"
    assert invoke("runs", "list", "--trash").stdout == ""
    assert list(Path("runs").iterdir()) == []


@pytest.mark.usefixtures("base")
def test_emptying_the_trash_asks(invoke: Invoke) -> None:
    assert "nothing to delete" in invoke("runs", "delete", "--empty-trash").stderr
    invoke("runs", "delete", BASE, "--yes")
    refused = invoke("runs", "delete", "--empty-trash", input="n\n")
    assert (refused.exit_code, "delete 1 run for good (" in refused.stderr) == (1, True)
    assert "nothing to delete" in invoke("runs", "delete", "--empty-trash", "--older-than", "1", "--yes").stderr
    assert BASE in invoke("runs", "list", "--trash").stdout
    assert "deleted 1 run for good: " in invoke("runs", "delete", "--empty-trash", "--yes").stderr
    assert invoke("runs", "list", "--trash").stdout == ""


def test_of_a_link_the_question_and_the_answer_say_so(invoke: Invoke, base: Run) -> None:
    link = Path("runs/linked")
    link.symlink_to(base.directory.absolute())
    result = invoke("runs", "delete", "linked", input="y\n")
    assert f"delete the link {link.absolute()}?" in result.stderr
    assert result.stderr.endswith("deleted the link linked\n")
    assert base.status() == "finished"


@pytest.mark.usefixtures("base")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--restore", "--permanent", BASE], "give one of them"),
        (["--older-than", "3", BASE], "--older-than is of --empty-trash"),
        (["--empty-trash", BASE], "--empty-trash takes no RUN"),
        (["--restore"], "RUN is missing"),
        (["latest"], "'latest' cannot be deleted"),
    ],
)
def test_what_delete_refuses(invoke: Invoke, arguments: list[str], message: str) -> None:
    result = invoke("runs", "delete", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert left() == ["base"]


@pytest.fixture
def several(invoke: Invoke) -> None:
    """`a` 0.8, `b` 0.9, a group of 0.7 and 1.0, `bad` failed, `mt` without the metric."""
    made_run("runs", "20250101-000000-a", result={"test.accuracy": 0.8})
    made_run("runs", "20250102-000000-b", result={"test.accuracy": 0.9})
    made_run("runs", "20250103-000000-g1", group="g", seed=1, result={"test.accuracy": 0.7})
    made_run("runs", "20250104-000000-g2", group="g", seed=2, result={"test.accuracy": 1.0})
    made_run("runs", "20250105-000000-bad", status="failed")
    made_run("runs", "20250106-000000-mt", config={"task": "translation"}, result={"test.bleu": 3.0})


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize(
    ("options", "stays"),
    [
        (["--failed"], ["a", "b", "g1", "g2", "mt"]),
        (["--keep-best", "1", "--by", "test.accuracy"], ["b", "bad", "mt"]),
        (["--keep-best", "2", "--by", "test.accuracy"], ["b", "g1", "g2", "bad", "mt"]),
        (["--keep-last", "3"], ["g1", "g2", "bad", "mt"]),
        (["--keep-last", "0", "--where", "task=translation"], ["a", "b", "g1", "g2", "bad"]),
        (["--keep-last", "0", "--where", "seed=1"], ["a", "b", "g1", "g2", "bad", "mt"]),
    ],
)
def test_prune(invoke: Invoke, options: list[str], stays: list[str]) -> None:
    everything = left()
    dry = invoke("runs", "prune", *options, "--dry-run")
    assert (dry.exit_code, left()) == (0, everything)
    assert invoke("runs", "prune", *options, input="n\n").exit_code == (1 if stays != everything else 0)
    assert left() == everything
    done = invoke("runs", "prune", *options, "--yes")
    assert (done.exit_code, done.stdout) == (0, dry.stdout)
    assert left() == stays


@pytest.mark.usefixtures("several")
def test_prune_names_what_goes_and_what_stays(invoke: Invoke) -> None:
    made_run("runs", "20250107-000000-child", parent="20250101-000000-a")
    thesis = Path("runs/20250105-000000-bad/thesis.txt")
    thesis.write_text("years", encoding="utf-8")
    result = invoke("runs", "prune", "--keep-best", "1", "--by", "test.accuracy", "--dry-run")
    assert result.stdout == "g\t2 runs\ttest.accuracy 0.8500\n"
    assert "20250101-000000-a stays: run 20250107-000000-child needs it" in result.stderr
    assert "3 of 6 have no test.accuracy and stay" in result.stderr
    assert "2 runs would be moved to the trash; nothing was changed" in result.stderr
    kept = invoke("runs", "prune", "--failed", "--yes")
    assert "stays: it holds files that seqlab did not write: 'thesis.txt'" in kept.stderr
    assert thesis.exists()


@pytest.mark.usefixtures("several")
def test_prune_as_json(invoke: Invoke) -> None:
    printed = json.loads(invoke("runs", "prune", "--failed", "--json", "--yes").stdout)
    assert printed == {"removed": ["20250105-000000-bad"], "stays": {}, "dry_run": False}
    assert invoke("runs", "prune", "--failed", "--json").exit_code == 2


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "say which runs to remove"),
        (["--failed", "--keep-last", "1"], "say which runs to remove"),
        (["--keep-best", "1"], "belong together"),
        (["--keep-last", "1", "--by", "test.accuracy"], "belong together"),
        (["--keep-best", "1", "--by", "test.acuracy"], "did you mean test.accuracy"),
        (["--failed", "--where", "x"], "expected KEY=VALUE"),
    ],
)
def test_what_prune_refuses(invoke: Invoke, options: list[str], message: str) -> None:
    result = invoke("runs", "prune", *options, "--yes")
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert len(left()) == 6
