"""`seqlab runs`, without and with JSON."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from made_runs import made_run
from typer.testing import Result

from seqlab import runs
from seqlab.errors import SeqlabError
from seqlab.runs import Run

Invoke = Callable[..., Result]


@pytest.fixture
def finished(invoke: Invoke) -> Run:
    run = runs.create(Path("runs"), "imdb-bigram", {"config": {"task": "classification"}, "parameters": 320_033})
    with run.writing():
        run.write_result({"test.loss": 0.25, "test.accuracy": 0.90124, "validation.accuracy": 0.9, "epochs": 4})
    return run


@pytest.mark.usefixtures("finished")
def test_list(invoke: Invoke) -> None:
    failed = runs.create(Path("runs"), "other", {})
    with pytest.raises(SeqlabError), failed.writing():
        raise SeqlabError("a reason with [b]\x1b")
    Path("runs/half").mkdir()
    result = invoke("runs", "list")
    assert result.exit_code == 0
    lines = re.sub(r"\d\.\d s", "0.0 s", result.stdout).splitlines()
    header, half, finished, other = [line.split() for line in lines]
    assert header == ["run", "status", "total", "time", "result"]
    assert half[:2] == ["half", "damaged"]
    assert finished[1:] == ["finished", "0.0", "s", "test.accuracy", "0.9012"]
    assert " ".join(other[1:]) == r"failed 0.0 s a reason with [b]\x1b"


@pytest.mark.parametrize(
    ("result", "shown"),
    [
        ({"test.loss": 1.4, "test.perplexity": 4.05, "test.accuracy": 0.5, "test.bleu": 68.25}, "test.bleu 68.2500"),
        ({"test.loss": 1.4, "test.bits_per_character": 3.01, "test.perplexity": 8.1}, "test.bits_per_character 3.0100"),
        ({"test.loss": 1.4, "test.perplexity": 58.5, "test.accuracy": 0.5}, "test.perplexity 58.5000"),
        (
            {"validation.accuracy": 0.5, "test.loss": 0.2, "test.accuracy": 1, "test.macro_f1": 0.8},
            "test.accuracy 1.0000",
        ),
        ({"wordsim353.coverage": 0.1, "train.loss": 6.1, "validation.loss": 6.41754}, "validation.loss 6.4175"),
        ({"validation.bleu": 68.0, "test.bleu_signature": "nrefs:1", "test.loss": 1.4}, ""),
    ],
)
def test_the_headline_of_a_run(invoke: Invoke, result: dict[str, object], shown: str) -> None:
    run = runs.create(Path("runs"), "a", {})
    with run.writing():
        run.write_result(result)
    assert invoke("runs", "list").stdout.splitlines()[1].partition(" s ")[2].strip() == shown


def test_which_of_several_runs_of_a_name_is_taken(invoke: Invoke, finished: Run) -> None:
    assert "taking" not in invoke("runs", "show", "imdb-bigram").stderr
    later = runs.create(Path("runs"), "imdb-bigram", {"config": {"task": "classification"}, "parent": finished.id})
    with later.writing():
        later.write_result({"test.accuracy": 0.95})
    later = Run(later.directory.rename(later.directory.with_name("20990101-000000-imdb-bigram")))  # not in one second
    result = invoke("runs", "show", "imdb-bigram")
    assert f"run        {later.id}" in result.stdout
    assert f"2 runs are named 'imdb-bigram': taking {later.id}" in result.stderr
    for reference in (later.id, finished.id, "latest", finished.directory):
        assert "taking" not in invoke("runs", "show", reference).stderr


@pytest.mark.parametrize(("warning", "shown"), [("the model [b] is\x1b worse", True), (None, False)])
def test_the_warning_of_a_run(invoke: Invoke, finished: Run, warning: str | None, shown: bool) -> None:
    finished.update(warning=warning)
    lines = invoke("runs", "show", "latest").stdout.splitlines()
    assert (r"warning    the model [b] is\x1b worse" in lines) == shown
    assert any(line.startswith("warning") for line in lines) == shown
    assert json.loads(invoke("runs", "show", "latest", "--json").stdout)["run"]["warning"] == warning


def test_list_of_nothing(invoke: Invoke) -> None:
    result = invoke("runs", "list", "--runs-dir", "none")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no runs in none; train one with: seqlab train quickstart" in result.stderr
    assert json.loads(invoke("runs", "list", "--json").stdout) == []


def test_list_as_json(invoke: Invoke, finished: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQLAB_RUNS_DIR", str(finished.directory.parent))
    monkeypatch.chdir("/")
    (listed,) = json.loads(invoke("runs", "list", "--json").stdout)
    assert listed["id"] == finished.id
    assert listed["directory"] == str(finished.directory)
    assert (listed["status"], listed["task"], listed["reason"]) == ("finished", "classification", None)
    assert listed["result"]["test.accuracy"] == 0.90124


def test_show(invoke: Invoke, finished: Run) -> None:
    lines = invoke("runs", "show", "latest").stdout.splitlines()
    assert lines[0].split() == ["run", finished.id]
    assert lines[1].split() == ["status", "finished"]
    assert any(line.startswith("versions") and "python 3." in line for line in lines)
    assert [line.split() for line in lines[-5:]] == [
        ["4", "epochs"],
        [],
        ["test", "validation"],
        ["loss", "0.2500"],
        ["accuracy", "0.9012", "0.9000"],
    ]


def test_show_as_json(invoke: Invoke, finished: Run) -> None:
    shown = json.loads(invoke("runs", "show", finished.id, "--json").stdout)
    assert shown["run"]["status"] == "finished"
    assert shown["run"]["parameters"] == 320_033
    assert shown["result"]["epochs"] == 4
    assert shown["directory"] == str(finished.directory)


def test_delete_asks(invoke: Invoke, finished: Run) -> None:
    assert invoke("runs", "delete", finished.id, input="n\n").exit_code == 1
    assert finished.directory.is_dir()
    assert invoke("runs", "delete", finished.id, input="y\n").exit_code == 0
    assert not finished.directory.exists()


def test_delete_is_careful(invoke: Invoke, finished: Run) -> None:
    assert invoke("runs", "delete", "latest", "--yes").exit_code == 2
    Path("thesis").mkdir()
    assert invoke("runs", "delete", "thesis", "--yes").exit_code == 2
    with finished.writing():
        assert invoke("runs", "delete", finished.id, "--yes").exit_code == 1
    assert finished.directory.is_dir()
    assert invoke("runs", "delete", finished.id, "--yes").exit_code == 0


def test_what_seqlab_did_not_write_is_named_before_it_is_deleted(invoke: Invoke, finished: Run) -> None:
    thesis = finished.directory / "mystuff" / "thesis.txt"
    thesis.parent.mkdir()
    thesis.write_text("years", encoding="utf-8")
    refused = invoke("runs", "delete", finished.id, "--yes")
    assert refused.exit_code == 2
    assert "holds 1 file that seqlab did not write: 'mystuff/thesis.txt'" in " ".join(refused.stderr.split())
    asked = invoke("runs", "delete", finished.id, input="n\n")
    assert "with what seqlab did not write: 'mystuff/thesis.txt'?" in asked.stderr
    assert thesis.read_text(encoding="utf-8") == "years"
    assert invoke("runs", "delete", finished.id, input="y\n").exit_code == 0
    assert not finished.directory.exists()


def test_the_run_is_an_argument_or_an_option(invoke: Invoke, finished: Run) -> None:
    for arguments in ([finished.id], ["--run", "latest"], ["imdb-bigram"], ["--run", "imdb-bigram"]):
        assert f"{finished.id}\n" in invoke("runs", "show", *arguments).stdout
    both = invoke("runs", "show", "latest", "--run", finished.id)
    assert (both.exit_code, both.stderr) == (
        2,
        f"error: two runs are given: latest and --run {finished.id}; remove one\n",
    )
    neither = invoke("runs", "show")
    assert neither.exit_code == 2
    assert "RUN is missing" in neither.stderr
    assert invoke("runs", "delete", "--run", finished.id, "--yes").exit_code == 0
    assert not finished.directory.exists()


def test_a_long_reason_is_cut_in_the_list_of_a_terminal_and_whole_in_show(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = runs.create(Path("runs"), "other", {})
    with pytest.raises(SeqlabError), failed.writing():
        raise SeqlabError("x" * 300 + "\nsecond line")
    assert "x" * 300 + "\n" in invoke("runs", "list").stdout
    monkeypatch.setattr("typer.testing._NamedTextIOWrapper.isatty", lambda self: True)
    named = runs.create(Path("runs"), "a" * 60, {})
    listed = invoke("runs", "list", env={"COLUMNS": "80"}).stdout.splitlines()
    (row,) = [line for line in listed if line.startswith(failed.id)]
    assert len(row) == 80
    assert row.split()[1] == "failed"
    assert row.endswith("xxx…")
    # An id is never cut, nor is the status behind it, and a long id does not push the other rows aside.
    assert any(line.startswith(f"{named.id}  killed") for line in listed)
    assert listed[0].index("status") <= 42
    narrow = invoke("runs", "list", env={"COLUMNS": "20"}).stdout
    assert f"{failed.id}  failed" in narrow
    assert len(narrow.splitlines()) == 3
    assert "second line" in " ".join(invoke("runs", "show", failed.id).stdout.split())


def test_details_go_on_below_their_beginning_in_a_terminal(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    run = runs.create(Path("runs"), "a", {"warning": "many words " * 20, "command": ["seqlab", "train", "x" * 100]})
    whole = invoke("runs", "show", run.id).stdout
    assert "many words " * 19 in whole
    monkeypatch.setattr("typer.testing._NamedTextIOWrapper.isatty", lambda self: True)
    lines = invoke("runs", "show", run.id, env={"COLUMNS": "80"}).stdout.splitlines()
    assert f"command    seqlab train {'x' * 100}" in lines
    first = next(number for number, line in enumerate(lines) if line.startswith("warning"))
    assert lines[first + 1].startswith(" " * 11 + "many words")
    assert max(map(len, lines[first : first + 3])) <= 80
    assert " ".join(whole.split()) == " ".join(" ".join(lines).split())


def test_an_unknown_run(invoke: Invoke, finished: Run) -> None:
    result = invoke("runs", "show", "imdb-bigrm")
    assert result.exit_code == 2
    assert f"did you mean {finished.id}?" in result.stderr


def test_a_narrow_terminal_keeps_the_number_of_a_result_and_the_file_of_a_reason(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typer.testing._NamedTextIOWrapper.isatty", lambda self: True)
    run = runs.create(Path("runs"), "course-tabular-synthetic_housing", {})
    with run.writing():
        run.write_result({"test.bits_per_character": 3.0125})
    failed = runs.create(Path("runs"), "f", {})
    with pytest.raises(SeqlabError), failed.writing():
        raise SeqlabError(f"{failed.directory / 'config.yaml'} is odd")
    rows = invoke("runs", "list", env={"COLUMNS": "80"}).stdout.splitlines()
    assert [row[-8:] for row in rows if row.startswith(run.id)] == ["… 3.0125"]
    assert [row for row in rows if row.startswith(failed.id) and "  config.yaml i" in row]


def test_latest_says_which_run_it_is_if_there_are_others(invoke: Invoke, finished: Run) -> None:
    assert invoke("runs", "show", "latest").stderr == ""
    other = runs.create(Path("runs"), "b", {})
    with other.writing():
        pass
    latest = runs.find("latest", Path("runs"))
    assert invoke("runs", "show", "latest").stderr == f"the latest run is {latest.id}\n"
    assert invoke("runs", "show", finished.id).stderr == ""


def test_latest_passes_over_what_is_not_finished_and_says_so(invoke: Invoke) -> None:
    made_run("runs", "20250101-000000-a")
    made_run("runs", "20250102-000000-b", status="stopped")
    made_run("runs", "20250103-000000-c", status="failed")
    result = invoke("runs", "show", "latest")
    assert result.stdout.startswith("run        20250101-000000-a\n")
    assert result.stderr == (
        "the latest run is 20250101-000000-a; passed over: 20250102-000000-b (stopped), 20250103-000000-c (failed)\n"
    )
    for number in range(4, 8):
        made_run("runs", f"2025010{number}-000000-d", status="failed")
    assert invoke("runs", "show", "latest").stderr.endswith("20250107-000000-d (failed) and 3 more\n")


def test_without_a_finished_run_latest_names_what_there_is(invoke: Invoke) -> None:
    made_run("runs", "20250102-000000-b", status="stopped")
    result = invoke("runs", "show", "latest")
    assert result.exit_code == 2
    assert "no finished run in runs; there is 20250102-000000-b (stopped); " in result.stderr


def test_a_latest_run_of_another_task_is_named_by_its_task(invoke: Invoke) -> None:
    made_run("runs", "20250101-000000-a", config={"task": "language_model"})
    made_run("runs", "20250102-000000-b", config={"task": "translation"})
    result = invoke("generate")
    assert "the latest run is 20250101-000000-a; passed over: 20250102-000000-b (translation)" in result.stderr
