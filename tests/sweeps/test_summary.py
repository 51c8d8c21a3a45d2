"""The best trial, how it differs from the base, and that nothing of the test split takes part."""

import json

import pytest
from small_sweeps import GOAL, swept, written

from seqlab.config import dump, load
from seqlab.sweeps.summary import TrialRow, as_json, in_order

pytestmark = pytest.mark.usefixtures("formula")


def row(number, value, state="finished"):
    return TrialRow(number, state, value, 1, {}, None, None)


def test_the_earlier_of_equals_is_the_best_and_only_finished_trials_count():
    rows = [row(0, 0.5), row(1, 0.9, "pruned"), row(2, 0.7), row(3, 0.7), row(4, None, "failed")]
    assert [each.number for each in in_order(rows, maximize=True)] == [2, 3, 0, 1, 4]
    assert [each.number for each in in_order(rows, maximize=False)] == [0, 2, 3, 1, 4]


def test_the_best_config_trains_as_it_is(tmp_path):
    opened = swept(written(tmp_path, search={"name": "random", "trials": 6}), tmp_path / "runs")
    opened.write_result()
    best = opened.best
    written_config = load(opened.directory.best_file)
    assert dump(written_config.experiment) == dump(opened.sweep.trial_config(best.row.values).experiment)
    assert {key: new for key, (_, new) in best.changes.items()}.items() <= best.row.values.items()
    assert best.base.number == 0
    assert best.run.run.id == best.row.run


def test_the_json_has_results_of_the_test_split_for_the_best_alone(tmp_path):
    opened = swept(written(tmp_path), tmp_path / "runs")
    shown = as_json(opened.sweep, opened.directory, opened.rows, {})
    assert "test" not in json.dumps(shown["trials"])
    assert shown["best"]["result"]["test.accuracy"] == 0.25
    assert shown["best"]["value"] == max(each["value"] for each in shown["trials"])
    assert (shown["goal"], shown["direction"]) == (GOAL, "maximize")


def test_a_deleted_run_of_the_best_trial_takes_nothing_but_its_result(tmp_path):
    from shutil import rmtree

    opened = swept(written(tmp_path), tmp_path / "runs")
    rmtree(tmp_path / "runs" / opened.best.row.run)
    assert opened.best.run is None
    assert as_json(opened.sweep, opened.directory, opened.rows, {})["best"]["result"] == {}
