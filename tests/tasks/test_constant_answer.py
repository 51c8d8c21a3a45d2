"""The loss of the best constant answer: by hand, against an optimizer, and of each task."""

import math
from fractions import Fraction

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from quick import LANGUAGE_MODEL, QUICK, TRANSLATED, WORD_VECTORS
from scipy import optimize, special

from seqlab import config
from seqlab.config.choices import choices_of
from seqlab.data.records import Records
from seqlab.models.translation import TeacherForcing
from seqlab.progress import SILENT
from seqlab.tasks import TASKS
from seqlab.tasks import constant_answer as module
from seqlab.tasks.classification.loss import ClassificationLoss
from seqlab.tasks.constant_answer import constant_answer_of, counts_of, losses_of_frequencies
from seqlab.tasks.language_modeling.loss import NextTokenLoss
from seqlab.tasks.translation.loss import TranslationLoss

HALF, THIRD = math.log(2), math.log(3)


def entropy(*shares):
    return -sum(float(share) * math.log(share) for share in shares)


def answer_to(given, columns, *overrides, keys=("text",)):
    """The best constant answer to records, by a config."""
    loaded = config.load(given, overrides).experiment
    choices, train = choices_of(loaded), Records(columns, keys=keys)
    task = TASKS[loaded.task].fit(choices, train, SILENT)
    return constant_answer_of(task, task.encode(train, SILENT), loaded.training)


def labelled(labels, *overrides):
    texts = [f"text {number}" for number in range(len(labels))]
    return answer_to(QUICK, {"text": texts, "label": list(labels)}, *overrides)


def test_three_classes():
    answer = labelled("aaaaabbbcc")
    assert answer.train == pytest.approx(entropy(Fraction(5, 10), Fraction(3, 10), Fraction(2, 10)))
    assert answer.train == pytest.approx(1.0296530140645737)
    assert answer.validation == answer.train
    assert str(answer) == "1.0297 by the frequencies of the labels"


def test_balanced_weights_make_the_answer_uniform():
    """In training, all classes count the same. In validation, a uniform answer costs log 2 whatever the frequencies."""
    answer = labelled("aaab", "training.class_weights=balanced")
    assert (answer.train, answer.validation) == (pytest.approx(HALF), pytest.approx(HALF))
    given = labelled("aaab", "training.class_weights={a: 1, b: 9}")  # 3 · 1 against 1 · 9
    assert given.train == pytest.approx(entropy(Fraction(1, 4), Fraction(3, 4)))
    assert given.validation == pytest.approx(3 / 4 * math.log(4) + 1 / 4 * math.log(4 / 3))
    assert str(given) == "0.5623 and 1.1116 by the frequencies of the labels"


def test_label_smoothing_moves_the_answer():
    """Of 3 : 1, smoothed by 0.2: 0.8 · 3/4 + 0.1 = 0.7."""
    answer = labelled("aaab", "training.label_smoothing=0.2")
    assert answer.train == pytest.approx(entropy(Fraction(7, 10), Fraction(3, 10)))
    assert answer.validation == pytest.approx(-3 / 4 * math.log(0.7) - 1 / 4 * math.log(0.3))


@pytest.mark.parametrize("loss", ["binary_focal_crossentropy", "hinge", "squared_hinge"])
def test_another_loss_of_classes_is_not_known(loss):
    assert labelled("aaab", f"training.loss={loss}") is None


def test_the_names_of_cross_entropy():
    assert labelled("aaab", "training.loss=binary_crossentropy") == labelled("aaab")
    assert labelled("aabc", "training.loss=categorical_crossentropy") == labelled("aabc")


@pytest.mark.parametrize(
    ("overrides", "known"),
    [
        ((), True),
        (("training.loss=mse",), True),
        (("training.loss=mean_squared_error",), True),
        (("training.loss=mae",), False),
        (("training.loss=huber",), False),
    ],
)
def test_numbers(overrides, known):
    given = {**QUICK, "task": "regression", "data": {"name": "csv", "path": "a.csv"}}
    answer = answer_to(given, {"text": ["a b", "b c", "c d"], "number": [1.0, 2.0, 6.0]}, *overrides)
    if not known:
        assert answer is None
        return
    assert (answer.train, answer.validation) == (pytest.approx(1), pytest.approx(1)), "targets are standardized"


