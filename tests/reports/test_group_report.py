"""What the runs of a group say together."""

from pathlib import Path

import pytest
from made_runs import made_run

from seqlab import runs
from seqlab.reports.group_report import group_report, monitor_of

RESULTS = [
    {"validation.loss": 0.3, "validation.accuracy": 0.93, "test.loss": 0.2, "test.accuracy": 0.90},
    {"validation.loss": 0.2, "validation.accuracy": 0.91, "test.loss": 0.4, "test.accuracy": 0.80},
    {"validation.loss": 0.4, "validation.accuracy": 0.92, "test.loss": 0.3, "test.accuracy": 0.94},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed, result in enumerate(RESULTS, 1):
        made_run(tmp_path, f"2025010{seed}-000000-a", group="g", seed=seed, result=result)
    made_run(tmp_path, "20250104-000000-a", group="g", seed=4, status="diverged", result={"test.accuracy": 0.1})
    return tmp_path


def test_the_best_is_chosen_by_validation_and_never_by_test(folder: Path) -> None:
    report = group_report("g", runs.list_runs(folder))
    assert report.best is not None
    assert (report.best.seed, report.best.metric, report.best.value) == (2, "validation.loss", 0.2)
    assert len(report.finished) == 3
    assert report.metrics["test.accuracy"].runs == 3
    assert report.metrics["test.accuracy"].mean == pytest.approx(0.88)
    assert report.metrics["test.accuracy"].standard_deviation == pytest.approx((0.0104 / 2) ** 0.5)
    assert report.headline == ["validation.loss", "test.accuracy", "test.loss"]


def test_the_monitor_of_the_config_chooses(folder: Path) -> None:
    for each in runs.list_runs(folder):
        config = {
            "task": "classification",
            "training": {"monitor": "validation.accuracy"},
            "runtime": {"seed": each.seed},
        }
        each.run.update(config=config)
    best = group_report("g", runs.list_runs(folder)).best
    assert best is not None
    assert (best.seed, best.value) == (1, 0.93)


def test_a_run_that_lost_its_result_leaves_the_others_theirs(folder: Path) -> None:
    runs.locate("20250101-000000-a", folder).result_file.unlink()
    report = group_report("g", runs.list_runs(folder))
    assert len(report.runs) == 4
    assert [each.seed for each in report.finished] == [2, 3]
    assert report.metrics["test.accuracy"].mean == pytest.approx(0.87)
    assert report.best is not None
    assert report.best.seed == 2


def test_a_group_without_a_finished_run(folder: Path) -> None:
    report = group_report("g", [each for each in runs.list_runs(folder) if each.seed == 4])
    assert (report.best, dict(report.metrics), report.headline) == (None, {}, [])


@pytest.mark.parametrize(
    ("config", "monitor"),
    [
        ({"task": "classification"}, "validation.loss"),
        ({"task": "of a plug-in"}, "validation.loss"),
        ({"task": "translation", "training": {"monitor": "validation.bleu"}}, "validation.bleu"),
        ({"training": [1]}, "validation.loss"),
        ({"training": {"monitor": 3}}, "validation.loss"),
    ],
)
def test_what_chooses(config: dict[str, object], monitor: str) -> None:
    assert monitor_of(config) == monitor
