"""Beginning and joining a sweep, and the files of its result."""

import pytest
from quick import Heard
from small_sweeps import swept, written

from seqlab.errors import RequestError
from seqlab.sweeps.opened import open_sweep
from seqlab.sweeps.storage import import_optuna
from seqlab.sweeps.study import FEWEST
from seqlab.sweeps.sweep_directory import SweepDirectory

pytestmark = pytest.mark.usefixtures("formula")


def test_the_result_is_a_config_and_two_pictures(tmp_path):
    opened = swept(written(tmp_path, search={"name": "random", "trials": FEWEST}), tmp_path / "runs")
    assert opened.write_result() == []
    names = {path.name for path in opened.directory.path.iterdir()}
    assert {"sweep.json", "study.journal", "best.yaml", "importance.png", "parallel.png"} <= names


def test_without_a_finished_trial_there_is_no_result(tmp_path, formula):
    formula.fails = dict.fromkeys(range(4), "not finite")
    opened = swept(written(tmp_path), tmp_path / "runs")
    assert (opened.best, opened.write_result()) == (None, [])
    assert not opened.directory.best_file.exists()


def test_another_version_of_optuna_is_told(tmp_path, monkeypatch):
    heard = Heard()
    open_sweep(written(tmp_path), tmp_path / "runs", progress=heard)
    monkeypatch.setattr(import_optuna(), "__version__", "6.0.0")
    open_sweep(written(tmp_path), tmp_path / "runs", progress=heard)
    (said,) = heard.lines
    assert said.startswith("this sweep began with Optuna 5.")
    assert "and this is Optuna 6.0.0" in said


def test_a_new_sweep_records_what_it_searches(tmp_path):
    opened = open_sweep(written(tmp_path), tmp_path / "runs")
    record = opened.directory.record()
    assert (record["format"], record["name"], record["direction"]) == (1, "small", "maximize")
    assert record["storage"] == "study.journal"
    assert record["sweep"]["search"] == {
        "name": "random", "trials": 4, "minutes": None, "seed": 1, "pruning": "none", "warmup": 1,
    }  # fmt: skip


def test_few_trials_do_not_tell_which_keys_matter(tmp_path):
    opened = swept(written(tmp_path, search={"name": "random", "trials": FEWEST - 1}), tmp_path / "runs")
    opened.write_result()
    assert opened.study.importances() == {}
    assert not (opened.directory.path / "importance.png").exists()


@pytest.mark.parametrize("storage", ["study.journal", "sqlite:///sweep.db"])
def test_trials_whose_study_is_gone_are_not_trained_again(tmp_path, formula, monkeypatch, storage):
    monkeypatch.chdir(tmp_path)
    url = None if storage == "study.journal" else storage
    opened = swept(written(tmp_path), tmp_path / "runs", storage=url)
    (opened.directory.path / storage if url is None else tmp_path / "sweep.db").unlink()
    begun = len(formula.begun)
    with pytest.raises(
        RequestError, match=r"is gone: .* of which 4 runs are in .*Restore it from a copy; to begin a new"
    ):
        open_sweep(written(tmp_path), tmp_path / "runs", storage=url)
    assert len(formula.begun) == begun


def test_a_sweep_of_which_no_trial_began_is_discarded_with_its_study(tmp_path, monkeypatch):
    opened, studies = open_sweep(written(tmp_path), tmp_path / "runs"), []
    storage, remove = opened.study.study._storage, SweepDirectory.remove
    open_sweep(written(tmp_path), tmp_path / "runs").discard_unused()
    assert opened.directory.path.is_dir(), "another process began it"

    def removed(directory):
        studies.append(storage.get_all_studies())
        remove(directory)

    monkeypatch.setattr(SweepDirectory, "remove", removed)
    opened.discard_unused()
    assert (studies, opened.directory.path.exists()) == ([[]], False)


def test_a_sweep_with_a_trial_is_not_discarded(tmp_path):
    opened = open_sweep(written(tmp_path), tmp_path / "runs")
    opened.study.ask()
    opened.discard_unused()
    assert opened.directory.path.is_dir()
