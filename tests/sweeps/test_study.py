"""What is asked and told: grids, seeds, storages, and an Optuna that is not there."""

import sys

import pytest
from small_sweeps import SPACE, swept, written

from seqlab.errors import RequestError, SeqlabError
from seqlab.sweeps.opened import open_sweep
from seqlab.sweeps.storage import import_optuna
from seqlab.sweeps.study import search_details

GRID = {"model.hidden": [8, 16], "training.epochs": {"low": 1, "high": 3, "integer": True}}


@pytest.mark.usefixtures("formula")
def test_a_grid_is_searched_exactly_once_in_order(tmp_path):
    opened = swept(written(tmp_path, space=GRID, search={"name": "grid"}), tmp_path / "runs")
    assert [each.values for each in opened.rows] == opened.sweep.grid
    assert len(opened.rows) == 6


@pytest.mark.usefixtures("formula")
def test_a_random_search_draws_the_same_values_whoever_asks(tmp_path):
    alone = swept(written(tmp_path), tmp_path / "alone")
    opened = open_sweep(written(tmp_path), tmp_path / "shared")
    other = open_sweep(written(tmp_path), tmp_path / "shared")
    asked = [each.study.values(each.study.ask()) for each in (opened, other, other, opened)]
    assert asked == [each.values for each in alone.rows]
    reseeded = swept(written(tmp_path, search={"name": "random", "trials": 4, "seed": 2}), tmp_path / "reseeded")
    assert [each.values for each in reseeded.rows[1:]] != [each.values for each in alone.rows[1:]]


@pytest.mark.usefixtures("formula")
def test_tpe_finds_better_values_than_the_base_has(tmp_path):
    opened = swept(written(tmp_path, search={"name": "tpe", "trials": 30}), tmp_path / "runs")
    best = opened.best
    assert best.row.value > best.base.value
    assert best.row.values["training.learning_rate"] == pytest.approx(0.01, rel=0.3)
    assert set(opened.study.importances()) == set(SPACE)


@pytest.mark.usefixtures("formula")
def test_a_database_holds_the_study_instead_of_a_journal(tmp_path):
    url = f"sqlite:///{tmp_path / 'sweep.db'}"
    opened = swept(written(tmp_path), tmp_path / "runs", storage=url)
    assert not opened.directory.journal_file.exists()
    assert [each.state for each in opened.rows] == ["finished"] * 4
    with pytest.raises(RequestError, match=r"keeps its trials in sqlite:///.*: give --storage sqlite"):
        open_sweep(written(tmp_path), tmp_path / "runs")


@pytest.mark.usefixtures("formula")
def test_a_torn_journal_goes_on_and_a_damaged_one_is_named(tmp_path):
    opened = swept(written(tmp_path), tmp_path / "runs")
    journal = opened.directory.journal_file
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"op_code":6,"wor')
    assert open_sweep(written(tmp_path), tmp_path / "runs").rows == opened.rows
    assert journal.read_bytes().startswith(whole)
    journal.write_bytes(b"{torn" + whole)
    with pytest.raises(SeqlabError, match=r"line 1 of .* is damaged"):
        open_sweep(written(tmp_path), tmp_path / "runs")
    assert journal.read_bytes() == b"{torn" + whole


def test_without_optuna_the_command_to_install_it_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(RequestError, match=r"pip install 'seqlab\[sweep\]'"):
        open_sweep(written(tmp_path), tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_an_old_optuna_is_refused(monkeypatch):
    monkeypatch.setattr(import_optuna(), "__version__", "4.9.1")
    with pytest.raises(RequestError, match=r"needs Optuna 5, not 4\.9\.1"):
        import_optuna()


def test_the_settings_of_the_sampler_are_recorded(tmp_path):
    sweep = open_sweep(written(tmp_path, search={"name": "tpe", "trials": 1}), tmp_path / "runs")
    recorded = sweep.directory.record()["optuna"]
    assert recorded == search_details(sweep.sweep.search)["optuna"]
    assert recorded["sampler"] == "TPESampler"
    assert recorded["version"] == import_optuna().__version__
    assert recorded["settings"]["n_startup_trials"] == 10
