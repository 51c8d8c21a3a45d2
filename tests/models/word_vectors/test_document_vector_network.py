"""Documents that predict their n-grams, against the same by hand in NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from seqlab.models.word_vectors import WORD_VECTOR_MODELS, WordVectorContext
from seqlab.models.word_vectors.document_vector_network import NOISE, SHORTER, STEP

COUNTS = np.array([40, 30, 20, 10, 5, 5])
IDS = np.array([0, 2, 2, 4, 1, 5, 3], np.int32)
DOCUMENTS = np.array([0, 0, 0, 0, 1, 1, 2], np.int32)
SEED = tf.constant([3, 8], tf.int64)


def built(**options):
    model = WORD_VECTOR_MODELS.read({"name": "document_vectors", "dimensions": 4, "steps": 5, **options})
    network = model.build(WordVectorContext(tuple("abcdef"), COUNTS))
    network.embedding.table.assign(np.random.default_rng(1).normal(size=(6, 4)))
    return network


def batch(ids=IDS, documents=DOCUMENTS):
    return {"ids": tf.constant(ids), "documents": tf.constant(documents)}


def units(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class ByHand:
    """One document at a time, one n-gram at a time."""

    def __init__(self, network, seed):
        self.table = network.embedding.table.numpy().astype(np.float64)
        self.scale, self.steps, self.negatives = network.scale, network.steps, network.negatives
        drawn = tf.random.stateless_uniform([NOISE], seed).numpy()
        shares = np.cumsum(COUNTS**0.75) / (COUNTS**0.75).sum()
        self.noise = np.searchsorted(shares.astype(np.float32), drawn, side="right")

    def examples(self, ids, weights):
        """(n-gram, +1 or -1, weight) of a document: each n-gram has random ones against it, but never itself."""
        for ngram, weight in zip(ids, weights, strict=True):
            yield ngram, 1, weight
            for other in self.noise:
                if other != ngram:
                    yield other, -1, weight * self.negatives / NOISE

    def loss(self, vector, ids, weights, table=None):
        table = self.table if table is None else table
        return sum(
            -weight * np.log(sigmoid(sign * self.scale * units(table[ngram]) @ vector))
            for ngram, sign, weight in self.examples(ids, weights)
        )

    def vector(self, ids, weights):
        examples = list(self.examples(ids, weights))
        rate = STEP * self.scale / sum(weight for *_, weight in examples)
        best = candidate = units(sum(sign * weight * units(self.table[ngram]) for ngram, sign, weight in examples))
        gradient, least = 0 * best, np.inf
        for _ in range(self.steps):
            if (loss := self.loss(candidate, ids, weights)) < least:
                best, least = candidate, loss
                gradient = sum(
                    sign * weight * sigmoid(-sign * self.scale * units(self.table[ngram]) @ best)
                    * units(self.table[ngram])
                    for ngram, sign, weight in examples
                )  # fmt: skip
            else:
                rate /= SHORTER
            candidate = units(best + rate * (gradient - gradient @ best * best))
        return best


def test_losses_are_those_of_every_ngram_and_its_negatives():
    network = built()
    losses, examples = network.losses(batch(), SEED)
    hand = ByHand(network, SEED)
    expected = []
    for document in range(3):
        ids = IDS[document == DOCUMENTS]
        expected.append(hand.loss(hand.vector(ids, np.ones(len(ids))), ids, np.ones(len(ids))))
    np.testing.assert_allclose(losses.numpy(), expected, rtol=1e-4)
    assert examples.numpy().tolist() == [4, 2, 1]


def test_the_gradient_is_that_of_the_loss_with_documents_held():
    network = built()
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(network.losses(batch(), SEED)[0])
    gradient = tf.convert_to_tensor(tape.gradient(loss, network.embedding.table.value)).numpy()
    hand = ByHand(network, SEED)
    parts = [IDS[document == DOCUMENTS] for document in range(3)]
    vectors = [hand.vector(ids, np.ones(len(ids))) for ids in parts]

    def at(table):
        return sum(hand.loss(vector, ids, np.ones(len(ids)), table) for vector, ids in zip(vectors, parts, strict=True))

    for row, column in ((0, 0), (2, 1), (4, 3), (1, 2)):
        moved = np.zeros_like(hand.table)
        moved[row, column] = 1e-5
        slope = (at(hand.table + moved) - at(hand.table - moved)) / 2e-5
        assert gradient[row, column] == pytest.approx(slope, rel=1e-3, abs=1e-4)


def test_weights_are_shares_of_examples_and_the_vector_of_a_document_does_not_depend_on_the_others():
    network = built()
    weights = np.linspace(0.2, 1, len(IDS)).astype(np.float32)
    together = network.document_vectors(batch(), tf.constant(weights)).numpy()
    hand = ByHand(network, tf.zeros(2, tf.int64))
    for document in range(3):
        chosen = document == DOCUMENTS
        alone = network.document_vectors(
            batch(IDS[chosen], np.zeros(chosen.sum(), np.int32)), tf.constant(weights[chosen])
        ).numpy()[0]
        np.testing.assert_allclose(together[document], alone, atol=1e-6)
        np.testing.assert_allclose(alone, hand.vector(IDS[chosen], weights[chosen]), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, rtol=1e-6)


def test_more_steps_find_a_more_probable_document():
    """The ascent goes up: a fault in the sign of a part would find none."""
    losses = [tf.reduce_sum(built(steps=steps).losses(batch(), SEED)[0]).numpy() for steps in (1, 4, 8, 16, 50, 100)]
    assert losses[:5] == sorted(losses[:5], reverse=True)
    assert losses[0] > losses[2] + 1
    assert losses[5] == pytest.approx(losses[4], rel=1e-4)


def test_only_the_direction_of_an_ngram_counts():
    network = built()
    before = network.losses(batch(), SEED)[0].numpy()
    network.embedding.table.assign(network.embedding.table * np.array([[2], [0.1], [3], [1], [7], [0.5]], np.float32))
    np.testing.assert_allclose(network.losses(batch(), SEED)[0].numpy(), before, rtol=1e-5)


def test_negatives_are_drawn_by_the_number_of_examples_to_the_power_of_three_quarters():
    model = WORD_VECTOR_MODELS.read({"name": "document_vectors", "dimensions": 4})
    kept = np.array([0.0, 1.0, 0.5], np.float32)
    network = model.build(WordVectorContext(("a", "b", "c"), np.array([1000, 16, 2]), kept))
    drawn = np.concatenate(
        [np.repeat(*(each.numpy() for each in network._draw(tf.constant([seed, 0], tf.int64)))) for seed in range(9)]
    )
    assert len(drawn) == 9 * NOISE
    shares = np.bincount(drawn, minlength=3) / len(drawn)
    assert shares[0] == 0  # never kept, so never an example
    assert shares[1] == pytest.approx(8 / 9, abs=0.02)
