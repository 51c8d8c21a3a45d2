"""`KEY=VALUE` on the command line."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from counted import calls_of

from seqlab.config import ConfigError, dump, load
from seqlab.config.overrides import as_arguments
from seqlab.errors import RequestError


def resolved(path, *overrides):
    return dump(load(path, overrides).experiment)


NO_EPOCHS = {"every_seconds": 60.0, "every_epochs": None, "keep_last": True}


@pytest.mark.parametrize(
    ("override", "section", "key", "value"),
    [
        ("training.epochs=3", "training", "epochs", 3),
        ("training.learning_rate=1e-2", "training", "learning_rate", 0.01),
        ("training.optimizer=sgd", "training", "optimizer", "sgd"),
        ("training.optimizer={name: sgd, nesterov: true}", "training", "optimizer", {"name": "sgd", "nesterov": True}),
        ("training.optimizer.momentum=0.9", "training", "optimizer", {"name": "rmsprop", "momentum": 0.9}),
        ("training.class_weights.New York, N.Y.=2", "training", "class_weights", {"New York, N.Y.": 2.0}),
        ("training.monitor='validation.loss'", "training", "monitor", "validation.loss"),
        ("training.checkpoint.every_epochs=", "training", "checkpoint", NO_EPOCHS),
        ("model.hidden=3", "model", "hidden", 3),
        ("expected.test.accuracy=[0.9, 1]", "expected", "test.accuracy", [0.9, 1.0]),
        ("expected.source=here = there", "expected", "source", "here = there"),
        ("vectorizer.fit={fields: [text]}", "vectorizer", "fit", {"take": None, "fields": ["text"]}),
        ("runtime.deterministic=true", "runtime", "deterministic", True),
    ],
)
def test_values_are_yaml(write, small, override, section, key, value):
    with_optimizer = small + "training: {optimizer: rmsprop}\n"
    assert resolved(write(with_optimizer), override)[section][key] == value


def test_the_last_one_counts(write, small):
    assert resolved(write(small), "training.epochs=3", "training.epochs=4")["training"]["epochs"] == 4


def test_a_short_form_becomes_a_mapping(write, small):
    model = resolved(write(small), "model=naive_bayes_bag", "model.alpha=0.5")["model"]
    assert (model["name"], model["alpha"]) == ("naive_bayes_bag", 0.5)


def test_another_component_drops_the_options(write, small):
    long = small.replace("model: bag", "model: {name: bag, hidden: 3}")
    assert "hidden" not in resolved(write(long), "model=naive_bayes_bag")["model"]


def test_items_of_lists(write, small):
    path = write(small + "metrics: [accuracy, calibration_error]\n")
    metrics = resolved(path, "metrics.0=macro_f1", "metrics.1.bins=5")["metrics"]
    assert metrics == [{"name": "macro_f1"}, {"name": "calibration_error", "bins": 5}]


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("training.epochs", "command line:1: : expected KEY=VALUE, such as training.epochs=3"),
        ("", "command line:1: : expected KEY=VALUE, such as training.epochs=3"),
        ("=3", "command line:1: : empty key before or after a dot"),
        ("training.=3", "command line:1: : empty key before or after a dot"),
        (".epochs=3", "command line:1: : empty key before or after a dot"),
        ("training..epochs=3", "command line:1: : empty key before or after a dot"),
        (
            "training.epochs=banana",
            "command line:17: training.epochs: 'banana' is text; expected a whole number above 0",
        ),
        ("training.epochs=", "command line:17: training.epochs: got null; "
         "expected a whole number above 0"),
        (
            "training.epoch=3",
            "command line:10: training.epoch: unknown key 'epoch'; did you mean 'epochs'? available: epochs, "
            "batch_size, accumulate, optimizer, learning_rate, schedule, clip_norm, label_smoothing, layer_decay, "
            "unfreeze_epochs, "
            "monitor, patience, refit, "
            "average_checkpoints, checkpoint, tensorboard, sinks, buckets, loss, class_weights",
        ),
        ("version.x=3", "command line:9: version.x: 'version' is 1 and has no keys"),
        ("metrics.2=accuracy",
         "command line:9: metrics.2: 'metrics' is a list and has no item '2'; valid indices are 0 to 0"),
        ("metrics.x=accuracy",
         "command line:9: metrics.x: 'metrics' is a list and has no item 'x'; valid indices are 0 to 0"),
        ("metrics.-1=accuracy",
         "command line:9: metrics.-1: 'metrics' is a list and has no item '-1'; valid indices are 0 to 0"),
        ("plugins.0=a", "command line:9: plugins.0: 'plugins' is a list and has no item '0'; the list is empty"),
        ("model={name: bag", "command line:7: model: this '{' is never closed"),
        ("model={name: bag, name: bag}",
         "command line:19: model.name: duplicate key 'name'; keep one"),
        ("training.optimizer=!x sgd",
         "command line:20: training.optimizer: tags such as '!x' are not supported; remove it"),
        ("training.monitor=\x1b[0m",
         "command line:18: training.monitor: YAML does not allow the control character U+001B; remove it"),
        ("training.monitor=\udcff",
         "command line:18: training.monitor: YAML does not allow the control character U+DCFF; remove it"),
    ],
)  # fmt: skip
def test_problems_point_into_the_argument(problems, small, override, problem):
    assert problems(small + "version: 1\nmetrics: [accuracy]\nplugins: []\n", override) == [problem]


def test_the_block_shows_the_argument(write, small):
    with pytest.raises(ConfigError) as caught:
        load(write(small), ["training.epochs=banana"])
    assert str(caught.value) == (
        "command line: training.epochs: 'banana' is text; expected a whole number above\n"
        "    0\n"
        "    training.epochs=banana\n"
        "                    ^"
    )


def test_a_value_of_several_lines(problems, small):
    assert problems(small, "training=epochs: 3\npatience: x") == [
        "command line:11: training.patience: 'x' is text; expected a whole number above 0 or null"
    ]


def test_an_override_removes_the_problems_of_the_value_it_replaces(write, small):
    assert resolved(write(small + "training: {epochs: banana}\n"), "training.epochs=3")["training"]["epochs"] == 3


def test_paths_of_a_component_of_a_plugin(write, small, odd, monkeypatch):
    path = write(small.replace("bag", "{name: odd, needed: 1}"), "configs/a.yaml")
    assert resolved(path, "model.file=x")["model"]["file"] == str(Path.cwd() / "x")
    assert resolved(path, "model.code=a")["model"]["code"] == "a"


def test_paths_are_relative_to_the_file_in_the_file_and_to_the_user_on_the_command_line(write, small, monkeypatch):
    data = "{name: csv, path: train.csv, text: t, label: l}"
    path = write(small.replace("synthetic", data), "configs/a.yaml")
    other = path.parent.parent / "other"
    other.mkdir()
    monkeypatch.chdir(other)
    assert resolved(path)["data"]["path"] == str(path.parent / "train.csv")
    assert resolved(path, "data.path=train.csv")["data"]["path"] == str(other / "train.csv")
    assert resolved(path, "data.path=~/train.csv")["data"]["path"] == str(Path.home() / "train.csv")
    assert resolved(path, f"data={data}")["data"]["path"] == str(other / "train.csv")
    assert resolved(path, "data.path=~nobody-at-all/x")["data"]["path"] == str(other / "~nobody-at-all" / "x")


@pytest.mark.parametrize("key", [".".join(["a"] * 5000), "model." * 40 + "x", ".".join(["training"] * 20_000)])
def test_a_key_of_many_levels_is_refused_at_once(write, small, key):
    found, calls = calls_of(lambda: problems_of(write(small), f"{key}=1"))
    assert len(found) == 1
    assert f"a key of {key.count('.') + 1:,} levels; no key of a config has more than 32" in str(found[0])
    assert len(str(found[0])) < 400
    assert calls < 50_000 + 20 * len(key)


def problems_of(path, *overrides):
    with pytest.raises(ConfigError) as raised:
        load(path, overrides)
    return raised.value.problems


def test_overrides_from_python_are_those_of_the_command_line() -> None:
    given = {
        "training.epochs": np.int64(3),
        "training.learning_rate": np.float32(0.5),
        "training.patience": None,
        "training.optimizer": "adam",
        "data.path": Path("a b"),
        "model": {"name": "bag", "hidden": (8,)},
        "runtime.deterministic": True,
        "expected.test.f1.3": "3",
    }
    assert as_arguments(["a.b=1", given]) == (
        "a.b=1",
        "training.epochs=3",
        "training.learning_rate=0.5",
        "training.patience=null",
        'training.optimizer="adam"',
        'data.path="a b"',
        'model={"name": "bag", "hidden": [8]}',
        "runtime.deterministic=true",
        'expected.test.f1.3="3"',
    )


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ({3: 1}, "dotted names such as 'training.epochs', got 3"),
        ({"training.epochs=3": 1}, "got 'training.epochs=3'"),
        (
            {"training.epochs": object},
            "training.epochs: a config cannot hold <class 'object'>, which is of the type type",
        ),
        (3, "an override is a string or a mapping, got 3"),
    ],
)
def test_what_is_no_override(override: Any, message: str) -> None:
    with pytest.raises(RequestError, match=re.escape(message)):
        as_arguments([override])
