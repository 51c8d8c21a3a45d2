"""Classifiers that read words in order, from texts to answers: few shapes, extreme texts, independent of each other."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close
from hypothesis import given, settings
from hypothesis import strategies as st
from keras_twins import force

from seqlab.data.batching import pipeline
from seqlab.data.datasets.synthetic_reviews import SyntheticReviews
from seqlab.data.records import Records
from seqlab.models.classification import RecurrentClassifier, SeparableConvClassifier, TransformerClassifier
from seqlab.progress import SILENT
from seqlab.tasks import CLASSIFICATION, Choices
from seqlab.text.words import Words
from seqlab.training.train_step import as_tensors, compile_steps

WORDS = [f"word{number}" for number in range(30)]
PARTS = {
    "recurrent, masked": RecurrentClassifier(cell="gru", units=3, embedding=4, mask=True),
    "recurrent, not masked": RecurrentClassifier(units=3, embedding=4, mask=False),
    "separable_conv": SeparableConvClassifier(embedding=4, filters=6, kernel=3, blocks=1),
    "transformer": TransformerClassifier(heads=1, width=4, feed_forward=6),
}


def texts_of(lengths, seed=0):
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(WORDS, length)) for length in lengths]


def records(texts):
    return Records({"text": texts, "label": [("no", "yes")[number % 2] for number in range(len(texts))]})


class Fitted:
    """A task that learned its words, a model of it with fresh weights, and a step to train it."""

    def __init__(self, part, max_length=None):
        train = records(texts_of(range(1, 65)))
        self.task = CLASSIFICATION.fit(Choices(SyntheticReviews(), Words(max_length=max_length), part), train, SILENT)
        self.store = self.task.encode(train, SILENT)
        keras.utils.set_random_seed(1)
        self.model = self.task.build(self.store)
        loss_function = self.task.loss(self.store, self.model, CLASSIFICATION.training())
        optimizer = keras.optimizers.Adam(1e-3)
        optimizer.build(self.model.trainable_variables)
        self.steps = compile_steps(self.model, optimizer, loss_function, jit_compile=False)
        self.nothing_yet = as_tensors(loss_function.metric_names, {})
        self.predictor = self.task.predictor(self.model)

    def answers(self, texts):
        """The probability of the second label, for each text."""
        return np.array([answer.probabilities["yes"] for answer in self.predictor.predict(texts)])

    def widths(self, store, batch_size, epoch=1):
        """Trains an epoch; how wide its batches were. A step whose loss or gradient is not finite is not done."""
        planned = self.task.batches(store, CLASSIFICATION.training(batch_size=batch_size))
        order = planned.plan(seed=0, epoch=epoch)
        gathered = [planned.gather(rows) for rows in order]
        batches = pipeline.batches(order, planned.gather, planned.signature)
        done, totals = self.steps(iter(batches), tf.constant(len(order)), self.nothing_yet)
        assert int(done) == len(order)
        assert float(totals["loss"][1]) == len(store)
        return [batch["ids"].shape[1] for batch in gathered]


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_compiled_by_xla():
    """It would be for so small a cell, once for each number of rows: seconds each, and no other numbers."""
    with pytest.MonkeyPatch.context() as patch:
        force(patch, "plain")
        yield


@pytest.fixture(scope="module", params=PARTS.values(), ids=PARTS.keys())
def fitted(request):
    return Fitted(request.param)


def test_texts_of_64_lengths_have_four_shapes_and_one_trace(fitted):
    for epoch in (1, 2):
        assert set(fitted.widths(fitted.store, 8, epoch)) == {16, 32, 48, 64}
    assert fitted.steps.experimental_get_tracing_count() == 1


@settings(max_examples=6, deadline=None)
@given(lengths=st.lists(st.integers(0, 70), min_size=2, max_size=4), seed=st.integers(0, 99))
def test_an_answer_does_not_depend_on_the_batch(fitted, lengths, seed):
    texts = texts_of(lengths, seed)
    alone = [fitted.answers([text])[0] for text in texts]
    assert_close(fitted.answers(texts), alone)


def test_a_batch_of_one_is_trained_on(fitted):
    assert sorted(fitted.widths(fitted.task.encode(records(texts_of([5, 3, 20])), SILENT), 1)) == [16, 16, 32]


def test_texts_of_which_nothing_is_left_are_one_unknown_word_and_get_no_label(fitted):
    nothing = ["!!!", "", " \u2026 ", "\u00bf?"] * 2
    assert np.isnan(fitted.answers(nothing)).all()
    assert {each.label for each in fitted.predictor.predict(nothing)} == {""}
    assert fitted.widths(fitted.task.encode(records(nothing), SILENT), 8) == [16]


@pytest.mark.slow
def test_ten_thousand_tokens(fitted):
    """Attention takes the square of it, in memory and time: a fifth of the tokens there."""
    attends = isinstance(fitted.task.examples.model, TransformerClassifier)
    length, width = (2_000, 2_048) if attends else (10_000, 10_240)
    texts = texts_of([length, 5])
    assert sorted(fitted.widths(fitted.task.encode(records(texts), SILENT), 1)) == [16, width]
    assert np.isfinite(fitted.answers(texts)).all()


@pytest.mark.parametrize("part", [PARTS["transformer"], PARTS["recurrent, not masked"]], ids=lambda part: part.name)
def test_what_is_beyond_the_longest_length_is_not_read(part):
    fitted = Fitted(part, max_length=40)
    (long,) = texts_of([10_000])
    read = " ".join(long.split()[:40])
    others = texts_of([3, 0, 39])
    answers = fitted.answers([long, read, *others])
    assert [each.cut_off for each in fitted.predictor.predict([long, read, others[0]])] == [9_960, 0, 0]
    assert_close(answers[0], answers[1])
    assert_close(answers[2:], [fitted.answers([other])[0] for other in others])
