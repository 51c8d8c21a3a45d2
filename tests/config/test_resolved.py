"""A resolved config as text: it trains the same again, and names the source of each value."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.config import Experiment, dump, load, show, to_yaml
from seqlab.config.source_map import Source
from seqlab.config.yaml_reader import read_yaml

LABELS = st.text(min_size=1, max_size=20)
NUMBERS = st.floats(1e-9, 1e9)


def csv(path, text):
    return {"name": "csv", "path": path, "text": text, "label": "l"}


OPTIMIZERS = st.sampled_from(["sgd", "adam"]) | st.builds(
    lambda momentum, nesterov: {"name": "sgd", "momentum": momentum, "nesterov": nesterov}, NUMBERS, st.booleans()
)


SCHEDULES = st.none() | st.builds(lambda rate: {"name": "exponential_decay", "decay_rate": rate}, NUMBERS)
EXPERIMENTS = st.fixed_dictionaries(
    {
        "task": st.just("classification"),
        "data": st.just("synthetic") | st.builds(csv, LABELS.filter(lambda path: "\0" not in path), LABELS),
        "vectorizer": st.just("words") | st.builds(lambda n: {"name": "words", "ngrams": n}, st.integers(1, 3)),
        "model": st.just("bag") | st.builds(lambda alpha: {"name": "naive_bayes_bag", "alpha": alpha}, NUMBERS),
        "training": st.fixed_dictionaries(
            {},
            optional={
                "epochs": st.integers(1, 10**9),
                "learning_rate": NUMBERS,
                "optimizer": OPTIMIZERS,
                "schedule": SCHEDULES,
                "class_weights": st.none() | st.just("balanced") | st.dictionaries(LABELS, NUMBERS, max_size=3),
                "monitor": st.sampled_from(["validation.loss", "train.accuracy"]),
                "checkpoint": st.fixed_dictionaries({}, optional={"every_seconds": st.none() | NUMBERS}),
            },
        ),
        "runtime": st.fixed_dictionaries(
            {}, optional={"seed": st.integers(0, 2**32 - 1), "xla": st.sampled_from([None, False])}
        ),
        "metrics": st.none() | st.just(["accuracy", {"name": "calibration_error", "bins": 3}]),
        "expected": st.dictionaries(
            st.sampled_from(["test.accuracy", "validation.loss"]), st.just([0.5, 1e-7 + 0.5])
        ),
    }
)  # fmt: skip


@settings(deadline=None)
@given(EXPERIMENTS)
def test_it_trains_again_as_it_is(given_config):
    experiment = load(given_config).experiment
    text = to_yaml(experiment)
    again = read_yaml(Source("config.yaml", text, is_file=True))
    assert again.problems == []
    assert again.value == dump(experiment)
    assert Experiment.model_validate(again.value) == experiment
    assert json.loads(json.dumps(dump(experiment), allow_nan=False)) == dump(experiment)


def test_how_it_looks(write, small):
    text = to_yaml(
        load(write(small + "training: {class_weights: {'no': 1, good: 1e-7}}\nmetrics: [accuracy]\n")).experiment
    )
    assert text.startswith("version: 1\ntask: classification\ndata:\n  name: synthetic\n")
    assert '  class_weights:\n    "no": 1.0\n    good: 1.0e-07\n' in text
    assert "metrics:\n  - name: accuracy\nplugins: []\n" in text


def test_show_names_the_source_of_each_value(write, small):
    shown = show(load(write(small, "configs/a.yaml"), ["training.epochs=3"]))
    lines = shown.splitlines()
    assert max(map(len, lines)) < 80
    comments = {line.partition(":")[0].strip(): line.partition("# ")[2] for line in lines}
    assert comments["task"] == "a.yaml:1"
    assert comments["epochs"] == "command line"
    assert comments["batch_size"] == "default"
    assert comments["training"] == ""
    assert len({line.index("#") for line in lines if "#" in line}) == 1


def test_show_trains_again_as_well(write, small):
    loaded = load(write(small), ["expected.source=a # b", "training.epochs=3"])
    again = load(write(show(loaded), "again.yaml"))
    assert again.experiment == loaded.experiment


@pytest.mark.parametrize("name", ["x" * 100 + ".yaml", "a\nb: \x1b[31m.yaml"])
def test_any_name_of_a_file(write, small, name):
    loaded = load(write(small, name))
    assert load(write(show(loaded), "again.yaml")).experiment == loaded.experiment
    assert "\x1b" not in show(loaded)


def test_a_value_too_long_for_the_column_has_its_comment_after_it(write, small):
    source = "x" * 200 + "-"
    shown = show(load(write(small), [f"expected.source={source}"]))
    assert f"  source: {source}  # command line\n" in shown
    assert re.search(r"^task: classification +# a\.yaml:1$", shown, re.MULTILINE)
