"""What a translator's training lowers, worked out by hand for a model whose logits are rows of a table."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close

from seqlab.layers.logits import Logits
from seqlab.models.translation import TeacherForcing
from seqlab.tasks.translation.loss import TranslationLoss
from seqlab.training.cross_entropy import cross_entropy

SIZE = 9
BATCH = {
    "source": tf.constant([[5, 3], [3, 0]]),
    "target": tf.constant([[2, 5, 8, 4, 3], [2, 6, 3, 0, 0]]),
    "positions": tf.constant([0, 1, 2, 3, 4, 5]),
}
PLACES = [(2, 5), (5, 8), (8, 4), (4, 3), (2, 6), (6, 3)]
"""Each id that is read, and the one that is wanted after it."""


class Scripted:
    """Its logits depend on the id before alone: on each a row of `TABLE`."""

    def __init__(self, table=None):
        self.head = Logits(SIZE)
        self.head.build((None, SIZE))
        self.head.table.assign(np.random.default_rng(1).normal(size=(SIZE, SIZE)) if table is None else table)
        self.head.bias.assign(np.random.default_rng(2).normal(size=SIZE))
        self.told = []

    def hidden(self, source, target, *, training, **options):
        assert training
        self.told.append(options)
        return tf.one_hot(target, SIZE)

    def logits(self, read):
        """After these ids, float64."""
        return self.head.table.numpy().astype(np.float64)[:, read].T + self.head.bias.numpy()


def loss_function(model, *, smoothing=0.0, forcing=None, samples=None):
    return TranslationLoss(
        model,
        label_smoothing=smoothing,
        teacher_forcing=forcing or TeacherForcing(),
        softmax_samples=samples,
        target_size=SIZE,
    )


def log_softmax(logits):
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


READ, WANTED = map(list, zip(*PLACES, strict=True))


def test_loss_and_accuracy_by_hand_and_padding_counts_nowhere():
    model = Scripted()
    sums = loss_function(model)(model, BATCH)
    steps = log_softmax(model.logits(READ))
    loss, count = sums["loss"]
    assert float(count) == 6
    assert float(loss) == pytest.approx(-sum(steps[place, wanted] for place, wanted in enumerate(WANTED)), rel=1e-5)
    right, count = sums["accuracy"]
    assert float(count) == 6
    assert float(right) == sum(steps[place].argmax() == wanted for place, wanted in enumerate(WANTED))
    more = {side: tf.pad(BATCH[side], [[0, 0], [0, 3]]) for side in ("source", "target")}
    more["positions"] = tf.constant([0, 1, 2, 3, 7, 8])
    padded = loss_function(model)(model, more)
    for name in sums:
        assert_close(padded[name], sums[name])


def test_a_right_model_is_right_everywhere_and_padding_is_not_what_it_is_right_about():
    table = np.full((SIZE, SIZE), -20.0)
    for read, wanted in {2: 5, 5: 8, 8: 4, 4: 3, 6: 3, 3: 7, 0: 7}.items():
        table[wanted, read] = 20
    model = Scripted(table)
    model.head.bias.assign(np.zeros(SIZE))
    sums = loss_function(model)(model, BATCH)
    assert [float(each) for each in sums["accuracy"]] == [5, 6]  # the start is followed by 5 in one sentence only
    assert float(sums["loss"][0]) == pytest.approx(40, rel=1e-5)


def test_the_gradient_of_the_logits_is_probability_less_truth_at_true_places_only():
    model = Scripted()
    with tf.GradientTape() as tape:
        loss, _ = loss_function(model)(model, BATCH)["loss"]
    gradient = tf.convert_to_tensor(tape.gradient(loss, model.head.table.value)).numpy()
    expected = np.zeros((SIZE, SIZE))
    for read, wanted in PLACES:
        expected[:, read] += np.exp(log_softmax(model.logits([read]))[0]) - np.eye(SIZE)[wanted]
    assert_close(gradient, expected)
    assert not gradient[:, [0, 1, 3, 7]].any()  # never read before a true id; 3 and 0 are, before padding


class TestSmoothing:
    def test_by_hand(self):
        """0.8 on the truth, 0.2 in equal shares on the five words and signs that are no special ids."""
        model = Scripted()
        loss, _ = loss_function(model, smoothing=0.2)(model, BATCH)["loss"]
        steps = log_softmax(model.logits(READ))
        expected = sum(
            -0.8 * steps[place, wanted] - 0.2 * steps[place, 4:].mean() for place, wanted in enumerate(WANTED)
        )
        assert float(loss) == pytest.approx(expected, rel=1e-5)

    def test_special_ids_get_no_share(self):
        """At the minimum the probabilities are the smoothed truth: none of padding, unknown, start and end."""
        logits, wanted = tf.Variable(np.zeros((1, SIZE), np.float32)), tf.constant([6])
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(cross_entropy(wanted, logits, 0.5, first=4))
        shares = 1 / SIZE - tape.gradient(loss, logits).numpy()[0]
        assert_close(shares, [0, 0, 0, 0, 0.1, 0.1, 0.6, 0.1, 0.1])

    def test_it_changes_no_accuracy(self):
        model = Scripted()
        plain, smoothed = (loss_function(model, smoothing=share)(model, BATCH) for share in (0.0, 0.4))
        assert float(plain["accuracy"][0]) == float(smoothed["accuracy"][0])

    def test_half_precision_logits_are_added_up_in_float32(self):
        model = Scripted()
        exact, _ = loss_function(model)(model, BATCH)["loss"]
        head = model.head
        model.head = lambda vectors: tf.cast(head(vectors), tf.bfloat16)
        loss, _ = loss_function(model)(model, BATCH)["loss"]
        assert loss.dtype == tf.float32
        assert float(loss) == pytest.approx(float(exact), rel=0.02)


def expected_draws(ids, count):
    """How often each id is expected among so many draws; log(1 + 1/(id + 1)) / log(size + 1) is one draw's share."""
    return count * np.log1p(1 / (np.asarray(ids, np.float64) + 1)) / np.log(SIZE + 1)


