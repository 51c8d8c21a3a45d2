"""The directory of a sweep: who joins it, what may change, and that no list takes it for a run."""

import pytest
from quick import QUICK
from small_sweeps import SPACE, swept, written

from seqlab import runs
from seqlab.errors import RequestError, SeqlabError
from seqlab.runs.sweeps import is_sweep
from seqlab.sweeps.opened import open_sweep
from seqlab.sweeps.sweep_directory import Clock

pytestmark = pytest.mark.usefixtures("formula")


def test_the_same_file_joins_and_another_name_begins_anew(tmp_path):
    first = open_sweep(written(tmp_path), tmp_path / "runs")
    assert open_sweep(written(tmp_path), tmp_path / "runs").directory == first.directory
    other = open_sweep(written(tmp_path, name="other.yaml"), tmp_path / "runs")
    assert other.directory != first.directory
    assert first.directory.path.name.endswith("-small-sweep")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"space": {**SPACE, "model.hidden": [8, 32]}}, r'space.model.hidden: {"values": \[8, 16\]} → .*32'),
        ({"space": {"model.hidden": [8, 16]}}, r"space.training.learning_rate: .* → \(absent\)"),
        ({"search": {"name": "tpe", "trials": 4}}, 'search.name: "random" → "tpe"'),
        ({"goal": "validation.loss"}, 'goal: "validation.accuracy" → "validation.loss"'),
        ({"base": {**QUICK, "training": {"epochs": 4, "learning_rate": 5e-3}}}, "base.training.epochs: 3 → 4"),
    ],
)
def test_a_sweep_file_that_changed_is_refused_with_the_difference(tmp_path, change, line):
    opened = swept(written(tmp_path), tmp_path / "runs")
    with pytest.raises(RequestError, match=line) as error:
        open_sweep(written(tmp_path, **change), tmp_path / "runs")
    source = "base.yaml" if "base" in change else "small.yaml"
    assert str(error.value).startswith(f"{tmp_path / source} changed since sweep {opened.directory.id} began:")
    assert "or give small.yaml another name" in str(error.value)
    assert open_sweep(written(tmp_path), tmp_path / "runs").rows == opened.rows


def test_a_larger_budget_is_recorded(tmp_path):
    open_sweep(written(tmp_path), tmp_path / "runs")
    opened = open_sweep(written(tmp_path, search={"name": "random", "trials": 9}), tmp_path / "runs")
    assert opened.directory.record()["sweep"]["search"]["trials"] == 9


def test_lists_of_runs_show_the_trials_and_not_the_sweep(tmp_path):
    opened = swept(written(tmp_path), tmp_path / "runs")
    assert is_sweep(opened.directory.path)
    summaries = runs.list_runs(tmp_path / "runs")
    assert [each.status for each in summaries] == ["finished"] * 4
    assert runs.find("latest", tmp_path / "runs").id == opened.rows[-1].run


def test_a_folder_that_cannot_be_written_and_a_damaged_record_are_refused(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SeqlabError, match="cannot write to the runs folder"):
        open_sweep(written(tmp_path), tmp_path / "file")
    opened = open_sweep(written(tmp_path), tmp_path / "runs")
    opened.directory.record_file.write_text("{}", encoding="utf-8")
    with pytest.raises(RequestError, match=r"sweep\.json is damaged"):
        open_sweep(written(tmp_path), tmp_path / "runs")


def test_of_two_commands_at_once_one_counts_the_time(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("seqlab.sweeps.sweep_directory.time.monotonic", lambda: now[0])
    directory = open_sweep(written(tmp_path), tmp_path / "runs").directory
    one, other = Clock(directory), Clock(directory)
    for seconds in (0, 10, 25, 1025):  # it slept for a while
        now[0] = seconds
        one.tick()
        other.tick()
    assert one.spent() == other.spent() == 10 + 15 + 60
    one.close()
    other.tick()
    now[0] += 5
    other.tick()
    assert other.spent() == 90


def test_both_files_are_named_if_both_changed(tmp_path):
    open_sweep(written(tmp_path), tmp_path / "runs")
    changed = written(tmp_path, base={**QUICK, "training": {"epochs": 4}}, goal="validation.loss")
    with pytest.raises(RequestError, match=r"small\.yaml and .*base\.yaml changed since"):
        open_sweep(changed, tmp_path / "runs")


def test_a_sweep_in_a_journal_and_one_in_a_database_are_told_apart(tmp_path):
    open_sweep(written(tmp_path), tmp_path / "runs")
    with pytest.raises(
        RequestError, match=r"keeps its trials in study\.journal: leave --storage and SEQLAB_STORAGE out"
    ):
        open_sweep(written(tmp_path), tmp_path / "runs", storage=f"sqlite:///{tmp_path / 'sweep.db'}")
