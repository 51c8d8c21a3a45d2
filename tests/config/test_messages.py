"""The exact message for each type of mistake."""

import json
import re
from dataclasses import replace

import pytest

from seqlab.config import ConfigError, load
from seqlab.config.messages import expected
from seqlab.metrics.classification import CLASSIFICATION_METRICS
from seqlab.metrics.metric_names import metric_outputs
from seqlab.models.classification import CLASSIFIERS
from seqlab.tasks import CLASSIFICATION, TASKS

CLASSIFIER_NAMES = ", ".join(CLASSIFIERS.names)
METRIC_NAMES = ", ".join(CLASSIFICATION_METRICS.names)
OUTPUT_NAMES = ", ".join(output for metric in CLASSIFICATION_METRICS.names for output in metric_outputs(metric))
ANY_METRIC = " or ".join(METRIC_NAMES.rsplit(", ", 1))
TOP = "version, task, data, vectorizer, model, training, runtime, init_from, metrics, plugins, expected"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        # wrong types
        ("training: {epochs: banana}", "5:20: training.epochs: 'banana' is text; expected a whole number above 0"),
        ("training: {epochs: '3'}",
         "5:20: training.epochs: '3' is text; expected a whole number above 0 (write 3 without quotes)"),
        ("training: {epochs: '3.5'}", "5:20: training.epochs: '3.5' is text; expected a whole number above 0"),
        ("training: {learning_rate: '1e-3'}",
         "5:27: training.learning_rate: '1e-3' is text; expected a number above 0 (write 0.001 without quotes; PyYAML "
         "reads a number without a point, such as 1e-3, as text)"),
        ("training: {clip_norm: '5e-7'}",
         "5:23: training.clip_norm: '5e-7' is text; expected a number above 0 or null (write 5.0e-07 without quotes; "
         "PyYAML reads a number without a point, such as 1e-3, as text)"),
        ("training: {epochs: true}", "5:20: training.epochs: true is a boolean; expected a whole number above 0"),
        ("training: {epochs: 1.5}", "5:20: training.epochs: 1.5 is a number; expected a whole number above 0"),
        ("training: {epochs: }", "5:19: training.epochs: got null; expected a whole number above 0"),
        ("training: {epochs: [3]}", "5:20: training.epochs: got a list; expected a whole number above 0"),
        ("training: {epochs: []}", "5:20: training.epochs: got an empty list; expected a whole number above 0"),
        ("training: {epochs: {}}", "5:20: training.epochs: got an empty mapping; expected a whole number above 0"),
        ("training: {epochs: {a: 3}}", "5:20: training.epochs: got a mapping; expected a whole number above 0"),
        ("training: {learning_rate: no}", "5:27: training.learning_rate: 'no' is text; expected a number above 0"),
        ("training: {learning_rate: on}", "5:27: training.learning_rate: 'on' is text; expected a number above 0"),
        ("training: {refit: yes}", "5:19: training.refit: 'yes' is text; expected true or false"),
        ("training: {refit: 1}", "5:19: training.refit: 1 is a whole number; expected true or false"),
        (
            "training: {monitor: 3}",
            "5:21: training.monitor: 3 is a whole number; expected text or null (put it in quotes)",
        ),
        ("version: true", "5:10: version: true is a boolean; expected 1"),
        (
            "training: fast",
            "5:11: training: 'fast' is text; expected a mapping with the keys epochs, batch_size, accumulate, "
            "optimizer, learning_rate, schedule, clip_norm, label_smoothing, layer_decay, unfreeze_epochs, "
            "monitor, patience, refit, average_checkpoints, "
            "checkpoint, tensorboard, sinks, buckets, loss, class_weights",
        ),
        ("metrics: accuracy", f"5:10: metrics: 'accuracy' is text; expected a list (each: {ANY_METRIC}) or null"),
        ("plugins: [1]", "5:11: plugins.0: 1 is a whole number; expected text (put it in quotes)"),
        ("plugins: a", "5:10: plugins: 'a' is text; expected a list (each: text)"),
        # out of bounds
        ("training: {epochs: 0}", "5:20: training.epochs: 0 is too small; expected a whole number above 0"),
        ("training: {patience: 0}", "5:22: training.patience: 0 is too small; expected a whole number above 0 or null"),
        ("runtime: {seed: -1}",
         "5:17: runtime.seed: -1 is too small; expected a whole number of at least 0 and below 4294967296"),
        ("training: {label_smoothing: 1}",
         "5:29: training.label_smoothing: 1 is too large; expected a number of at least 0 and below 1"),
        ("training: {clip_norm: .inf}",
         "5:23: training.clip_norm: inf is not finite; expected a number above 0 or null"),
        ("training: {clip_norm: .nan}",
         "5:23: training.clip_norm: nan is not finite; expected a number above 0 or null"),
        # names
        ("runtime: {device: tpu}",
         "5:19: runtime.device: unknown value 'tpu'; did you mean 'gpu'? expected auto, cpu or gpu"),
        ("training: {class_weights: balancd}",
         "5:27: training.class_weights: unknown value 'balancd'; did you mean 'balanced'? expected balanced, a mapping "
         "(each value: a number above 0) or null"),
        ("training: {optimizer: Adam}",
         "5:23: training.optimizer: unknown optimizer 'Adam'; did you mean 'adam'? available: sgd, rmsprop, adam, "
         "adamw, adamax, nadam, schedulefreeadamw, lion, adagrad, adadelta, adafactor, ftrl, muon"),
        ("training: {schedule: CosineDecay}",
         "5:22: training.schedule: unknown schedule 'CosineDecay'; did you mean 'cosine_decay'? available: "
         "cosine_decay, cosine_decay_restarts, exponential_decay, inverse_time_decay, polynomial_decay, "
         "piecewise_constant_decay"),
        ("metrics: [accurracy]",
         "5:11: metrics.0: unknown metric 'accurracy'; did you mean 'accuracy'? available: " + METRIC_NAMES),
        ("version: 2",
         "5:10: version: unsupported version 2; this seqlab supports version 1: update seqlab or correct the version"),
        ("plugins: ['a b']", "5:11: plugins.0: 'a b' is not a valid name of a Python module"),
        # keys
        ("trainig: {}", f"5:1: trainig: unknown key 'trainig'; did you mean 'training'? available: {TOP}"),
        ("epochs: 3", f"5:1: epochs: unknown key 'epochs'; did you mean 'training.epochs'? available: {TOP}"),
        ("hidden: 3", f"5:1: hidden: unknown key 'hidden'; did you mean 'model.hidden'? available: {TOP}"),
        ("zzz: 3", f"5:1: zzz: unknown key 'zzz'; available: {TOP}"),
        ("runtime: {metrics: null}",
         "5:11: runtime.metrics: unknown key 'metrics'; did you mean 'metrics'? available: seed, device, "
         "devices, hosts, precision, deterministic, tensor_float_32, xla, threads"),
        ("training: {optimizer: {name: sgd, momentun: 1}}",
         "5:35: training.optimizer.momentun: unknown key 'momentun'; did you mean 'momentum'? available: name, "
         "momentum, nesterov, weight_decay, use_ema, ema_momentum, ema_overwrite_frequency"),
        ("training: {schedule: {name: exponential_decay}}",
         "5:12: training.schedule: 'decay_rate' is missing; expected a number"),
        ("training: {schedule: exponential_decay}",
         "5:12: training.schedule: 'decay_rate' is missing; expected a number"),
        ("training: {checkpoint: {every_epochs: true}}",
         "5:39: training.checkpoint.every_epochs: true is a boolean; expected a whole number above 0 or null"),
        # unions: one problem for one place
        ("training: {class_weights: {good: -1}}",
         "5:34: training.class_weights.good: -1 is too small; expected a number above 0"),
        ("training: {class_weights: 3}",
         "5:27: training.class_weights: 3 is a whole number; expected balanced, a mapping (each value: a number above "
         "0) or null"),
        # expected
        ("expected: {test.accuracy: 0.9}",
         "5:27: expected.test.accuracy: 0.9 is a number; expected a list (a number, a number)"),
        ("expected: {test.accuracy: [0.9]}",
         "5:27: expected.test.accuracy: got a list; expected a list (a number, a number)"),
        ("expected: {test.accuracy: [0.9, 1, 2]}",
         "5:27: expected.test.accuracy: got a list; expected a list (a number, a number)"),
        ("expected: {test.accuracy: [0.9, high]}",
         "5:33: expected.test.accuracy.1: 'high' is text; expected a number"),
        ("expected: {test.accuracy: [1, 0]}",
         "5:27: expected.test.accuracy: the lower bound is above the upper bound"),
        ("expected: {source: 3}",
         "5:20: expected.source: 3 is a whole number; expected text or null (put it in quotes)"),
    ],
)  # fmt: skip
def test_one_problem(problems, line, problem, small):
    assert problems(small + line + "\n") == [problem]


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        ("3", "4:8: model: 3 is a whole number; expected the name of a classifier or a mapping with its name and "
              f"options; available: {CLASSIFIER_NAMES}"),
        ("", "4:7: model: got null; expected the name of a classifier or a mapping with its name and "
             f"options; available: {CLASSIFIER_NAMES}"),
        ("[bag]", "4:8: model: got a list; expected the name of a classifier or a mapping with its name and "
                  f"options; available: {CLASSIFIER_NAMES}"),
        ("bga", f"4:8: model: unknown classifier 'bga'; did you mean 'bag'? available: {CLASSIFIER_NAMES}"),
        ("{name: bga}",
         f"4:15: model.name: unknown classifier 'bga'; did you mean 'bag'? available: {CLASSIFIER_NAMES}"),
        ("{name: 3}", f"4:15: model.name: unknown classifier 3; available: {CLASSIFIER_NAMES}"),
        ("{hidden: 3}", f"4:8: model: 'name' is missing; expected the name of a classifier: {CLASSIFIER_NAMES}"),
        ("{name: bag, hiden: 3}",
         "4:20: model.hiden: unknown key 'hiden'; did you mean 'hidden'? "
         "available: name, category_width, hidden, dropout"),
        ("{name: bag, hidden: -1}",
         "4:28: model.hidden: -1 is too small; expected a whole number of at least 0"),
        ("{name: bag, dropout: 1}",
         "4:29: model.dropout: 1 is too large; expected a number of at least 0 and below 1"),
    ],
)  # fmt: skip
def test_components(problems, model, problem, small):
    assert problems(small.replace("model: bag", f"model: {model}")) == [problem]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("", "4:1: model: 'needed' is missing; expected a whole number"),
        (", needed: 1, either: often",
         "4:39: model.either: 'often' is text; expected a whole number or auto"),
        (", needed: 1, nested: {a: [1, x]}",
         "4:47: model.nested.a.1: 'x' is text; expected a number"),
        (", needed: 1, nested: {a: 1}",
         "4:43: model.nested.a: 1 is a whole number; expected a list (each: a number)"),
        (", needed: 1, nested: 1",
         "4:39: model.nested: 1 is a whole number; expected a mapping (each value: a list (each: a number))"),
        (", needed: 1, code: b", "4:37: model.code: 'b' is text; expected text matching ^a+$"),
        (", needed: 1, code: aaaaaa", "4:37: model.code: 'aaaaaa' is too long; expected text matching ^a+$"),
        (", needed: 1, step: 4",
         "4:37: model.step: 4 is a whole number; expected a whole number of at least 3 and of at most 9 and "
         "a multiple of 3"),
        (", needed: 1, file: 3", "4:37: model.file: 3 is a whole number; expected text (a path) or null "
                                 "(put it in quotes)"),
        (", needed: 1, checked: 7", "4:40: model.checked: seven is refused, whatever the reason"),
    ],
)  # fmt: skip
def test_options_of_every_kind(problems, odd, options, problem, small):
    assert problems(small.replace("model: bag", f"model: {{name: odd{options}}}")) == [problem]


