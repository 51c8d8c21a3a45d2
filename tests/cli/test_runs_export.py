"""`seqlab runs export`: tables of runs as files."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from made_runs import made_run
from typer.testing import Result

from seqlab.runs.notes import set_label

Invoke = Callable[..., Result]


@pytest.fixture
def folder(invoke: Invoke) -> None:
    for seed in (2, 1):
        made_run(
            "runs", f"2025010{3 - seed}-000000-a-seed{seed}", group="20250101-000000-a", seed=seed,
            result={"test.accuracy": seed / 4, "epochs": 3},
        )  # fmt: skip
    run = made_run("runs", "20250105-000000-b", config={"data": {"name": "50% & more"}}, result={"test.accuracy": 0.75})
    set_label(run, "=1+1")


@pytest.mark.usefixtures("folder")
def test_csv(invoke: Invoke) -> None:
    result = invoke("runs", "export", "b", "a", "-o", "table.csv")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "wrote table.csv: 3 runs, 5 columns\n"
    with Path("table.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["run", "label", "runtime.seed", "data.name", "test.accuracy"],
            ["20250105-000000-b", "'=1+1", "", "50% & more", "0.75"],
            ["20250102-000000-a-seed1", "", "1", "", "0.25"],
            ["20250101-000000-a-seed2", "", "2", "", "0.5"],
        ]


@pytest.mark.usefixtures("folder")
def test_latex_and_markdown(invoke: Invoke) -> None:
    for name, expected in (
        ("t.tex", r"20250105-000000-b & 50\% \& more & 0.7500 \\"),
        ("t.md", "| 20250105-000000-b | 50% & more | 0.7500 |"),
    ):
        result = invoke("runs", "export", "-o", name, "--where", "data.name!=", "--columns", "data,test.accuracy")
        assert result.exit_code == 0, result.stderr
        assert expected in Path(name).read_text(encoding="utf-8").splitlines()


@pytest.mark.usefixtures("folder")
def test_a_group_is_a_row_of_means(invoke: Invoke) -> None:
    result = invoke("runs", "export", "--mean", "-o", "table.csv")
    assert (result.exit_code, result.stderr) == (0, "wrote table.csv: 2 rows, 5 columns\n")
    with Path("table.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["run", "seeds", "data.name", "test.accuracy", "test.accuracy.sd"],
            ["20250101-000000-a", "2", "", "0.375", "0.1767766952966369"],
            ["20250105-000000-b", "1", "50% & more", "0.75", ""],
        ]
    assert invoke("runs", "export", "--mean", "-o", "table.tex").exit_code == 0
    assert r"20250101-000000-a & 2 &  & 0.3750 \textpm{} 0.1768 \\" in Path("table.tex").read_text(encoding="utf-8")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("test.accuracy", ["20250105-000000-b", "20250101-000000-a"]),
        ("started", ["20250105-000000-b", "20250101-000000-a"]),
        ("data.name", ["20250105-000000-b", "20250101-000000-a"]),
        ("epochs", ["20250101-000000-a", "20250105-000000-b"]),  # the other run does not have it
    ],
)
def test_rows_of_means_have_the_order_that_is_asked_for(invoke: Invoke, sort: str, expected: list[str]) -> None:
    columns = ["--columns", "started,test.accuracy"]
    assert invoke("runs", "export", "--mean", "--sort", sort, *columns, "-o", "table.csv").exit_code == 0
    with Path("table.csv").open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    assert [row[0] for row in rows] == expected
    assert {row[0]: row[2] for row in rows}["20250101-000000-a"] == "2025-01-01T00:00:00.000+00:00"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "t.xlsx"], "t.xlsx has no ending that names a format: .csv, .tex or .md"),
        (["-o", "no/t.csv"], "the directory no does not exist"),
        (["nope", "-o", "t.csv"], "no run 'nope'"),
        (["--where", "seed=7", "-o", "t.csv"], "there are no such runs in runs"),
        (["-o", "runs/20250105-000000-b/result.json.csv", "--columns", "nope"], "no run has the key 'nope'"),
    ],
)
def test_what_cannot_be_written(invoke: Invoke, arguments: list[str], message: str) -> None:
    result = invoke("runs", "export", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.split())
    assert not Path("t.csv").exists()


@pytest.mark.usefixtures("folder")
def test_a_file_of_a_run_is_not_overwritten(invoke: Invoke) -> None:
    Path("runs/20250105-000000-b/model").mkdir()
    result = invoke("runs", "export", "-o", "runs/20250105-000000-b/model/t.csv")
    assert result.exit_code == 2
    assert "is a file of run 20250105-000000-b" in result.stderr