def text_of(letters, *overrides):
    return answer_to(LANGUAGE_MODEL, {"text": [letters]}, *overrides)


def test_a_text_of_known_letters():
    """The first letter is never predicted: of what remains, half are a, a quarter b, a quarter c."""
    answer = text_of("c" + "aabc" * 10)
    assert answer.train == answer.validation == pytest.approx(1.5 * HALF)


def test_a_text_of_one_letter_needs_no_model():
    assert text_of("a" * 50).train == 0


def test_smoothing_of_tokens():
    """Three ids: a, b, c. The answer of 1/2, 1/4, 1/4, smoothed by 0.4, is 13/30, 17/60, 17/60."""
    answer = text_of("c" + "aabc" * 10, "training.label_smoothing=0.4")
    assert answer.train == pytest.approx(entropy(Fraction(13, 30), Fraction(17, 60), Fraction(17, 60)))
    assert answer.validation == pytest.approx(-math.log(13 / 30) / 2 - math.log(17 / 60) / 2)


def pairs(*overrides):
    """Target tokens: uno, uno, dos, and an end for each of two sentences."""
    given = {**TRANSLATED, "model": {"name": "recurrent_encoder_decoder", "units": 4, "embedding": 4}}
    columns = {"source": ["one one", "two"], "target": ["uno uno", "dos"]}
    return answer_to(given, columns, *overrides, keys=("source", "target"))


def test_pairs_have_an_end_and_no_start():
    answer = pairs()
    assert answer.train == answer.validation == pytest.approx(entropy(Fraction(2, 5), Fraction(2, 5), Fraction(1, 5)))


def test_unknown_target_tokens_are_tokens():
    """Room for one word beside the four special ids: `dos` is unknown, and is predicted as that."""
    given = ["vectorizer={source: words, target: {name: words, max_tokens: 5}}"]
    assert pairs(*given).train == pytest.approx(entropy(Fraction(2, 5), Fraction(2, 5), Fraction(1, 5)))


def test_smoothing_of_a_translator_spares_the_special_ids():
    """Only uno and dos get a share, of 0.1 each: uno, end, dos are 0.8 · (2/5, 2/5, 1/5) + (0.1, 0, 0.1)."""
    answer = pairs("training.label_smoothing=0.2")
    assert answer.train == pytest.approx(entropy(Fraction(42, 100), Fraction(32, 100), Fraction(26, 100)))
    assert answer.validation == pytest.approx(-0.4 * math.log(0.42) - 0.4 * math.log(0.32) - 0.2 * math.log(0.26))


def test_scheduled_sampling_changes_nothing_and_a_sampled_softmax_is_not_known():
    assert pairs("model.teacher_forcing={start: 1, end: 0.5, steps: 10}") == pairs()
    assert pairs("model.sampled_softmax=2") is None


def test_word_vectors_have_no_constant_answer():
    assert answer_to(WORD_VECTORS, {"text": ["a b c", "b c d"]}) is None


@given(
    st.lists(st.integers(1, 50), min_size=2, max_size=5),
    st.floats(0, 0.9),
    st.integers(0, 1),
    st.randoms(use_true_random=False),
)
def test_no_constant_answer_has_a_lower_training_loss(counts, smoothing, first, random):
    counts = np.array(counts)
    weights = np.array([random.uniform(0.1, 5) for _ in counts])
    spread = np.where(np.arange(len(counts)) < first, 0, 1 / (len(counts) - first))
    targets = (1 - smoothing) * np.eye(len(counts)) + smoothing * spread

    def loss(logits):
        each = -targets @ special.log_softmax(logits)
        return (counts * weights * each).sum() / (counts * weights).sum()

    found = optimize.minimize(loss, np.zeros(len(counts)))
    train, validation = losses_of_frequencies(counts, weights=weights, label_smoothing=smoothing, first=first)
    assert train == pytest.approx(found.fun, abs=1e-4)
    plain = -special.log_softmax(found.x) @ counts / counts.sum()
    assert validation == pytest.approx(plain, rel=2e-2, abs=1e-3)


