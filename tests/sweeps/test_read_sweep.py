"""Reading a sweep file: every mistake has a location and a way out, before anything is trained."""

import pytest
from quick import QUICK
from small_sweeps import written

from seqlab.config import ConfigError, dump
from seqlab.errors import RequestError
from seqlab.sweeps.read_sweep import read_sweep


def refused(tmp_path, text):
    """The problems of a sweep file: (line, column, message)."""
    file = tmp_path / "bad.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        read_sweep(file)
    return [(each.line, each.column, each.message) for each in error.value.problems]


def test_all_problems_are_shown_at_once_with_their_places(tmp_path):
    found = refused(
        tmp_path,
        "base: quickstart\nspaec: 1\nspace:\n  model.hiden: [8, 16]\n  model.hidden: [8, -3]\n"
        "  training.learning_rate: {low: 1e-1, high: 1e-2, log: true}\n  model.dropout: 3\n"
        "search: {name: tpee, minutes: -1}\ngoal: test.accuracy\n",
    )
    assert [(line, column) for line, column, _ in found] == [
        (2, 1), (4, 3), (5, 21), (6, 27), (7, 18), (8, 16), (8, 31), (9, 7),
    ]  # fmt: skip
    for (_, _, message), part in zip(
        found,
        [
            "did you mean 'space'?", "unknown key 'hiden'; did you mean 'hidden'?", "-3 is too small",
            "low is 0.1, above high, which is 0.01", "expected a list of values", "did you mean 'tpe'?",
            "-1 is too small; expected a number above 0", "use validation.accuracy",
        ],
        strict=True,
    ):  # fmt: skip
        assert part in message


@pytest.mark.parametrize(
    ("text", "place", "part"),
    [
        ("base: quickstart\nspace: {}\n", (2, 8), "got an empty mapping; expected a mapping"),
        ("base: quickstart\nspace: {model.hidden: []}\n", (2, 23), "got an empty list; expected a list"),
        ("", (1, 1), "expected a mapping with base and space, got an empty file"),
        ("base: quikstart\nspace: {model.hidden: [1]}\n", (1, 7), "did you mean the recipe 'quickstart'?"),
        ("space: {model.hidden: [1]}\n", (1, 1), "'base' is missing"),
        ("base: quickstart\nspace: {model.hidden: [8]}\n", (1, 1), "has no end: set search.trials"),
        ("base: quickstart\nspace: {task: [regression]}\n", (2, 9), "decides what a metric means"),
        ("base: quickstart\nspace: {data.take: [100]}\n", (2, 9), "examples that trials are compared on"),
        ("base: quickstart\nspace: {runtime.threads: [1, 2]}\n", (2, 9), "belongs to the machine"),
        ("base: quickstart\nspace: {expected.test.accuracy: [[0, 1]]}\n", (2, 9), "changes no training"),
        ("base: quickstart\nspace: {vectorizer.ngrams: {low: 1, high: 2}}\n", (2, 34), "add integer: true"),
        ("base: quickstart\nspace: {model.hidden: {values: [8], when: {x.y: 1}}}\n", (2, 44), "is not varied"),
        (
            "base: quickstart\nspace:\n  model.hidden: {values: [8], when: {training.batch_size: 3}}\n"
            "  training.batch_size: [16]\n",
            (3, 59),
            "3 is none of the values of 'training.batch_size': 16",
        ),
        (
            "base: quickstart\nspace:\n  model.hidden: {values: [8], when: {training.epochs: 1}}\n"
            "  training.epochs: {values: [1], when: {model.hidden: 8}}\n",
            (3, 31),
            "leads back",
        ),
        (
            "base: quickstart\nspace: {training.learning_rate: {low: 1e-3, high: 1}}\nsearch: {name: grid}\n",
            (2, 33),
            "a grid needs a list",
        ),
        (
            "base: quickstart\nspace: {training.epochs: {low: 1, high: 99, integer: true}, "
            "training.batch_size: {low: 1, high: 999, integer: true}}\nsearch: {name: grid}\n",
            (3, 9),
            "more than 10,000 points",
        ),
        (
            "base: quickstart\nspace: {model.hidden: [8]}\nsearch: {trials: 2}\ngoal: validation.acuracy\n",
            (4, 7),
            "did you mean 'accuracy'?",
        ),
        (
            "base: quickstart\nspace:\n  model: [bag, {name: recurrent, cell: gru}]\n"
            "  model.units: {values: [4], when: {model: {name: recurrent}}}\n",
            (4, 44),
            "{name: recurrent} is none of the values of 'model': bag, {name: recurrent, cell: gru}",
        ),
        (
            "base: quickstart\nspace:\n  model.hidden: {low: 1, high: 9, integer: true}\n"
            "  model.dropout: {values: [0.1], when: {model.hidden: 99}}\n",
            (4, 55),
            "99 is none of the values of 'model.hidden': a number from 1 to 9",
        ),
        *(
            (f"base: quickstart\nspace: {{model.hidden: [8]}}\nsearch: {{trials: 2}}\ngoal: {goal}\n", (4, 7), part)
            for goal, part in {
                "seconds": "judged by validation; use validation.loss",
                "accuracy": "judged by validation; use validation.accuracy",
                "train.accuracy": "judged by validation; use validation.accuracy",
                "test.macro_f1": "look too good; use validation.macro_f1",
            }.items()
        ),
        (
            "base: quickstart\nspace: {model.hidden: [8.0, 4]}\nsearch: {trials: 2}\n",
            (2, 24),
            "expected a whole number of at least 0; write 8",
        ),
        (
            "base: quickstart\nspace: {model.hidden: {low: 8, high: 9}}\nsearch: {trials: 2}\n",
            (2, 29),
            "add integer: true",
        ),
        ("- 1\n", (1, 1), "expected a mapping with base and space"),
    ],
)
def test_a_mistake_has_its_place_and_says_what_to_do(tmp_path, text, place, part):
    found = refused(tmp_path, text)
    assert any((line, column) == place and part in message for line, column, message in found), found