def test_all_problems_at_once_from_top_to_bottom(problems):
    text = (
        "task: classification\n"
        "data: {name: synthetik}\n"
        "vectorizer: {name: words, ngrams: true}\n"
        "model:\n"
        "  name: bag\n"
        "  hidden: many\n"
        "training: {epochs: banana, epochs: 3, optimiser: adam}\n"
        "runtime: {device: !x cpu, seed: 1e-3}\n"
    )
    assert [problem.split(": ")[:2] for problem in problems(text, "training.epochs=0", "x")] == [
        ["2:14", "data.name"],
        ["3:35", "vectorizer.ngrams"],
        ["6:11", "model.hidden"],
        ["7:28", "training.epochs"],
        ["7:39", "training.optimiser"],
        ["8:19", "runtime.device"],
        ["8:33", "runtime.seed"],
        ["command line:1", ""],
        ["command line:17", "training.epochs"],
    ]


def test_missing_sections_point_at_the_file(problems):
    assert problems("version: 1\n") == [
        "1:1: : 'task' is missing; expected classification, language_model, regression, translation or word_vectors"
        "; what depends on the task was not checked",
        "1:1: : 'data' is missing; the task decides which there are",
        "1:1: : 'model' is missing; the task decides which there are",
    ]


@pytest.mark.parametrize("task", ["[classification]", "{name: classification}", "5", "null", "xyzzy"])
def test_of_an_unknown_task_nothing_is_said_that_depends_on_it(problems, task):
    (found,) = problems(f"task: {task}\ndata: imdb\nmodel: bag\n")
    assert found.startswith("1:7: task: ")
    assert found.endswith("; what depends on the task was not checked")


