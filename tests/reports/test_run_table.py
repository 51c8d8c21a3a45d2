"""Tables of runs: which columns, and what CSV, Markdown and LaTeX make of any text."""

import csv
import io
from pathlib import Path

import pytest
from made_runs import made_run

from seqlab import runs
from seqlab.reports.run_table import RunTable, differing, less_is_better, main_metrics, run_table
from seqlab.runs.notes import set_label

RESULT = {
    "train.loss": 0.2,
    "validation.loss": 0.25,
    "validation.baseline_accuracy": 0.5,
    "test.loss": 0.3,
    "test.accuracy": 0.91234567,
    "test.accuracy_low": 0.9,
    "test.f1.positive": 0.9,
    "test.bleu_signature": "nrefs:1",
    "epochs": 3,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    common = {"version": 1, "data": {"path": "/a", "name": "csv"}, "training": {"epochs": 3, "learning_rate": 0.001}}
    made_run(tmp_path, "20250101-000000-a", config=common | {"zeta": 1, "model": {"name": "bag"}}, result=RESULT)
    other = common | {"data": {"path": "/b", "name": "csv"}, "expected": {"test.loss": [0, 1]}}
    made_run(tmp_path, "20250102-000000-b", config=other | {"zeta": 2, "model": {"name": "bag_2", "hidden": 8}})
    return tmp_path


def test_the_keys_that_differ_the_essential_ones_first(folder: Path) -> None:
    assert differing(runs.list_runs(folder)) == ["model.name", "zeta", "model.hidden"]
    assert differing(runs.list_runs(folder)[:1]) == []
    assert differing([]) == []


def test_the_metrics_that_people_read(folder: Path) -> None:
    assert main_metrics(runs.list_runs(folder)) == ["test.loss", "test.accuracy", "validation.loss"]


def test_a_table_has_what_differs_and_the_metrics(folder: Path) -> None:
    table = run_table(runs.list_runs(folder))
    assert table.columns == (
        *("run", "model.name", "zeta", "model.hidden"),
        *("test.loss", "test.accuracy", "validation.loss"),
    )
    assert table.rows[0] == ("20250101-000000-a", "bag", 1, None, 0.3, 0.91234567, 0.25)
    assert table.rows[1] == ("20250102-000000-b", "bag_2", 2, 8, None, None, None)


def test_labels_and_states_are_columns_where_they_tell_something(folder: Path) -> None:
    failed = made_run(folder, "20250103-000000-c", status="failed")
    set_label(failed, "draft")
    assert run_table(runs.list_runs(folder)).columns[:3] == ("run", "label", "status")


def test_chosen_columns(folder: Path) -> None:
    table = run_table(runs.list_runs(folder), ["test.accuracy", "run", "seed"])
    assert table.columns == ("run", "test.accuracy", "seed")
    assert table.rows[0] == ("20250101-000000-a", 0.91234567, None)


def test_csv_has_all_digits_and_no_formula() -> None:
    rows = (("=1+1", 0.1 + 0.2, "a,b"), ("-0.5", None, '"q"\nnext'), ("@x", True, "+A1"))
    read = list(csv.reader(io.StringIO(RunTable(("run", "test.loss", "label"), rows).csv())))
    assert read == [
        ["run", "test.loss", "label"],
        ["'=1+1", "0.30000000000000004", "a,b"],
        ["-0.5", "", '"q"\nnext'],
        ["'@x", "true", "'+A1"],
    ]


def test_no_cell_holds_what_a_terminal_obeys() -> None:
    table = RunTable(("run", "label"), (("a", "evil \x1b[31m"),))
    for text in (table.csv(), table.markdown(str), table.latex(str)):
        assert "\x1b" not in text
        assert "x1b" in text


def test_latex_escapes_what_it_would_read() -> None:
    table = RunTable(("run", "test.f1_x"), ((r"a_b & 50% \cmd{x} $y$ #1 ~ ^", 0.5), ("c\nd", None)))
    lines = table.latex("{:.2f}".format).splitlines()
    assert lines == [
        r"% \usepackage{booktabs}",
        r"\begin{tabular}{lr}",
        r"\toprule",
        r"run & test.f1\_x \\",
        r"\midrule",
        r"a\_b \& 50\% \textbackslash{}cmd\{x\} \$y\$ \#1 \textasciitilde{} \textasciicircum{} & 0.50 \\",
        r"c d &  \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


def test_markdown_escapes_what_it_would_read() -> None:
    table = RunTable(("run", "training.epochs", "test.loss"), (("a|b *c* <br> `d`\n[e](f)", 1000, 0.123456),))
    assert table.markdown("{:.4f}".format).splitlines() == [
        "| run | training.epochs | test.loss |",
        "| --- | ---: | ---: |",
        r"| a\|b \*c\* \<br\> \`d\` \[e\](f) | 1000 | 0.1235 |",
    ]


@pytest.mark.parametrize(
    ("name", "less"),
    [
        ("test.accuracy", False),
        ("test.bleu", False),
        ("test.loss", True),
        ("validation.calibration_error", True),
        ("test.mae", True),
        ("test.bits_per_character", True),
        ("train.seconds", True),
        ("peak_memory_mb", True),
        ("train.examples_per_second", False),
    ],
)
def test_which_value_is_the_better_one(name: str, less: bool) -> None:
    assert less_is_better(name) is less