def test_a_missing_file_and_a_broken_base_say_so(tmp_path):
    with pytest.raises(RequestError, match=r"no file .*missing\.yaml"):
        read_sweep(tmp_path / "missing.yaml")
    file = written(tmp_path, base={**QUICK, "training": {"epochs": -1}})
    with pytest.raises(ConfigError, match=r"(?s)base\.yaml.*training\.epochs: -1 is too small"):
        read_sweep(file)


def test_a_base_is_looked_for_beside_the_sweep_file_then_among_the_recipes(tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    sweep = read_sweep(written(tmp_path))
    assert (sweep.name, sweep.base, sweep.goal, sweep.maximize) == (
        "small", tmp_path / "base.yaml", "validation.accuracy", True,
    )  # fmt: skip
    (tmp_path / "sweep.yaml").write_text(
        "base: quickstart\nspace: {model.hidden: [8]}\nsearch: {trials: 2}\n", encoding="utf-8"
    )
    sweep = read_sweep(tmp_path / "sweep.yaml")
    assert (sweep.name, sweep.goal, sweep.maximize) == ("quickstart", "validation.loss", False)


def test_the_base_config_is_a_point_of_a_space_that_contains_it(tmp_path):
    inside = read_sweep(written(tmp_path)).base_values()
    assert inside == {"model.hidden": 16, "training.learning_rate": 0.005}
    assert read_sweep(written(tmp_path, space={"model.hidden": [8, 32]})).base_values() is None


def test_a_trial_is_the_base_with_its_values_and_says_where_they_come_from(tmp_path):
    sweep = read_sweep(written(tmp_path))
    loaded = sweep.trial_config({"model.hidden": 8}, threads=1)
    before, after = dump(sweep.loaded.experiment), dump(loaded.experiment)
    before["model"]["hidden"], before["runtime"]["threads"] = 8, 1
    assert after == before
    assert loaded.origins["model", "hidden"] == "small.yaml"


def test_threads_that_the_base_sets_stay(tmp_path):
    sweep = read_sweep(written(tmp_path, base={**QUICK, "runtime": {"threads": 2}}))
    assert sweep.trial_config({"model.hidden": 8}, threads=1).experiment.runtime.threads == 2


def test_fewer_trials_than_the_grid_has_are_said(tmp_path):
    space = {"model.hidden": [8, 16], "training.epochs": [1, 2, 3]}
    sweep = read_sweep(written(tmp_path, space=space, search={"name": "grid", "trials": 4}))
    assert sweep.most_trials == 4
    assert sweep.notes == ("the grid has 6 points, of which search.trials = 4 are trained, in order",)
    assert read_sweep(written(tmp_path, space=space, search={"name": "grid"})).most_trials == 6


def test_a_base_for_several_hosts_is_refused_before_any_trial(tmp_path):
    base = "task: classification\ndata: synthetic\nvectorizer: words\nmodel: bag\nruntime: {hosts: env}\n"
    (tmp_path / "base.yaml").write_text(base, encoding="utf-8")
    found = refused(tmp_path, "base: base.yaml\nspace: {model.hidden: [8]}\nsearch: {trials: 2}\n")
    assert [(line, column) for line, column, _ in found] == [(1, 7)]
    assert "runtime.hosts is for one training: set it to null" in found[0][2]