def test_a_wrong_task_is_one_problem_and_other_sections_are_still_validated(problems, small):
    assert problems(small.replace("classification", "clasification") + "training: {epochs: 0}\nmetrics: [x]\n") == [
        "1:7: task: unknown task 'clasification'; did you mean 'classification'? available: classification, "
        "language_model, regression, translation, word_vectors",
        "5:20: training.epochs: 0 is too small; expected a whole number above 0",
        "6:11: metrics.0: unknown metric 'x'; available: " + METRIC_NAMES,
    ]


@pytest.mark.parametrize("task", ["task: 7\n", "task: poetry\n", ""])
def test_without_a_task_the_message_says_that_the_rest_was_not_checked(problems, small, task):
    found = problems(small.replace("task: classification\n", task) + "training: {epochs: 0}\nmetrics: [x]\n")
    assert ["was not checked" in problem for problem in found] == [True, False]


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("training: {learning_rate: '0,001'}", "(write 0.001)"),
        ("training: {epochs: '1,000'}", "(write 1000)"),
        ("training: {learning_rate: 1%}", "(write 0.01)"),
        ("training: {optimizer: '0,1'}", "muon"),
    ],
)
def test_numbers_as_people_write_them(problems, small, written, advice):
    (problem,) = problems(small + written + "\n")
    assert problem.endswith(advice)


