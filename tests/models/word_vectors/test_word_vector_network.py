"""The losses of word vectors and their gradients, against a loop over pairs."""

import numpy as np
import pytest
import tensorflow as tf

from seqlab.models.word_vectors import WORD_VECTOR_MODELS, WordVectorContext
from seqlab.models.word_vectors.character_ngrams import CharacterNgrams
from seqlab.models.word_vectors.word_vector_network import NEGATIVES_PER_CHUNK, WORDS_PER_CHUNK, word_parts
from seqlab.tasks.word_vectors.batching import WordStream

WORDS = ("the", "dog", "cat", "ran", "sat", "far", "home")
COUNTS = np.array([9, 5, 4, 3, 2, 2, 1])
SEED = tf.constant([3, 7], tf.int64)


def network(name, **options):
    model = WORD_VECTOR_MODELS.read({"name": name, "dimensions": 4, "window": 2, "subsample": None, **options})
    built = model.build(WordVectorContext(WORDS, COUNTS))
    generator = np.random.default_rng(0)
    for weight in built.trainable_variables:
        weight.assign(generator.normal(size=weight.shape))
    return built


def stream(words, documents):
    """As `seqlab.tasks.word_vectors.task` makes it."""
    return WordStream(np.array(words, np.int32), np.array(documents, np.int32), None, 2, WORDS_PER_CHUNK)


TEXT = stream([0, 1, 3, 5, 0, 2, 4, 6, 0, 1], [0, 0, 0, 0, 1, 1, 1, 1, 1, 1])


def batch_of(text=TEXT):
    return text.gather(np.arange(len(text.words)))


def widths(model, batch):
    """The width of the window of each core word, drawn as the model draws them."""
    count, length = batch["words"].shape
    if not model.dynamic_window:
        return np.full((count, WORDS_PER_CHUNK), model.window)
    if model.predicts == "center_from_word":  # windows belong to their centers, which may be around the core
        drawn = tf.random.stateless_uniform([count, 1, length], SEED, 1, model.window + 1, tf.int32)
        return drawn.numpy()[:, 0, model.window : -model.window]
    drawn = tf.random.stateless_uniform([count, WORDS_PER_CHUNK, 1], SEED, 1, model.window + 1, tf.int32)
    return drawn.numpy()[:, :, 0]


def pairs(model, batch, text=TEXT):
    """Place of the center and place of a word in its window, for all windows of the text, which is one chunk."""
    of = widths(model, batch)[0]
    for center in range(len(text.words)):
        for other in range(len(text.words)):
            if 0 < abs(center - other) <= of[center] and text.documents[center] == text.documents[other]:
                yield center, other


def examples(model, batch):
    """Weights of input rows, and the word to predict: one for each example."""
    if model.predicts == "center_from_mean":
        around = {}
        for center, other in pairs(model, batch):
            around.setdefault(center, []).append(TEXT.words[other])
        for center, inside in around.items():
            yield np.bincount(inside, minlength=len(WORDS)) / len(inside), TEXT.words[center]
    for center, other in pairs(model, batch) if model.predicts != "center_from_mean" else ():
        read, right = (other, center) if model.predicts == "center_from_word" else (center, other)
        yield np.eye(len(WORDS))[TEXT.words[read]], TEXT.words[right]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def bias_of(negatives):
    """The best score of a word without a vector."""
    right = COUNTS / COUNTS.sum()
    noise = COUNTS**0.75 / (COUNTS**0.75).sum()
    return np.log(right) if negatives is None else np.log(right / (5 * noise))


def by_loop(model, batch, negatives, bias):
    """The loss summed over all examples, and its gradients for input and output vectors."""
    inputs, outputs = (weight.numpy().astype(np.float64) for weight in model.trainable_variables)
    loss, of_inputs, of_outputs = 0.0, np.zeros_like(inputs), np.zeros_like(outputs)
    for weights, right in examples(model, batch):
        vector = weights @ inputs
        if negatives is None:
            scores = outputs @ vector + bias
            shares = np.exp(scores) / np.exp(scores).sum()
            loss -= np.log(shares[right])
            slopes = shares - np.eye(len(WORDS))[right]
        else:
            slopes = np.zeros(len(WORDS))
            scores = outputs @ vector + bias
            loss -= np.log(sigmoid(scores[right]))
            slopes[right] = sigmoid(scores[right]) - 1
            for word in negatives:
                if word != right:
                    share = model.negatives / len(negatives)
                    loss -= share * np.log(sigmoid(-scores[word]))
                    slopes[word] += share * sigmoid(scores[word])
        of_inputs += np.outer(weights, slopes @ outputs)
        of_outputs += np.outer(slopes, vector)
    return loss, of_inputs, of_outputs