class TestNegatives:
    @pytest.fixture
    def draw(self, monkeypatch):
        """Ids that are drawn: the uniform numbers in the middle of what gives them."""

        def fix(ids):
            borders = np.log(np.arange(1, SIZE + 2)) / np.log(SIZE + 1)
            uniform = (borders[:-1] + borders[1:]) / 2
            monkeypatch.setattr(keras.random, "uniform", lambda shape, seed: tf.constant(uniform[ids], tf.float32))

        return fix

    def by_hand(self, model, drawn):
        total = 0.0
        for read, wanted in PLACES:
            scores = model.logits([read])[0] - np.log(expected_draws(range(SIZE), len(drawn)))
            places = np.array([wanted, *drawn])
            powers = np.exp(scores[places])
            total -= np.log(powers[places == wanted].sum() / powers.sum())
        return total

    @pytest.mark.parametrize("drawn", [[7, 1, 4], [0], [8, 8, 5], [5, 3, 8, 4], list(range(SIZE))])
    def test_by_hand_with_these_drawn(self, draw, drawn):
        draw(drawn)
        model = Scripted()
        sums = loss_function(model, samples=len(drawn))(model, BATCH)
        assert sums.keys() == {"loss"}
        assert float(sums["loss"][0]) == pytest.approx(self.by_hand(model, drawn), rel=1e-5)
        assert float(sums["loss"][1]) == 6

    def test_the_true_id_does_not_stand_against_itself(self, draw):
        draw([5, 5, 5])
        model = Scripted()
        batch = {"source": tf.constant([[3]]), "target": tf.constant([[2, 5]]), "positions": [0]}
        loss, _ = loss_function(model, samples=3)(model, batch)["loss"]
        assert_close(loss, 0, scale=1)

    def test_the_gradient_reaches_rows_that_were_drawn_or_are_true(self, draw):
        draw([7, 1])
        model = Scripted()
        with tf.GradientTape() as tape:
            loss, _ = loss_function(model, samples=2)(model, BATCH)["loss"]
        gradients = tape.gradient(loss, [model.head.table.value, model.head.bias.value])
        for gradient in gradients:
            assert isinstance(gradient, tf.IndexedSlices)
            reached = np.any(np.reshape(tf.convert_to_tensor(gradient), (SIZE, -1)) != 0, axis=1)
            assert np.flatnonzero(reached).tolist() == sorted({7, 1, *WANTED})

    @pytest.mark.slow
    def test_ids_are_drawn_as_often_as_is_expected(self):
        """Thirty thousand draws, seen through what the gradient of a bias says of each id."""
        count, model = SIZE, Scripted(np.zeros((SIZE, SIZE)))
        model.head.bias.assign(np.zeros(SIZE))
        keras.utils.set_random_seed(3)
        drawing, seen = loss_function(model, samples=count), np.zeros(SIZE)
        batch = {"source": tf.constant([[3]]), "target": tf.constant([[2, 3]]), "positions": [0]}

        @tf.function
        def gradient():
            with tf.GradientTape() as tape:
                loss, _ = drawing(model, batch)["loss"]
            return tape.gradient(loss, model.head.bias.value).indices

        for _ in range(600):
            ids = gradient().numpy().tolist()
            ids.remove(3)  # the true one's own
            seen += np.bincount(ids, minlength=SIZE)
        assert seen.sum() == 600 * count
        np.testing.assert_allclose(seen / 600, expected_draws(range(SIZE), count), atol=0.1)

    def test_of_many_draws_the_loss_is_that_of_all_ids(self):
        model = Scripted()
        drawing = loss_function(model, samples=SIZE)
        drawing.softmax_samples = 20_000
        keras.utils.set_random_seed(5)
        loss, _ = drawing(model, BATCH)["loss"]
        full, _ = loss_function(model)(model, BATCH)["loss"]
        assert float(loss) == pytest.approx(float(full), rel=0.02)

    @pytest.mark.parametrize("count", [1, 2])
    def test_what_is_learned_are_the_probabilities_of_all_ids(self, draw, count):
        """Over all draws and all truths, each weighed by how probable it is, the gradient vanishes where the softmax
        over all ids is the truth: however few are drawn."""
        truth = np.exp(log_softmax(np.random.default_rng(7).normal(size=SIZE)))
        model = Scripted(np.zeros((SIZE, SIZE)))
        model.head.bias.assign(np.log(truth))
        shares, total = expected_draws(range(SIZE), 1), np.zeros(SIZE)
        each_truth = loss_function(model, samples=count)
        for drawn in itertools.product(range(SIZE), repeat=count):
            draw(list(drawn))
            with tf.GradientTape() as tape:
                hidden = tf.one_hot([2] * SIZE, SIZE)
                losses = each_truth._sampled_softmax(model.head, hidden, tf.range(SIZE))
                loss = tf.reduce_sum(losses * tf.constant(truth, tf.float32))
            gradient = tf.convert_to_tensor(tape.gradient(loss, model.head.bias.value)).numpy()
            total += np.prod(shares[list(drawn)]) * gradient
        assert_close(total, np.zeros(SIZE), scale=1)

    def test_more_than_there_are_ids_is_all_of_them(self):
        assert loss_function(Scripted(), samples=1000).softmax_samples == SIZE

    def test_figures_promise_no_accuracy(self):
        assert loss_function(Scripted(), samples=3).metric_names == ("loss",)
        assert loss_function(Scripted()).metric_names == ("loss", "accuracy")

    def test_the_next_draw_is_another_and_a_stop_does_not_change_it(self):
        keras.utils.set_random_seed(3)
        model = Scripted()
        first = loss_function(model, samples=4)
        losses = [float(first(model, BATCH)["loss"][0]) for _ in range(4)]
        assert len(set(losses)) > 1
        assert [variable.trainable for variable in first.variables] == [False]
        state = first.variables[0].numpy()
        following = [float(first(model, BATCH)["loss"][0]) for _ in range(3)]
        resumed = loss_function(model, samples=4)
        resumed.variables[0].assign(state)
        assert [float(resumed(model, BATCH)["loss"][0]) for _ in range(3)] == following


