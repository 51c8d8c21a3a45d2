"""Which directories below the folder of runs are sweeps, and what a trial records."""

from made_runs import made_run

from seqlab import runs
from seqlab.runs.selection import parse_condition, selected
from seqlab.runs.sweeps import TrialOf, is_sweep


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
