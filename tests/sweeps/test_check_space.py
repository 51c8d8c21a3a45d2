"""Corner values meet the config check before the first trial."""

import yaml
from quick import QUICK
from small_sweeps import written

from seqlab.sweeps.read_sweep import read_sweep

TRANSFORMER = {
    **QUICK,
    "vectorizer": {"name": "words", "max_length": 32},
    "model": {"name": "transformer", "width": 8, "heads": 2, "feed_forward": 8},
}


def test_a_value_that_needs_another_one_is_accepted_and_what_does_not_go_together_is_told(tmp_path):
    """Heads divide the width: 3 heads need a width of 12, and the base has 8."""
    space = {"model.heads": [2, 3], "model.width": [8, 12]}
    sweep = read_sweep(written(tmp_path, base=TRANSFORMER, space=space, search={"name": "random", "trials": 2}))
    (note,) = sweep.notes
    assert note.startswith("1 of 4 combinations that were checked are refused, such as model.heads=3, model.width=8 (")


def test_a_value_that_goes_with_nothing_is_refused_at_its_place(tmp_path):
    space = {"model.heads": [2, 5], "model.width": [8, 12]}
    file = written(tmp_path, base=TRANSFORMER, space=space, search={"name": "random", "trials": 2})
    try:
        read_sweep(file)
    except Exception as error:
        (problem,) = error.problems
    assert (problem.path, problem.source_line.strip()) == ("space.model.heads.1", "- 5")


def test_a_condition_keeps_options_with_the_model_that_has_them(tmp_path):
    space = {
        "model": ["bag", {"name": "recurrent", "units": 8}],
        "model.units": {"values": [4, 8], "when": {"model": {"name": "recurrent", "units": 8}}},
        "model.hidden": {"values": [4, 8], "when": {"model": "bag"}},
    }
    sweep = read_sweep(written(tmp_path, space=space, search={"name": "grid"}))
    assert sweep.notes == ()
    assert [sweep.trial_config(each).experiment.model.name for each in sweep.grid] == ["bag"] * 2 + ["recurrent"] * 2
    assert yaml.safe_load(sweep.file.read_text(encoding="utf-8"))["space"] == space


def test_a_search_for_the_luckiest_seed_is_told(tmp_path):
    def notes(space):
        return read_sweep(written(tmp_path, space=space)).notes

    (note,) = notes({"runtime.seed": [1, 2, 3], "model.hidden": [4, 8]})
    assert note.startswith("runtime.seed is varied: the best of several seeds is the luckiest")
    assert notes({"model.hidden": [4, 8]}) == ()
