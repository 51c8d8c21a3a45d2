"""`seqlab runs list`: which runs, in which order, in which format; what is read for it."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from made_runs import made_run
from typer.testing import Result

from seqlab import files
from seqlab.runs.notes import set_label

Invoke = Callable[..., Result]


@pytest.fixture
def folder(invoke: Invoke) -> Path:
    """Three bags of several widths, the second the best; a translator; one that failed."""
    for number, (accuracy, loss) in enumerate([(0.9, 0.3), (0.95, 0.2), (0.85, 0.4)], 1):
        made_run(
            "runs",
            f"2025010{number}-000000-bag",
            config={"model": {"name": "bag", "hidden": 8 * number}, "training": {"learning_rate": 10.0**-number}},
            seed=number,
            result={"test.loss": loss, "test.accuracy": accuracy},
            seconds=60.0 * number,
            ended="2025-01-09T00:00:00",
        )
    made_run("runs", "20250104-000000-mt", config={"task": "translation"}, result={"test.bleu": 30.5})
    made_run("runs", "20250105-000000-bad", status="failed", reason="the disk is full")
    return Path("runs")


def ids(result: Result) -> str:
    """The third last digits of the days, in order."""
    assert result.exit_code == 0, result.stderr
    return "".join(line[7] for line in result.stdout.splitlines() if line.startswith("2025"))


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], "12345"),
        (["--status", "failed"], "5"),
        (["--task", "translation"], "4"),
        (["--where", "model.hidden>8", "--where", "seed!=3"], "2"),
        (["--sort", "test.accuracy"], "21345"),
        (["--sort", "test.loss"], "21345"),
        (["--sort", "started"], "54321"),
        (["--sort", "model.hidden", "--where", "model=bag"], "123"),
        (["--columns", "seed", "--sort", "test.loss", "--where", "model=bag"], "213"),
    ],
)
def test_which_runs_in_which_order(invoke: Invoke, options: list[str], found: str) -> None:
    assert ids(invoke("runs", "list", *options)) == found


@pytest.mark.usefixtures("folder")
def test_a_task_that_there_is_not(invoke: Invoke) -> None:
    result = invoke("runs", "list", "--task", "translations")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "unknown task 'translations'; did you mean 'translation'?" in " ".join(result.stderr.split())
    made_run("runs", "20250105-000000-x", config={"task": "of_a_plugin"})
    assert "20250105-000000-x" in invoke("runs", "list", "--task", "of_a_plugin").stdout


@pytest.mark.usefixtures("folder")
def test_what_differs_is_shown_as_far_as_there_is_room(invoke: Invoke) -> None:
    lines = invoke("runs", "list", "--where", "model=bag").stdout.splitlines()
    assert lines[0].split() == ["run", "status", "hidden", "learning_rate", "total", "time", "test.accuracy"]
    assert lines[2].split() == ["20250102-000000-bag", "finished", "16", "0.01", "2", "min", "0", "s", "0.9500"]
    assert max(map(len, lines)) <= 80
    assert "seed" in invoke("runs", "list", "--where", "model=bag", "--columns", "seed").stdout.splitlines()[0]


@pytest.mark.usefixtures("folder")
def test_runs_of_several_tasks_name_their_metrics(invoke: Invoke) -> None:
    result = invoke("runs", "list")
    assert "test.accuracy 0.9500" in result.stdout
    assert "test.bleu 30.5000" in result.stdout
    assert "the disk is full" in result.stdout


@pytest.mark.usefixtures("folder")
def test_sizes_are_read_only_if_they_are_asked_for(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    (Path("runs/20250103-000000-bag") / "large").write_bytes(b"x" * 3_000_000)
    result = invoke("runs", "list", "--sort", "size")
    assert ids(result)[0] == "3"
    assert "3.0 MB" in result.stdout

    def never(directory: Path) -> int:
        raise AssertionError(directory)

    monkeypatch.setattr("seqlab.runs.trash.size_of", never)
    assert ids(invoke("runs", "list")) == "12345"


@pytest.mark.usefixtures("folder")
def test_formats(invoke: Invoke) -> None:
    (listed,) = json.loads(invoke("runs", "list", "--json", "--where", "seed=2").stdout)
    assert listed["id"] == "20250102-000000-bag"
    assert (listed["seed"], listed["group"], listed["label"]) == (2, None, None)
    assert listed["config"]["model"] == {"name": "bag", "hidden": 16}
    assert listed["result"] == {"test.loss": 0.2, "test.accuracy": 0.95}
    read = list(csv.reader(io.StringIO(invoke("runs", "list", "--csv", "--where", "model=bag").stdout)))
    assert read[0][:3] == ["run", "model.hidden", "training.learning_rate"]
    assert read[2][:2] == ["20250102-000000-bag", "16"]
    shown = invoke("runs", "list", "--markdown", "--columns", "seed", "--size", "--where", "seed=2").stdout.splitlines()
    assert shown[:2] == ["| run | seed | bytes |", "| --- | ---: | ---: |"]
    assert invoke("runs", "list", "--csv", "--json").exit_code == 2


@pytest.mark.usefixtures("folder")
def test_a_label_is_a_column(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    run = made_run("runs", "20250106-000000-odd")
    set_label(run, f"[b]\x1b {'long ' * 10}")
    stdout = invoke("runs", "list").stdout
    assert r"[b]\x1b long long long…" in stdout
    assert "label" in stdout.splitlines()[0]
    assert "\x1b" not in invoke("runs", "list", "--csv").stdout


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--where", "model"], "expected KEY=VALUE"),
        (["--where", "modle=bag"], "no run has the key 'modle'; did you mean model"),
        (["--sort", "test.acuracy"], "did you mean test.accuracy"),
        (["--columns", "hidden"], r"did you mean model.hidden?"),
        (["--columns", ","], "--columns names no key"),
    ],
)
def test_keys_that_no_run_has(invoke: Invoke, options: list[str], message: str) -> None:
    result = invoke("runs", "list", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


@pytest.mark.usefixtures("folder")
def test_nothing_that_fits(invoke: Invoke) -> None:
    result = invoke("runs", "list", "--where", "seed=99")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "none of 5 runs fits\n")
    assert invoke("runs", "list", "--trash").stderr == "the trash of runs is empty\n"


def test_of_a_hundred_runs_only_two_files_each_are_read(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(100):
        run = made_run("runs", f"20250101-000000-{number}", seed=number, result={"test.accuracy": number / 100})
        run.metrics_file.mkdir()  # cannot be read
    opened = []
    real = files.open_regular
    monkeypatch.setattr(files, "open_regular", lambda path: opened.append(path.name) or real(path))
    for options in ([], ["--sort", "test.accuracy"], ["--where", "seed>50"]):
        opened.clear()
        assert invoke("runs", "list", *options).exit_code == 0
        assert sorted(set(opened)) == ["result.json", "run.json"]
        assert len(opened) == 200
