"""Every option of every model changes the model, or is refused when the config is checked."""

import json
from functools import cache

import numpy as np
import pytest

from seqlab import runtime
from seqlab.config import ConfigError, load
from seqlab.data.splits.load_splits import locate
from seqlab.experiment.prepare_data import prepare_data
from seqlab.progress import SILENT
from seqlab.tasks import TASKS

DATA = {
    "classification": {"data": {"name": "synthetic", "size": 200}, "vectorizer": {"name": "words", "max_length": 24}},
    "language_model": {"data": {"name": "synthetic", "size": 4000}, "vectorizer": "characters"},
    "regression": {"data": {"name": "synthetic", "size": 140}},
    "translation": {
        "data": {"name": "synthetic", "size": 200},
        "vectorizer": {"name": "words", "standardize": "none", "split": "punctuation"},
    },
    "word_vectors": {"data": {"name": "synthetic", "size": 200}, "vectorizer": "words"},
}
SMALL = {"units": 4, "embedding": 4, "width": 8, "heads": 2, "layers": 1, "feed_forward": 8, "filters": 4, "blocks": 1}
"""Sizes with which every model is built in a moment."""
CHANGED = {
    "hidden": 5,
    "category_width": 3,
    "dropout": 0.25,
    "alpha": 3.0,
    "beta": 0.5,
    "initial": 0.5,
    "cell": "simple_rnn",
    "units": 6,
    "layers": 2,
    "bidirectional": True,
    "embedding": 6,
    "one_hot": True,
    "mask": False,
    "pooling": "max",
    "filters": 6,
    "kernel": 3,
    "blocks": 2,
    "heads": 4,
    "positions": "none",
    "width": 16,
    "feed_forward": 6,
    "tied": True,
    "stateful": True,
    "context": 128,
    "bridge": True,
    "attention": "bahdanau",
    "score": "general",
    "attention_output": "alone",
    "input_feeding": True,
    "decoding": {"beam_width": 2},
    "teacher_forcing": 0.5,
    "sampled_softmax": 5,
    "uniform_init": 0.08,
    "output_dropout": 0.5,
    "dimensions": 6,
    "window": 2,
    "objective": "softmax",
    "negatives": 9,
    "subsample": 0.01,
    "subwords": {"min": 2},
    "initializer": "normal",
    "sample_words": ("cat",),
    "scale": 9.0,
    "steps": 2,
}
"""Option → a value other than its default."""
OF_TRANSFORMERS = {"embedding": {"rows": 900}}
"""The same for Transformers, where the options of that name are others."""
NEEDED = {
    ("translation", "transformer", "embedding"): {"tied": False},
    ("language_model", "recurrent", "tied"): {"embedding": 4, "units": 4},
    ("translation", "transformer", "context"): {"positions": "learned"},
}
"""Options that act only beside certain values of others."""
RECURRENT = "recurrent_encoder_decoder"
HOOKS = (
    "carries_state",
    "decoding",
    "max_context",
    "max_ids",
    "reads",
    "sample_words",
    "skips_padding",
    "softmax_samples",
    "teacher_forcing_schedule",
)
"""What the task asks of a model's options besides the network."""


WITHOUT_TEXT = ("regression",)
"""Tasks whose data here have no text: their models are those that read none, with `category_width` among their options.
tests/tasks/test_examples.py trains the others on both."""
WITH_CATEGORIES = {True: ("category_width",), False: ()}


ELSEWHERE = ("sentence_encoder",)
"""Models that need files: tests/models/classification/test_sentence_encoder.py."""

OF_ITS_TRAINING = (("language_model", "transformer", "context"),)
"""Options that another value of the section `training` demands: tests/tasks/language_modeling/test_task.py."""

OF_CLASSES = ("keep_ratio", "smoothing")
"""Options that need documents with classes: tests/tasks/word_vectors/test_document_predictor.py."""


