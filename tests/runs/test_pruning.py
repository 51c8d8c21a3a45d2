"""What `runs prune` removes, and what stays whatever the options say."""

from pathlib import Path
from typing import Any

import pytest
from made_runs import made_run

from seqlab import runs
from seqlab.runs import RunSummary
from seqlab.runs.groups import Unit, units_of
from seqlab.runs.pruning import all_but_last, best, failed, pruning


@pytest.fixture
def listed(runs_dir: Path) -> list[RunSummary]:
    """`a` 0.8, `b` 0.9, a group `g` of 0.7 and 1.0 (mean 0.85), `c` without the metric, `d` diverged."""
    made_run(runs_dir, "20250101-000000-a", result={"test.accuracy": 0.8})
    made_run(runs_dir, "20250102-000000-g1", group="g", seed=1, result={"test.accuracy": 0.7})
    made_run(runs_dir, "20250103-000000-b", result={"test.accuracy": 0.9})
    made_run(runs_dir, "20250104-000000-g2", group="g", seed=2, result={"test.accuracy": 1.0})
    made_run(runs_dir, "20250105-000000-c", result={"test.bleu": 3})
    made_run(runs_dir, "20250106-000000-d", status="diverged")
    return runs.list_runs(runs_dir)


def names(units: list[Unit]) -> list[str]:
    return [unit.name.rpartition("-")[2] for unit in units]


def pruned(chosen: list[Unit], listed: list[RunSummary]) -> tuple[list[str], dict[str, str]]:
    found = pruning(chosen, listed, lambda each: "")
    return names(found.removed), found.stays


def test_a_group_is_one_unit_as_old_as_its_newest_run(listed: list[RunSummary]) -> None:
    assert names(units_of(listed)) == ["a", "b", "g", "c", "d"]


def test_the_best_by_the_mean_of_a_group(listed: list[RunSummary]) -> None:
    units = units_of(listed)

    def found(number: int, *, lower: bool = False) -> list[str]:
        (of_one_kind,) = best(units, "test.accuracy", number, lower=lower)
        return names(of_one_kind)

    assert found(1) == ["b"]
    assert found(2) == ["b", "g"]
    assert found(1, lower=True) == ["a"]
    assert found(0) == []
    assert found(9) == ["b", "g", "a"]


def test_the_best_of_each_task_and_data(runs_dir: Path) -> None:
    """A translator's accuracy of tokens is called like a classifier's: neither is the better run."""

    def made(number: int, name: str, task: str, accuracy: float, **splits: str) -> None:
        run_id, config = f"2025010{number}-000000-{name}", {"task": task}
        made_run(runs_dir, run_id, config=config, data={"splits": splits}, result={"test.accuracy": accuracy})

    made(1, "a", "classification", 0.8, train="1", test="x")
    made(2, "b", "classification", 0.9, train="2", test="x")  # trained on other data, tested on the same
    made(3, "c", "classification", 0.7, train="1", test="y")
    made(4, "d", "translation", 1.0, train="1", test="x")
    found = best(units_of(runs.list_runs(runs_dir)), "test.accuracy", 1, lower=False)
    assert [names(each) for each in found] == [["b"], ["c"], ["d"]]


def test_all_but_the_last(listed: list[RunSummary]) -> None:
    units = units_of(listed)
    assert names(all_but_last(units, 2)) == ["a", "b", "g"]
    assert names(all_but_last(units, 0)) == ["a", "b", "g", "c", "d"]
    assert all_but_last(units, 9) == []


def test_what_failed_is_not_what_was_stopped_nor_a_group_with_a_finished_run(runs_dir: Path) -> None:
    for number, status in enumerate(["failed", "diverged", "stopped", "running", "finished"]):
        made_run(runs_dir, f"2025010{number + 1}-000000-{status}", status=status)  # nobody writes the running one
    made_run(runs_dir, "20250107-000000-h1", group="h", status="failed")
    made_run(runs_dir, "20250108-000000-h2", group="h")
    assert names(failed(units_of(runs.list_runs(runs_dir)))) == ["failed", "diverged"]


def test_what_is_running_or_damaged_stays(runs_dir: Path) -> None:
    running = made_run(runs_dir, "20250101-000000-r")
    made_run(runs_dir, "20250102-000000-g1", group="g").metadata_file.write_text("{")
    with running.writing():
        listed = runs.list_runs(runs_dir)
        removed, stays = pruned(units_of(listed), listed)
    assert removed == []
    assert stays == {"20250101-000000-r": "it is running", "20250102-000000-g1": "it is damaged"}


@pytest.mark.parametrize(
    "needing",
    [
        {"parent": "20250101-000000-a"},
        {"init_from": {"run": "20250101-000000-a", "sha256": "1"}},
        {"encoder": {"run": "20250101-000000-a"}},
        {"config": {"init_from": "run:20250101-000000-a"}},
        {"config": {"init_from": "run:20250101"}},
        {"config": {"init_from": "run:a"}},
        {"config": {"model": {"embedding": [{"pretrained": "run:20250101-000000-a:source"}]}}},
        {"config": {"model": {"source": "run:/elsewhere/runs/20250101-000000-a"}}},
    ],
)
def test_what_another_run_needs_stays(runs_dir: Path, needing: dict[str, Any]) -> None:
    made_run(runs_dir, "20250101-000000-a")
    made_run(runs_dir, "20250102-000000-b", **needing)
    listed = runs.list_runs(runs_dir)
    first, second = units_of(listed)
    assert pruned([first], listed) == ([], {first.name: f"run {second.name} needs it"})
    assert pruned([first, second], listed) == (["a", "b"], {}), "both can go together"


def test_what_is_needed_by_what_is_needed_stays_and_a_group_stays_whole(runs_dir: Path) -> None:
    made_run(runs_dir, "20250101-000000-a")
    made_run(runs_dir, "20250102-000000-g1", group="g", parent="20250101-000000-a")
    made_run(runs_dir, "20250103-000000-g2", group="g")
    made_run(runs_dir, "20250104-000000-b", parent="20250103-000000-g2")
    made_run(runs_dir, "20250105-000000-z")
    listed = runs.list_runs(runs_dir)
    units = units_of(listed)
    assert pruned([unit for unit in units if "-b" not in unit.name], listed) == (
        ["z"],
        {"g": "run 20250104-000000-b needs it", "20250101-000000-a": "run 20250102-000000-g1 needs it"},
    )


def test_an_objection_to_one_run_keeps_its_group(listed: list[RunSummary]) -> None:
    found = pruning(units_of(listed), listed, lambda each: "a thesis" if each.run.id.endswith("g2") else "")
    assert found.stays == {"g": "a thesis"}
    assert "g" not in names(found.removed)