@pytest.mark.parametrize(
    ("monitor", "problem"),
    [
        (
            "test.accuracy",
            "the test split is scored once, after training, and cannot be monitored; use validation.accuracy",
        ),
        (
            "validation.acuracy",
            "unknown metric 'acuracy'; did you mean 'accuracy'? available: loss, " + OUTPUT_NAMES,
        ),
        (
            "validation.f2.positive",
            "unknown metric 'f2.positive'; available: loss, " + OUTPUT_NAMES,
        ),
        ("accuracy", "metrics are named <split>.<metric>; the splits are train, validation, test"),
        ("dev.loss", "metrics are named <split>.<metric>; the splits are train, validation, test"),
    ],
)
def test_what_cannot_be_monitored(problems, monitor, problem, small):
    assert problems(f"{small}training: {{monitor: {monitor}}}\n") == [f"5:21: training.monitor: {problem}"]


@pytest.mark.parametrize("monitor", ["validation.loss", "validation.accuracy", "train.loss", "validation.f1.positive"])
def test_what_can_be_monitored(write, monitor, small):
    assert load(write(f"{small}training: {{monitor: {monitor}}}\n")).experiment.training.monitor == monitor


def test_only_metrics_that_are_computed_can_be_monitored(problems, small):
    assert problems(f"{small}metrics: [accuracy]\ntraining: {{monitor: validation.macro_f1}}\n") == [
        "6:21: training.monitor: unknown metric 'macro_f1'; available: loss, accuracy"
    ]