def test_ids_are_counted_in_chunks(monkeypatch):
    ids = np.random.default_rng(0).integers(0, 9, 1000).astype(np.int32)
    monkeypatch.setattr(module, "CHUNK", 7)
    np.testing.assert_array_equal(counts_of(ids, 11), np.bincount(ids, minlength=11))
    assert counts_of(ids[:0], 3).tolist() == [0, 0, 0]


def constant(probabilities, rows):
    """Logits of these probabilities for each row. Of two classes, the one logit is the log of their quotient."""
    logits = np.log(np.maximum(probabilities, 1e-30)).astype(np.float32)
    if len(logits) == 2:
        logits = logits[1:] - logits[:1]
    return tf.tile(logits[None], (rows, 1))


class Constant:
    """A model that gives each id, or each example, the same probabilities."""

    input = ("ids",)

    def __init__(self, probabilities):
        self.probabilities = probabilities

    def hidden(self, source, inputs, training):
        return tf.zeros((*inputs.shape, 1))

    def head(self, hidden):
        return constant(self.probabilities, len(hidden))

    def __call__(self, inputs, training):
        ids = inputs["ids"]
        return tf.reshape(constant(self.probabilities, int(tf.size(ids))), (*ids.shape, -1))


@pytest.mark.parametrize("labels", ["aaab", "aaaaabbbcc"])
def test_the_loss_of_a_classifier_is_that(labels):
    """With weights and smoothing: of a model whose answer is always the one of the lowest loss."""
    classes, targets = sorted(set(labels)), np.array([ord(label) - ord("a") for label in labels], np.int32)
    weights, counts = np.arange(1.0, len(classes) + 1), np.bincount(targets)
    q = 0.9 * counts * weights / (counts @ weights) + 0.1 / len(classes)
    loss = ClassificationLoss(len(classes), loss=None, class_weights=weights, label_smoothing=0.1)
    total, count = loss(Constant(q), {"ids": targets, "targets": tf.constant(targets)})["loss"]
    given = ", ".join(f"{name}: {weight}" for name, weight in zip(classes, weights, strict=True))
    answer = labelled(labels, f"training.class_weights={{{given}}}", "training.label_smoothing=0.1")
    assert float(total / count) == pytest.approx(answer.train, rel=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_loss_of_a_translator_is_that(smoothing):
    """Ids of [START] uno uno [END] and [START] dos [END], with padding after the shorter one."""
    target = np.array([[2, 4, 4, 3], [2, 5, 3, 0]], np.int32)
    share = smoothing / 2
    q = (1 - smoothing) * np.array([0, 0, 0, 0.4, 0.4, 0.2]) + [0, 0, 0, 0, share, share]
    always = TeacherForcing(start=1, end=1)
    loss = TranslationLoss(None, label_smoothing=smoothing, teacher_forcing=always, softmax_samples=None, target_size=6)
    positions = tf.constant(np.flatnonzero(target[:, 1:]), tf.int32)
    batch = {"source": tf.zeros((2, 3), tf.int32), "target": tf.constant(target), "positions": positions}
    total, count = loss(Constant(q), batch)["loss"]
    assert float(total / count) == pytest.approx(pairs(f"training.label_smoothing={smoothing}").train, rel=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.4])
def test_the_loss_of_a_language_model_is_that(smoothing):
    """One window over the whole text."""
    text = "c" + "aabc" * 10
    q = (1 - smoothing) * np.array([1 / 2, 1 / 4, 1 / 4]) + smoothing / 3
    ids = tf.constant([["abc".index(letter) for letter in text]], tf.int32)
    loss = NextTokenLoss(None, label_smoothing=smoothing, streams=None)
    total, count = loss(Constant(q), {"ids": ids})["loss"]
    assert float(total / count) == pytest.approx(text_of(text, f"training.label_smoothing={smoothing}").train, rel=1e-5)
