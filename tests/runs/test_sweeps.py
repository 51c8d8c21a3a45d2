"""Which directories below the folder of runs are sweeps, and what a trial records."""

import pytest
from made_runs import made_run

from seqlab import runs
from seqlab.errors import RequestError
from seqlab.runs.selection import parse_condition, selected
from seqlab.runs.sweeps import TrialOf, is_sweep, sweep_of


def test_a_run_whose_name_ends_like_a_sweep_is_a_run(tmp_path):
    made_run(tmp_path, "20250101-000000-my-sweep")
    (tmp_path / "20250101-000001-x-sweep").mkdir()
    (tmp_path / "20250101-000001-x-sweep" / "sweep.json").write_text("{}", encoding="utf-8")
    assert [each.run.id for each in runs.list_runs(tmp_path)] == ["20250101-000000-my-sweep"]
    assert not is_sweep(tmp_path / "20250101-000000-my-sweep")


def test_trials_are_found_by_their_sweep(tmp_path):
    made_run(tmp_path, "20250101-000000-a")
    made_run(tmp_path, "20250101-000001-a", **TrialOf("20250101-000000-s", 3).record)
    summaries = runs.list_runs(tmp_path)
    found = selected(summaries, [parse_condition("sweep=20250101-000000-s"), parse_condition("trial=3")])
    assert [each.run.id for each in found] == ["20250101-000001-a"]


def test_a_sweep_where_a_run_is_asked_for_is_called_one(tmp_path):
    made_run(tmp_path, "20250101-000002-s-000")
    directory = tmp_path / "20250101-000000-s-sweep"
    directory.mkdir()
    (directory / "sweep.json").write_text("{}", encoding="utf-8")
    for reference in (directory.name, "20250101-000000-s", str(directory)):
        with pytest.raises(RequestError, match=r"is a sweep, and no run: .*--where sweep=20250101-000000-s` lists"):
            runs.find(reference, tmp_path)
    for reference in ("20250101-000000", "x" * 5000, "\0", "", "."):
        assert sweep_of(reference, tmp_path) is None
