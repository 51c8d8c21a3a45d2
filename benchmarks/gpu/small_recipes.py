"""The models of the recipes in small sizes, on data that are there: the same layers, loss and optimizer.

The tests use them too: what a GPU would run of each model is looked up there.
"""

import json

from seqlab import runtime
from seqlab.config import dump, load
from seqlab.config.recipes import recipe_names
from seqlab.data.batching.pipeline import batches as pipeline_of
from seqlab.data.splits.load_splits import locate
from seqlab.experiment.prepare_data import prepare_data
from seqlab.progress import SILENT
from seqlab.tasks import TASKS

WORDS = {"name": "words", "max_length": 12}
DATA = {
    "classification": {"data": {"name": "synthetic", "size": 100}, "vectorizer": WORDS},
    "language_model": {"data": {"name": "synthetic", "size": 4000}, "vectorizer": "characters"},
    "regression": {"data": {"name": "synthetic", "size": 100}},
    "translation": {"data": {"name": "synthetic", "size": 100}, "vectorizer": {**WORDS, "max_tokens": None}},
    "word_vectors": {"data": {"name": "synthetic", "size": 100}, "vectorizer": "words"},
}
SMALL = {
    "units": 4, "embedding": 4, "width": 8, "heads": 2, "feed_forward": 8, "filters": 4, "dimensions": 4, "hidden": 4,
    "sample_words": (), "window": 5,
}  # fmt: skip
OF_TRAINING = ("optimizer", "learning_rate", "label_smoothing", "clip_norm", "schedule", "epochs", "class_weights")
WITHOUT_MODEL = ("sentence_encoder",)
"""Models that need files, of which training has no more than a dense layer over vectors."""


def small_configs():
    """Name of the first recipe that has it → config, of all recipes: each has another model, whatever its sizes."""
    found = {}
    for name in recipe_names():
        if recipe(name)["model"]["name"] not in WITHOUT_MODEL:
            small = small_config(name)
            kind = {key: bool(value) if isinstance(value, float) else value for key, value in small["model"].items()}
            found.setdefault(json.dumps([small["task"], kind], sort_keys=True), (name, small))
    return dict(found.values())


def recipe(name):
    return dump(load(name).experiment)


def small_config(name):
    config = recipe(name)
    task, model = config["task"], config["model"]
    of_model = TASKS[task].registries.models[model["name"]]
    sizes = {name: value for name, value in SMALL.items() if name in of_model.model_fields}
    if model["name"] == "transformer" or model.get("one_hot"):  # as wide as the blocks, or there is none
        sizes.pop("embedding", None)
        model.pop("embedding", None)
    model.pop("keep_ratio", None)  # of data with classes
    model.pop("context", None)  # of windows
    if "window" in model:
        sizes["window"] = model["window"]
    if "layers" in model:  # those of a Transformer are all alike
        sizes["layers"] = 1 if model["name"] == "transformer" else min(model["layers"], 2)
    training = {name: value for name, value in config["training"].items() if name in OF_TRAINING}
    small = {"task": task, **DATA[task], "model": {**model, **sizes}, "training": training}
    if getattr(of_model, "reads", "") == "bag":
        small["vectorizer"] = {"name": "words"}
    return small


def without_dropout(config):
    """The same model in which nothing is random: what is drawn depends on the precision."""
    off = {name: 0.0 for name in config["model"] if name == "dropout"}
    return {**config, "model": {**config["model"], **off}, "training": dict(config["training"])}


def built(config, overrides=()):
    """The experiment, its fitted task and data, and the model with random weights."""
    experiment = load(config, overrides).experiment
    data = prepare_data(experiment, locate(experiment.data), SILENT)
    runtime.set_seed(1)
    return experiment, data, data.task.build(data.stores["train"])


def training_steps(experiment, data, model, *, jit_compile=False, accumulate=1):
    """The compiled function that trains, an iterator of its batches without end, and totals to begin with."""
    from seqlab.training.optimizers.build import build_optimizer
    from seqlab.training.train_step import as_tensors, compile_steps

    options = experiment.training
    optimizer = build_optimizer(
        options.optimizer, learning_rate=options.learning_rate, schedule=options.schedule,
        clip_norm=options.clip_norm, devices=1, steps=100, factor_of=None,
    )  # fmt: skip
    optimizer.build(model.trainable_variables)
    loss = data.task.loss(data.stores["train"], model, options)
    steps = compile_steps(model, optimizer, loss, jit_compile=jit_compile, accumulate=accumulate)
    batches = data.task.batches(data.stores["train"], options)
    plan = batches.plan(seed=1, epoch=1)
    endless = pipeline_of(plan, batches.gather, batches.signature, parts=accumulate).repeat()
    return steps, iter(endless), as_tensors(loss.metric_names, {})
