"""The standard deviations of activations and gradients of a model with random weights, layer by layer."""

import contextlib
from typing import NamedTuple
from unittest import mock

import keras
import numpy as np
import tensorflow as tf
from small_recipes import built

from seqlab.data.batching.pipeline import batches as pipeline_of
from seqlab.tasks import TASKS

WORDS = {"name": "words"}
DATA = {
    "classification": {"data": {"name": "synthetic", "size": 1000}, "vectorizer": WORDS},
    "language_model": {"data": {"name": "synthetic", "size": 20_000}, "vectorizer": "characters"},
    "regression": {"data": {"name": "synthetic", "size": 1000}},
    "translation": {"data": {"name": "synthetic", "size": 1000}, "vectorizer": WORDS},
    "word_vectors": {"data": {"name": "synthetic", "size": 1000}, "vectorizer": WORDS},
}
OF_FILES = ("sentence_encoder", "document_vectors")
"""Models of vectors that come from elsewhere, and of documents, of which each is a row of its own."""
VARIANTS = {
    ("classification", "recurrent"): ({}, {"one_hot": True}),
    ("language_model", "recurrent"): ({}, {"one_hot": True}, {"tied": True}),
    ("translation", "recurrent_encoder_decoder"): (
        {},
        {"attention": "none"},
        {"attention": "bahdanau"},
        {"tied": True},
    ),
}  # fmt: skip
"""Options beside the defaults that change what a model begins with."""


class Deviations(NamedTuple):
    """Of one batch at the start of training."""

    activations: dict[str, float]
    """Layer → the deviation of what it gives"""
    gradients: dict[str, float]
    """Weight → the deviation of the gradient of the mean loss"""
    loss: float


def models():
    """(task, model with options) of every model whose data are there."""
    for task, given in DATA.items():
        registry = TASKS[task].registries.models
        for model in registry.names:
            if model in OF_FILES or registry[model].needs_vectorizer != ("vectorizer" in given):
                continue
            for options in VARIANTS.get((task, model), ({},)):
                yield task, {"name": model, **options}


def deviations(task, model, *, seed=1):
    """Those of a model with default options on a batch of synthetic data."""
    config = {"task": task, **DATA[task], "model": model, "runtime": {"seed": seed}}
    experiment, data, network = built(config)
    loss_function = data.task.loss(data.stores["train"], network, experiment.training)
    batches = data.task.batches(data.stores["train"], experiment.training)
    (batch,) = next(iter(pipeline_of(batches.plan(seed=1, epoch=1), batches.gather, batches.signature)))
    given = {}
    with watched(given), tf.GradientTape() as tape:
        total, count = loss_function(network, batch)["loss"]
        loss = total / tf.cast(count, total.dtype)
    weights = network.trainable_variables
    gradients = tape.gradient(loss, [weight.value for weight in weights])
    return Deviations(
        given,
        {weight.path: _deviation(each) for weight, each in zip(weights, gradients, strict=True) if each is not None},
        float(loss),
    )


@contextlib.contextmanager
def watched(given):
    """Write into `given` the deviation of what each layer gives, of the last call if there are several."""
    call = keras.layers.Layer.__call__

    def watching(layer, *arguments, **options):
        outputs = call(layer, *arguments, **options)
        first = tf.nest.flatten(outputs)[0]
        if (
            tf.is_tensor(first)
            and first.dtype.is_floating
            and not isinstance(layer, keras.Model | keras.layers.Dropout)
        ):
            given[layer.name if layer.path is None else layer.path] = _deviation(first)
        return outputs

    with mock.patch.object(keras.layers.Layer, "__call__", watching):
        yield


def _deviation(values):
    values = values.values if isinstance(values, tf.IndexedSlices) else values
    return float(np.std(np.asarray(values, np.float64)))