def _reads_a_text(model):
    return getattr(model, "reads", "") != "features"


def every_option():
    for task in TASKS.values():
        for model in task.registries.models:
            if _reads_a_text(model) == (task.name in WITHOUT_TEXT) or model.component_name() in ELSEWHERE:
                continue
            for option in model.model_fields:
                case = task.name, model.component_name(), option
                elsewhere = ("name", *OF_CLASSES, *WITH_CATEGORIES[_reads_a_text(model)])
                if option not in elsewhere and case not in OF_ITS_TRAINING and task.name in DATA:
                    yield case


def effect(task, model, options):
    """Cached by the text of the options, which may be mappings."""
    return effect_of(task, model, json.dumps(options))


@cache
def effect_of(task, model, given):
    """The hooks, the initial weights, and the loss of one batch in training with others."""
    of_model, options = TASKS[task].registries.models[model], json.loads(given)
    sizes = {name: value for name, value in SMALL.items() if name in of_model.model_fields}
    if "one_hot" in options or model == "transformer":
        sizes.pop("embedding", None)  # refused beside it, or as wide as the blocks
    config = {"task": task, **DATA[task], "model": {"name": model, **sizes, **options}}
    if getattr(of_model, "reads", "") == "bag":
        config["vectorizer"] = "words"
    experiment = load(config).experiment
    data = prepare_data(experiment, locate(experiment.data), SILENT)
    store = data.stores["train"]
    batches = data.task.batches(store, experiment.training)
    runtime.set_seed(0)
    network = data.task.build(store)
    batch = batches.gather(batches.plan(seed=1, epoch=1)[0])
    tensors = {name: runtime.tensorflow().constant(array) for name, array in batch.items()}
    hooks = [repr(getattr(experiment.model, name, None)) for name in HOOKS]
    weights = [np.asarray(weight).tobytes() for weight in network.weights]
    for weight in network.weights:  # what starts equal may learn differently
        if "float" in str(weight.dtype):
            weight.assign_add(np.linspace(-0.1, 0.1, weight.numpy().size).reshape(weight.shape))
    loss = data.task.loss(store, network, experiment.training)(network, tensors)
    return hooks, weights, [[float(value) for value in pair] for pair in loss.values()]


@pytest.mark.parametrize(("task", "model", "option"), list(every_option()))
def test_an_option_changes_the_model(task, model, option):
    given = NEEDED.get((task, model, option), {})
    default = TASKS[task].registries.models[model].model_fields[option].default
    changed = CHANGED | OF_TRANSFORMERS if model == "transformer" else CHANGED
    value = not default if isinstance(default, bool) else changed[option]
    before, after = effect(task, model, given), effect(task, model, {**given, option: value})
    assert before != after


@pytest.mark.parametrize(
    ("task", "model", "option", "message"),
    [
        ("classification", {"name": "bag", "hidden": 0, "dropout": 0.3}, "dropout", "no hidden layer"),
        ("classification", {"name": "recurrent", "one_hot": True, "embedding": 9}, "embedding", "one_hot replaces"),
        ("language_model", {"name": "recurrent", "one_hot": True, "embedding": 9}, "embedding", "one_hot replaces"),
        (
            "translation",
            {"name": "recurrent_encoder_decoder", "attention": "none", "score": "general"},
            "score",
            "none",
        ),
        ("word_vectors", {"name": "cbow", "objective": "softmax", "negatives": 9}, "negatives", "all words"),
        ("translation", {"name": "transformer", "context": 9}, "context", "sinusoidal positions"),
    ],
)
def test_an_option_without_effect_is_refused(task, model, option, message):
    with pytest.raises(ConfigError) as refusal:
        load({"task": task, **DATA[task], "vectorizer": "words", "model": model})
    (problem,) = refusal.value.problems
    assert (problem.path, message in problem.message) == (f"model.{option}", True)
    assert problem.message.startswith("has no effect: ")