def drawn_negatives(model):
    uniform = tf.random.stateless_uniform([NEGATIVES_PER_CHUNK], SEED + tf.constant([0, 1], tf.int64)).numpy()
    shares = COUNTS**0.75 / (COUNTS**0.75).sum()
    return np.searchsorted(np.cumsum(shares), uniform, side="right")


@pytest.mark.parametrize("frequency_bias", [False, True])
@pytest.mark.parametrize("dynamic", [False, True])
@pytest.mark.parametrize("objective", ["softmax", "negative_sampling"])
@pytest.mark.parametrize(
    ("name", "options"), [("skip_gram", {}), ("cbow", {"average": False}), ("cbow", {"average": True})]
)
def test_loss_and_gradients_are_those_of_a_loop_over_all_examples(name, options, objective, dynamic, frequency_bias):
    model = network(name, objective=objective, dynamic_window=dynamic, frequency_bias=frequency_bias, **options)
    batch = batch_of()
    with tf.GradientTape() as tape:
        losses, counts = model.losses({key: tf.constant(value) for key, value in batch.items()}, SEED)
        loss = tf.reduce_sum(losses)
    variables = [variable.value for variable in model.trainable_variables]
    found = [tf.convert_to_tensor(gradient).numpy() for gradient in tape.gradient(loss, variables)]
    negatives = None if objective == "softmax" else drawn_negatives(model)
    expected = by_loop(model, batch, negatives, frequency_bias * bias_of(negatives))
    assert int(tf.reduce_sum(counts)) == sum(1 for _ in examples(model, batch))
    assert float(loss) == pytest.approx(expected[0], rel=1e-5)
    for one, other in zip(found, expected[1:], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


@pytest.mark.parametrize("name", ["skip_gram", "cbow"])
def test_words_of_another_batch_are_context_and_no_examples(name):
    """A long text cut into two batches has the examples of the whole, each once."""
    generator = np.random.default_rng(1)
    text = stream(generator.integers(0, 7, 90), np.repeat([0, 1, 2], 30))
    model = network(name, dynamic_window=False, objective="softmax")
    whole = sum_of(model, text.gather(np.arange(90)))
    for size in (1, 7, 40, 64):
        parts = [sum_of(model, text.gather(rows)) for rows in text.plan_in_order(size)]
        np.testing.assert_allclose(np.sum(parts, axis=0), whole, rtol=1e-4)


def sum_of(model, batch):
    losses, counts = model.losses({key: tf.constant(value) for key, value in batch.items()}, SEED)
    return [float(tf.reduce_sum(losses)), float(tf.reduce_sum(counts))]


def test_a_word_alone_has_no_examples():
    model = network("cbow")
    assert sum_of(model, batch_of(stream([1, 2, 3], [0, 1, 2]))) == [0.0, 0.0]


def test_the_first_loss_of_word2vec_is_known():
    """Output vectors of zeros: every word is equally probable, and so is whether it is the right one."""
    fresh = {"dimensions": 4, "window": 2, "subsample": None, "dynamic_window": False, "frequency_bias": False}
    for options, expected in (({"objective": "softmax"}, np.log(7)), ({"negatives": 5}, None)):
        model = WORD_VECTOR_MODELS.read({"name": "skip_gram", **fresh, **options})
        total, count = sum_of(model.build(WordVectorContext(WORDS, COUNTS)), batch_of())
        if expected is None:  # of each five negatives those are left out that are the right word
            assert np.log(2) * (1 + 5 * 0.5) < total / count < np.log(2) * 6
        else:
            assert total / count == pytest.approx(expected, rel=1e-6)


class TestSubwords:
    def test_an_input_vector_is_the_mean_of_the_rows_of_the_word_and_its_groups(self):
        model = network("skip_gram", subwords={"min": 2, "max": 3, "buckets": 50})
        ngrams = CharacterNgrams(2, 3, 50)
        table = model.embedding.table.numpy()
        for word, of_word in zip(WORDS, ngrams.rows(WORDS).gather(np.arange(7)), strict=False):
            expected = np.mean([table[WORDS.index(word)], *(table[7 + row] for row in of_word)], axis=0)
            found = model.input_vectors(tf.constant([[0, WORDS.index(word)]])).numpy()[0, 1]
            np.testing.assert_allclose(found, expected, rtol=1e-5)

    def test_the_rows_of_words(self):
        parts = word_parts(["a", "bcd"], CharacterNgrams(3, 3, 10))
        groups = CharacterNgrams(3, 3, 10).rows(["a", "bcd"])
        assert parts[0].tolist() == [0, *(2 + groups[0])]
        assert parts[1].tolist() == [1, *(2 + groups[1])]
        assert len(groups[0]) == 1
        assert len(groups[1]) == 3
