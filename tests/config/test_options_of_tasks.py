"""Every option changes the experiment, or is refused when the config is checked."""

import itertools
import json
from functools import cache

import numpy as np
import pytest
from quick import comparable, trained, weights_of

from seqlab import runtime
from seqlab.config import ConfigError, load
from seqlab.data.splits.load_splits import locate
from seqlab.experiment.prepare_data import prepare_data
from seqlab.progress import SILENT
from seqlab.tasks import TASKS
from seqlab.training.options import TrainingOptions

CONFIGS = {
    "classification": {
        "data": {"name": "synthetic", "size": 400},
        "vectorizer": {"name": "words", "max_length": 30},
        "model": {"name": "recurrent", "units": 4, "embedding": 4},
    },
    "language_model": {
        "data": {"name": "synthetic", "size": 8000},
        "vectorizer": "characters",
        "model": {"name": "recurrent", "units": 4, "embedding": 4},
    },
    "regression": {
        "data": {"name": "csv", "path": "numbers.csv"},
        "vectorizer": {"name": "words", "max_length": 30},
        "model": {"name": "recurrent", "units": 4, "embedding": 4},
    },
    "translation": {
        "data": {"name": "synthetic", "size": 300},
        "vectorizer": {"name": "words", "standardize": "none", "split": "punctuation"},
        "model": {"name": "recurrent_encoder_decoder", "units": 4, "embedding": 4},
    },
    "word_vectors": {
        "data": {"name": "synthetic", "size": 300},
        "vectorizer": "words",
        "model": {"name": "skip_gram", "dimensions": 4, "window": 2},
    },
}
OF_ONE_TASK = {
    "batch_tokens": "training.batch_tokens=200",
    "buckets": "training.buckets=false",
    "window": "training.window=40",
    "shift": "training.shift=20",
    "loss": "training.loss=hinge",
    "class_weights": "training.class_weights={negative: 3.0, positive: 1.0}",
}
"""Another value of every option that not all tasks have."""
OF_NUMBERS = {"loss": "training.loss=mae"}
"""The same where numbers have another one."""
OF_ALL_TASKS = {
    "epochs": ["training.epochs=2"],
    "batch_size": ["training.batch_size=16"],
    "accumulate": ["training.accumulate=4"],
    "optimizer": ["training.optimizer=rmsprop"],
    "learning_rate": ["training.learning_rate=0.01"],
    "schedule": ["training.schedule=cosine_decay"],
    "clip_norm": ["training.clip_norm=0.001"],
    "label_smoothing": ["training.label_smoothing=0.2"],
    "monitor": ["training.monitor=validation.calibration_error", "training.epochs=5", "training.optimizer=rmsprop"],
    "patience": [
        "training.patience=1",
        "training.epochs=9",
        "training.optimizer=rmsprop",
        "training.learning_rate=9.0",
    ],
    "refit": ["training.refit=true"],
    "average_checkpoints": ["training.average_checkpoints=2"],
    "checkpoint": ["training.checkpoint.every_epochs=null"],
}
"""Another value of every option that all tasks have, in a config in which it matters."""


OF_TRAINED_LAYERS = {"layer_decay", "unfreeze_epochs"}
"""What means nothing without pretrained weights: tests/training/test_layer_rates.py shows what they change."""


REPORTED = {"tensorboard", "sinks"}
"""What is told of a training and changes nothing about it, as tests/sinks shows."""


def test_these_are_all_options_of_training():
    options = {name for task in TASKS.values() for name in task.training.model_fields}
    others = OF_TRAINED_LAYERS | REPORTED
    assert options == OF_ONE_TASK.keys() | OF_ALL_TASKS.keys() | others
    assert OF_ALL_TASKS.keys() | others == TrainingOptions.model_fields.keys()


