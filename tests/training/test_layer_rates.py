"""Learning rates by depth: discriminative fine-tuning and gradual unfreezing."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_training import Named

from seqlab.keras_names import OPTIMIZERS
from seqlab.layers.embedding import Embedding
from seqlab.models.classification import CLASSIFIERS, ClassifierContext
from seqlab.models.language_modeling import LANGUAGE_MODELS, LanguageModelContext
from seqlab.training.layer_rates import LayerRates, layer_groups
from seqlab.training.optimizers import row_updates
from seqlab.training.optimizers.build import build_optimizer
from seqlab.training.options import NOT_SCALED
from seqlab.training.train_step import as_tensors, compile_steps

IDS = np.array([[1, 2, 3], [3, 3, 4], [5, 1, 1], [2, 4, 6]], np.int32)
TARGETS = np.array([[1.0], [-1.0], [0.5], [2.0]], np.float32)


def model_of_three_groups():
    keras.utils.set_random_seed(3)
    ids = keras.Input((None,), dtype="int32", name="ids")
    vectors = Embedding(40, 4, name="embedding", initializer="uniform")(ids)
    hidden = keras.layers.Dense(3, name="hidden")(keras.ops.mean(vectors, axis=1))
    return keras.Model({"ids": ids}, keras.layers.Dense(1, name="logits")(hidden))


class Squares:
    metric_names = ("loss",)
    variables = ()

    def begin_epoch(self):
        pass

    def __call__(self, model, batch):
        errors = tf.square(model({"ids": batch["ids"]}, training=True) - batch["y"])
        return {"loss": (tf.reduce_sum(errors), tf.cast(tf.size(errors), tf.float32))}


class Small:
    """A training of the model, epoch by epoch of one batch."""

    def __init__(self, name, *, rates=None, rate=0.1, **options):
        self.model = model_of_three_groups()
        self.rates = None if rates is None else LayerRates(self.model, **rates)
        factor_of = None if self.rates is None else self.rates.of
        built = build_optimizer(
            Named(name, options),
            learning_rate=rate,
            schedule=None,
            clip_norm=None,
            devices=1,
            steps=9,
            factor_of=factor_of,
        )
        built.build(self.model.trainable_variables)
        self.step = compile_steps(self.model, built, Squares(), jit_compile=False)

    def epoch(self, number):
        """The weights after an epoch, by layer."""
        if self.rates is not None:
            self.rates.begin_epoch(number)
        batches = iter(tf.data.Dataset.from_tensors({"ids": IDS, "y": TARGETS}).map(lambda each: (each,)))
        assert int(self.step(batches, tf.constant(1), as_tensors(("loss",), {}))[0]) == 1
        return self.weights()

    def weights(self):
        return {layer.name: [np.array(w.numpy()) for w in layer.weights] for layer in self.model.layers}


def moved(before, after):
    return {
        name: [new - old for old, new in zip(before[name], after[name], strict=True)] for name in after if after[name]
    }


@pytest.mark.parametrize("large", [1, 500_000])
def test_an_update_of_sgd_is_the_plain_one_times_the_factor(monkeypatch, large):
    """With a table that is updated by rows, and with one that is not."""
    monkeypatch.setattr(row_updates, "LARGE", large)
    plain, scaled = Small("sgd"), Small("sgd", rates={"layer_decay": 4.0, "unfreeze_epochs": None})
    before = plain.weights()
    one, other = (moved(before, each.epoch(1)) for each in (plain, scaled))
    for name, factor in [("logits", 1), ("hidden", 1 / 4), ("embedding", 1 / 16)]:
        for whole, part in zip(one[name], other[name], strict=True):
            assert np.abs(whole).max() > 0
            np.testing.assert_allclose(part, whole * factor, rtol=1e-4, atol=1e-7)
    assert np.flatnonzero(other["embedding"][0].any(axis=1)).tolist() == [1, 2, 3, 4, 5, 6]


NAMES = sorted({*OPTIMIZERS.names} - NOT_SCALED)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", [{}, {"weight_decay": 0.1}], ids=["plain", "weight decay"])
def test_layers_that_are_not_unfrozen_stay_as_they_are(name, options):
    small = Small(name, rates={"layer_decay": 1.0, "unfreeze_epochs": 1}, **options)
    before = small.weights()
    for epoch, frozen in [(1, {"hidden", "embedding"}), (2, {"embedding"}), (3, set())]:
        after = small.epoch(epoch)
        still = {layer for layer, parts in moved(before, after).items() if not any(part.any() for part in parts)}
        assert still == frozen
        assert all(np.isfinite(part).all() for parts in after.values() for part in parts)
        before = after
    assert small.step.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("name", NAMES)
def test_with_factors_of_one_training_is_the_plain_one(name):
    options = {"weight_decay": 0.01}
    plain, scaled = Small(name, **options), Small(name, rates={"layer_decay": 1.0, "unfreeze_epochs": None}, **options)
    for epoch in (1, 2, 3):
        one, other = plain.epoch(epoch), scaled.epoch(epoch)
    for layer, parts in one.items():
        for mine, theirs in zip(other[layer], parts, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-6)


def test_weight_decay_has_the_rate_of_its_layer():
    """Without a gradient only the decay moves a weight: w · (1 − rate · decay · factor)."""
    small = Small("adamw", rates={"layer_decay": 2.0, "unfreeze_epochs": None}, rate=0.1, weight_decay=0.5)
    before = small.weights()["embedding"][0]
    after = small.epoch(1)["embedding"][0]
    unread = np.setdiff1d(np.arange(40), IDS)
    np.testing.assert_allclose(after[unread], before[unread] * (1 - 0.1 * 0.5 / 4), rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "epochs"),
    [
        (
            {"layer_decay": 2.0, "unfreeze_epochs": None},
            {1: [1, 0.5, 0.25], 9: [1, 0.5, 0.25]},
        ),
        (
            {"layer_decay": 1.0, "unfreeze_epochs": 2},
            {1: [1, 0, 0], 2: [1, 0, 0], 3: [1, 1, 0], 4: [1, 1, 0], 5: [1, 1, 1]},
        ),
        (
            {"layer_decay": 4.0, "unfreeze_epochs": 1},
            {1: [1, 0, 0], 2: [1, 0.25, 0], 3: [1, 0.25, 0.0625]},
        ),
    ],
)
def test_factors_are_a_function_of_the_epoch_alone(options, epochs):
    rates = LayerRates(model_of_three_groups(), **options)
    assert {epoch: rates.factors(epoch) for epoch in reversed(epochs)} == epochs


def names(model):
    return [[layer.name for layer in group] for group in layer_groups(model)]


@pytest.mark.parametrize(
    ("options", "groups"),
    [
        ({"name": "recurrent", "layers": 2, "units": 4}, [["logits"], ["lstm_2"], ["lstm_1"], ["embedding"]]),
        (
            {"name": "transformer", "layers": 2, "width": 4, "heads": 2, "positions": "learned"},
            [["norm", "logits"], ["block_2"], ["block_1"], ["embedding", "positions"]],
        ),
        (
            {"name": "recurrent", "units": 4, "embedding": {"width": 4, "trainable": False}},
            [["logits"], ["lstm_1"]],
        ),
    ],
)
def test_groups_are_the_layers_by_depth(options, groups):
    assert names(CLASSIFIERS.read(options).build(ClassifierContext(10, 1, False, 5))) == groups


def test_a_tied_table_belongs_to_the_embedding():
    model = LANGUAGE_MODELS.read({"name": "recurrent", "units": 4, "embedding": 4, "tied": True}).build(
        LanguageModelContext(10)
    )
    model({"ids": tf.zeros((1, 1), tf.int32)})
    assert names(model) == [["logits"], ["gru_1"], ["embedding"]]
    rates = LayerRates(model, layer_decay=2.0, unfreeze_epochs=None)
    assert float(rates.of(model.embedding.table)) == 0.25
    late = LayerRates(model, layer_decay=1.0, unfreeze_epochs=3)
    assert list(late.lines(4)) == [
        "logits: 1 of the learning rate",
        "gru_1: 1 of the learning rate, from epoch 4",
        "embedding: 1 of the learning rate, from epoch 7: never, with 4 epochs; set training.epochs higher or "
        "training.unfreeze_epochs lower",
    ]
    assert list(rates.lines(9)) == [
        "logits: 1 of the learning rate",
        "gru_1: 0.5 of the learning rate",
        "embedding: 0.25 of the learning rate",
    ]