def test_expected_metrics_must_exist(problems, small):
    assert problems(f"{small}expected: {{test.acuracy: [0, 1], accuracy: [0, 1], train.seconds: [0, 60]}}\n") == [
        "5:26: expected.test.acuracy: unknown metric 'acuracy'; did you mean 'accuracy'? available: loss, "
        + OUTPUT_NAMES,
        "5:44: expected.accuracy: metrics are named <split>.<metric>; the splits are train, validation, test",
    ]


@pytest.mark.parametrize(
    ("metric", "split", "available"),
    [
        ("train.macro_f1", "train", "loss, accuracy"),
        ("train.f1.positive", "train", "loss, accuracy"),
        ("test.threshold", "test", None),
    ],
)
def test_an_expected_metric_of_a_split_on_which_it_is_not_computed(problems, write, small, metric, split, available):
    """It could never be compared."""
    path = write(f"{small}expected: {{train.accuracy: [0, 1], validation.f1.positive: [0, 1]}}\n")
    assert len(load(path).experiment.expected.bands) == 2
    (problem,) = problems(f"{small}expected: {{{metric}: [0, 1]}}\n")
    name = metric.partition(".")[2]
    assert f"expected.{metric}: '{name}' is not computed on the {split} split; available: loss, " in problem
    assert available is None or problem.endswith(f"available: {available}")


def test_an_expected_metric_that_is_not_computed(problems, write, small):
    """As of a shipped recipe with fewer metrics on the command line."""
    fewer = f"{small}metrics: [accuracy]\nexpected: {{test.macro_f1: [0, 1]}}\n"
    assert problems(fewer) == [
        "6:27: expected.test.macro_f1: unknown metric 'macro_f1'; available: loss, accuracy; add it to "
        "`metrics`, or remove the bands with expected={}"
    ]
    assert load(write(fewer), ["expected={}"]).experiment.expected.bands == {}


def test_all_invalid_combinations_are_reported(problems, odd, monkeypatch, small):
    def check(choices, training):
        yield ("vectorizer", "output"), "one"
        yield ("model", "hidden"), "two"

    monkeypatch.setitem(TASKS, "classification", replace(CLASSIFICATION, check=check))
    assert problems(small.replace("words", "{name: words, output: count}")) == [
        "3:35: vectorizer.output: one",
        "4:8: model.hidden: two",
    ]


def test_a_block_has_the_file_the_line_and_a_caret(write, small):
    with pytest.raises(ConfigError) as caught:
        load(write(small + "training:\n  epochs: banana   # many\n"))
    assert str(caught.value) == (
        "a.yaml:6:11: training.epochs: 'banana' is text; expected a whole number above 0\n"
        "      epochs: banana   # many\n"
        "              ^"
    )


def test_no_message_of_pydantic(problems):
    """Whatever goes wrong, nobody reads `Input should be a valid integer [type=int_type]` or an address."""
    text = (
        "version: [1]\ntask: {a: 1}\ndata: 1\nvectorizer: [2]\nmodel: {name: [x]}\nmetrics: {a: 1}\n"
        "training: [1]\nruntime: x\nplugins: {a: 1}\nexpected: [1]\nzzz: 1\n"
    )
    for problem in problems(text) + problems(text, "task=classification", "training=", "runtime={seed: [1], xla: 1.5}"):
        assert not re.search(r"Input|Field required|valid|instance|https?:|type=|pydantic", problem), problem


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({}, ""),
        ({"type": "string", "format": "date"}, "text (date)"),
        ({"type": "array"}, "a list"),
        ({"type": "object"}, "a mapping"),
        (
            {"anyOf": [{"type": "integer", "maximum": 3}, {"enum": ["a", 1]}, {"type": "null"}]},
            "a whole number of at most 3, a, 1 or null",
        ),
    ],
)
def test_what_a_schema_allows(schema, words):
    assert expected(schema) == words


def test_a_dict_has_no_lines():
    with pytest.raises(ConfigError) as caught:
        load({"task": "classification", "data": "synthetic", "vectorizer": "words", "model": {"name": "bag", "x": 1}})
    assert str(caught.value) == (
        "config: model.x: unknown key 'x'; available: name, category_width, hidden,\n    dropout"
    )
    assert json.dumps([vars(problem) for problem in caught.value.problems])
