"""Tables in which a group of runs is one row."""

from pathlib import Path
from typing import Any

import pytest
from made_runs import made_run

from seqlab import runs
from seqlab.reports.group_table import group_table, with_deviations
from seqlab.runs.groups import Spread


def seed(folder: Path, day: int, number: int, group: str, units: int, **more: Any) -> None:
    made_run(
        folder, f"2025010{day}-000000-x{number}", group=group, seed=number,
        config={"model": {"units": units}, "runtime": {"seed": number}}, **more,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, accuracy in ((1, 0.8), (2, 0.9), (3, 1.0)):
        seed(tmp_path, number, number, "20250101-000000-wide", 64, result={"test.accuracy": accuracy, "epochs": 3})
    seed(tmp_path, 4, 1, "20250104-000000-narrow", 8, result={"test.accuracy": 0.5})
    seed(tmp_path, 5, 2, "20250104-000000-narrow", 8, status="failed", result={})
    return tmp_path


def test_means_and_deviations_of_the_finished_runs(folder: Path) -> None:
    table = group_table(runs.list_runs(folder))
    assert table.columns == ("run", "seeds", "model.units", "test.accuracy")  # not the seed: it differs in a group
    wide, narrow = table.rows
    assert wide[:3] == ("20250101-000000-wide", 3, 64)
    assert wide[3] == Spread(3, pytest.approx(0.9), pytest.approx(0.1), 0.8, 1.0)
    assert narrow == ("20250104-000000-narrow", 1, 8, Spread(1, 0.5, None, 0.5, 0.5))
    assert table.markdown("{:.3f}".format).splitlines()[2:] == [
        "| 20250101-000000-wide | 3 | 64 | 0.900 ± 0.100 |",
        "| 20250104-000000-narrow | 1 | 8 | 0.500 |",
    ]


def test_programs_read_means_and_deviations_in_columns_of_their_own(folder: Path) -> None:
    table = with_deviations(group_table(runs.list_runs(folder), ["seeds", "test.accuracy", "runtime.seed"]))
    assert table.columns == ("run", "seeds", "test.accuracy", "test.accuracy.sd", "runtime.seed")
    assert table.rows[0] == ("20250101-000000-wide", 3, pytest.approx(0.9), pytest.approx(0.1), None)
    assert table.rows[1] == ("20250104-000000-narrow", 1, 0.5, None, 1)


def test_a_metric_that_no_run_has(folder: Path) -> None:
    table = group_table(runs.list_runs(folder), ["test.bleu"])
    assert [row[2] for row in table.rows] == [None, None]
    assert with_deviations(table).columns == ("run", "seeds", "test.bleu")