@pytest.fixture(scope="module", autouse=True)
def _table_of_numbers(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "numbers.csv"
    rows = (f"{'warm soup ' * (n % 30)}{n},{n % 9}" for n in range(300))
    path.write_text("text,label\n" + "\n".join(rows), encoding="utf-8")
    CONFIGS["regression"]["data"]["path"] = str(path)


@cache
def prepared(task):
    experiment = load({"task": task, **CONFIGS[task]}).experiment
    return prepare_data(experiment, locate(experiment.data), SILENT).stores["train"]


def effect(task, *overrides):
    """The batches of an epoch and the loss of fixed logits: what the training options of one task decide."""
    experiment = load({"task": task, **CONFIGS[task]}, overrides).experiment
    store = prepared(task)
    fitted = prepare_data(experiment, locate(experiment.data), SILENT).task
    batches = fitted.batches(store, experiment.training)
    runtime.set_seed(0)
    model = fitted.build(store)
    loss = fitted.loss(store, model, experiment.training)
    plan = batches.plan(seed=1, epoch=1)
    batch = batches.gather(plan[0])
    examples = [np.asarray(plan[number]).tolist() for number in range(len(plan))]
    shapes = {name: np.shape(array) for name, array in batch.items()}
    sums = loss(model, {name: runtime.tensorflow().constant(array) for name, array in batch.items()})
    return examples, shapes, [[float(value) for value in pair] for pair in sums.values()]


@pytest.mark.parametrize(("task", "option"), list(itertools.product(CONFIGS, OF_ONE_TASK)))
def test_an_option_of_a_task_changes_its_training_or_is_refused(task, option):
    if option in TASKS[task].training.model_fields:
        changed = (OF_ONE_TASK | OF_NUMBERS if task == "regression" else OF_ONE_TASK)[option]
        assert effect(task, changed) != effect(task)
    else:
        able = [name for name, each in TASKS.items() if option in each.training.model_fields]
        with pytest.raises(ConfigError) as refusal:
            load({"task": task, **CONFIGS[task]}, [OF_ONE_TASK[option]])
        (problem,) = refusal.value.problems
        assert problem.message == f"'{option}' means nothing for {task}: it is an option of {' and '.join(able)}"
        assert problem.column is not None


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """What a small run with some overrides leaves: its weights, its metrics and how often it was saved."""

    @cache
    def train(*overrides):
        small = {
            "task": "classification",
            "data": {"name": "synthetic", "size": 300},
            "vectorizer": "words",
            "model": {"name": "bag", "hidden": 4},
            "training": {"epochs": 3, "learning_rate": 0.02},
        }
        run = trained(tmp_path_factory.mktemp("runs"), *overrides, given=small)
        return weights_of(run), comparable(run.result()), run.result()["checkpoint.saves"]

    return train


@pytest.mark.parametrize("option", OF_ALL_TASKS)
def test_an_option_of_all_tasks_changes_the_run(option, outcome):
    """They act in the training loop, which does not know the task."""
    value, *where = OF_ALL_TASKS[option]
    assert outcome(*where, value) != outcome(*where)


WITHOUT_EFFECT = """\
task: language_model
data: {name: text_file, path: a.txt, split_seed: 7}
vectorizer: {name: characters, fit: {take: 9}}
model: {name: recurrent, one_hot: true, embedding: 9}
training: {batch_tokens: 99, buckets: false, window: 40}
"""


def test_a_run_of_an_older_version_is_read_with_options_that_never_had_an_effect(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(WITHOUT_EFFECT, encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        load(config)
    assert {problem.path for problem in refusal.value.problems} == {"training.batch_tokens", "training.buckets"}
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    assert load(config).experiment.training.window == 40
    with pytest.raises(ConfigError, match="'batch_tokens' means nothing"):
        load(config, ["training.batch_tokens=99"])
    with pytest.raises(ConfigError, match="has no effect: running text is cut by position"):
        load(config, ["data.split_seed=8"])


YOUNGER = {
    "tabular": ("regression", {"name": "csv", "path": "a.csv", "features": {"numbers": ["a"]}}, "linear"),
    "skip_gram": ("word_vectors", {"name": "synthetic"}, "frequency_bias"),
    "cbow": ("word_vectors", {"name": "synthetic"}, "frequency_bias"),
}
"""Model → task, data and an option that runs of older versions lack, whose networks are those of false."""


@pytest.mark.parametrize("name", YOUNGER)
def test_a_run_of_an_older_version_has_the_network_that_it_was_trained_with(tmp_path, name):
    task, data, option = YOUNGER[name]
    given = {"task": task, "data": data, "model": {"name": name}}
    if task == "word_vectors":
        given["vectorizer"] = "words"
    config = tmp_path / "config.yaml"
    config.write_text(json.dumps(given), encoding="utf-8")
    assert getattr(load(config).experiment.model, option) is True, "a config of a user has the default"
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    assert getattr(load(config).experiment.model, option) is False
    assert getattr(load(config, [f"model.{option}=true"]).experiment.model, option) is True
    given["model"][option] = True
    config.write_text(json.dumps(given), encoding="utf-8")
    assert getattr(load(config).experiment.model, option) is True


ROWS = {
    "task": "classification",
    "data": {"name": "csv", "path": "a.csv", "features": {"numbers": ["a"]}},
    "model": {"name": "tabular", "linear": False},
}


@pytest.mark.parametrize(
    ("task", "hidden", "reason"),
    [
        ("classification", 8, "classes have no least squares"),
        ("classification", 0, "hidden: 0 is a linear model"),
        ("regression", 0, "hidden: 0 is a linear model"),
        ("regression", 8, None),
    ],
)
def test_least_squares_without_effect_are_refused_with_the_reason(tmp_path, task, hidden, reason):
    given = {**ROWS, "task": task, "model": {**ROWS["model"], "hidden": hidden}}
    config = tmp_path / "config.yaml"
    config.write_text(json.dumps(given), encoding="utf-8")
    if reason is None:
        assert load(config).experiment.model.linear is False
        return
    with pytest.raises(ConfigError) as refusal:
        load(config)
    assert {problem.path for problem in refusal.value.problems} == {"model.linear"}
    assert reason in refusal.value.problems[0].message
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    assert load(config).experiment.model.linear is False, "a run that records it is read"


def test_a_run_directory_does_not_excuse_a_combination_that_cannot_work(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(
        "task: classification\ndata: synthetic\nvectorizer: {name: words, output: count}\nmodel: recurrent\n"
    )
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match="it needs output: ids"):
        load(config)