class TestForcing:
    def told(self, model):
        return [float(options["teacher_forcing"]) for options in model.told]

    def test_always_the_truth_asks_for_nothing(self):
        model = Scripted()
        each = loss_function(model)
        each(model, BATCH)
        assert model.told == [{}]
        assert each.variables == ()

    def test_a_constant_probability(self):
        model = Scripted()
        each = loss_function(model, forcing=TeacherForcing(start=0.75, end=0.75))
        for _ in range(3):
            each(model, BATCH)
        assert self.told(model) == [0.75] * 3
        assert each.variables == ()

    def test_in_equal_steps_from_start_to_end_and_no_further(self):
        model = Scripted()
        each = loss_function(model, forcing=TeacherForcing(start=1.0, end=0.5, steps=4))
        for _ in range(7):
            each(model, BATCH)
        np.testing.assert_allclose(self.told(model), [1, 0.875, 0.75, 0.625, 0.5, 0.5, 0.5])

    def test_it_may_rise(self):
        model = Scripted()
        each = loss_function(model, forcing=TeacherForcing(start=0.0, end=1.0, steps=2))
        for _ in range(4):
            each(model, BATCH)
        assert self.told(model) == [0, 0.5, 1, 1]

    def test_the_counter_continues(self):
        """In one compiled step; it is among what a checkpoint holds, beside the seed of the draws."""
        forcing, model, seen = TeacherForcing(start=1.0, end=0.0, steps=10), Scripted(), []
        each = loss_function(model, forcing=forcing, samples=3)
        assert len(each.variables) == 2

        @tf.function
        def step():
            model.told.clear()
            loss, _ = each(model, BATCH)["loss"]
            return loss, model.told[0]["teacher_forcing"]

        for _ in range(6):
            loss, probability = step()
            seen.append((float(loss), float(probability)))
        assert_close([probability for _, probability in seen], [1, 0.9, 0.8, 0.7, 0.6, 0.5])
        kept = [variable.numpy() for variable in each.variables]
        following = [tuple(map(float, step())) for _ in range(2)]
        resumed = loss_function(model, forcing=forcing, samples=3)
        for variable, value in zip(resumed.variables, kept, strict=True):
            variable.assign(value)
        again = []
        for _ in range(2):
            model.told.clear()
            loss, _ = resumed(model, BATCH)["loss"]
            again.append((float(loss), float(model.told[0]["teacher_forcing"])))
        assert_close(again, following)
        assert_close([probability for _, probability in again], [0.4, 0.3])

    @pytest.mark.parametrize(
        ("forcing", "always"),
        [
            (TeacherForcing(), True),
            (TeacherForcing(start=0.9, end=0.9), False),
            (TeacherForcing(end=0.5), False),
            (TeacherForcing(start=0.5), False),
        ],
    )
    def test_always(self, forcing, always):
        assert forcing.always is always
