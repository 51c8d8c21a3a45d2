"""Groups of runs: which runs a reference means, and the numbers over their seeds."""

import math
from pathlib import Path

import pytest
from made_runs import made_run

from seqlab import runs
from seqlab.errors import RequestError
from seqlab.runs.groups import Membership, group_meant, members, spread, spread_of
from seqlab.runs.trash import move_to_trash, restore

GROUP = "20250101-000000-base"


@pytest.fixture
def group(runs_dir: Path) -> str:
    """Three seeds in another order than that of their numbers, and one that is not finished."""
    for second, seed in enumerate((10, 2, 1)):
        made_run(runs_dir, f"20250101-00000{second}-base-seed{seed}", group=GROUP, seed=seed)
    made_run(runs_dir, "20250101-000003-base-seed3", group=GROUP, seed=3, status="stopped")
    made_run(runs_dir, "20250102-000000-other", seed=1)
    return GROUP


@pytest.mark.parametrize("reference", [GROUP, "20250101", "20250101-000000-b", "base"])
def test_the_finished_runs_of_a_group_in_the_order_of_their_seeds(runs_dir: Path, group: str, reference: str) -> None:
    found = runs.find_group(reference, runs_dir)
    assert [run.id.rpartition("-")[2] for run in found] == ["seed1", "seed2", "seed10"]
    assert [each.seed for each in members(group, runs.list_runs(runs_dir))] == [1, 2, 3, 10]


@pytest.mark.parametrize("reference", ["", " ", "2025", "2", "other", "bas", "base-seed1"])
def test_what_means_no_group(runs_dir: Path, group: str, reference: str) -> None:
    """`2025` begins the id of a run outside the group as well."""
    assert runs.find_group(reference, runs_dir) == ()


def test_the_id_of_a_group_is_not_that_of_its_run(runs_dir: Path) -> None:
    """It is the beginning of the id of a run that began in the same second."""
    run = made_run(runs_dir, f"{GROUP}-seed1", group=GROUP, seed=1)
    with pytest.raises(RequestError, match=f"'{GROUP}' is a group of runs; name one of them: {run.id}"):
        runs.locate(GROUP, runs_dir)
    assert runs.locate(run.id, runs_dir) == run
    assert runs.locate(f"{GROUP}-s", runs_dir) == run
    move_to_trash(run)
    with pytest.raises(RequestError, match=f"is a group of runs; restore one after another: {run.id}"):
        restore(GROUP, runs_dir)
    assert restore(run.id, runs_dir) == run


def test_a_run_of_the_name_comes_before_the_group(runs_dir: Path, group: str) -> None:
    made_run(runs_dir, "20250103-000000-base")
    assert runs.find_group("base", runs_dir) == ()
    assert len(runs.find_group(group, runs_dir)) == 3


def test_several_groups_of_one_name(runs_dir: Path, group: str) -> None:
    made_run(runs_dir, "20250105-000000-base-seed1", group="20250105-000000-base", seed=1)
    with pytest.raises(RequestError, match="2 groups are named 'base': 20250101-000000-base, 20250105-000000-base"):
        runs.find_group("base", runs_dir)
    assert len(runs.find_group("20250105", runs_dir)) == 1


def test_a_copy_of_a_run_does_not_count_twice(runs_dir: Path, group: str) -> None:
    made_run(runs_dir, "20250101-000002-base-seed1-copy", group=group, seed=1)
    found = [run.id.partition("-base-")[2] for run in runs.find_group(group, runs_dir)]
    assert found == ["seed1", "seed2", "seed10"]


def test_a_run_with_what_no_run_contains_is_not_used(runs_dir: Path, group: str) -> None:
    (runs_dir / "20250101-000002-base-seed1" / "model").symlink_to(runs_dir)
    with pytest.raises(RequestError, match="is a symbolic link"):
        runs.find_group(group, runs_dir)


def test_nothing_is_found_where_there_is_nothing(runs_dir: Path) -> None:
    assert runs.find_group("base", runs_dir) == ()
    assert group_meant("base", []) is None


def test_a_run_records_its_group(runs_dir: Path) -> None:
    run = runs.create(runs_dir, "base-seed1", Membership(GROUP, (1, 2)).record)
    assert (run.metadata()["group"], run.metadata()["group_seeds"]) == (GROUP, [1, 2])
    run.update(group=7)
    with pytest.raises(RequestError, match="'group' must be a text"):
        run.metadata()


def test_the_spread_is_that_of_a_sample() -> None:
    """(2, 4, 4, 4, 5, 5, 7, 9): the mean is 5, the sum of squared deviations 32, and 32 / 7 the variance."""
    found = spread([2, 4, 4, 4, 5, 5, 7, 9])
    assert found.runs == 8
    assert found.mean == 5
    assert found.standard_deviation == pytest.approx(math.sqrt(32 / 7), rel=1e-12)
    assert (found.minimum, found.maximum) == (2, 9)
    assert spread([0.5]).standard_deviation is None
    assert (spread([84 / 90] * 3).mean, spread([84 / 90] * 3).standard_deviation) == (84 / 90, 0.0)


def test_the_spread_of_what_all_results_have_as_a_number() -> None:
    found = spread_of([{"a": 1, "b": 2.0, "c": "text", "d": True}, {"a": 3, "b": None, "c": "text", "d": True}])
    assert list(found) == ["a"]
    assert found["a"].mean == 2
    assert spread_of([]) == {}
