"""Gradients of a whole model with respect to the vectors of its tokens, by differences of its own answers."""

import numpy as np
import pytest
from small_classifier import predictor_of

from seqlab.models.classification import RecurrentClassifier, SeparableConvClassifier, TransformerClassifier
from seqlab.models.token_gradients import TokenGradients, embedding_of

MODELS = {
    "lstm": RecurrentClassifier(units=3, embedding=4),
    "two layers of a gru both ways": RecurrentClassifier(
        cell="gru", units=3, embedding=4, layers=2, bidirectional=True
    ),
    "padding is read": RecurrentClassifier(cell="simple_rnn", units=3, embedding=4, mask=False, pooling="mean"),
    "convolution": SeparableConvClassifier(embedding=4, filters=4, kernel=3, blocks=1),
    "transformer": TransformerClassifier(heads=2, width=4, feed_forward=6),
}


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_they_are_those_of_differences(model):
    predictor = predictor_of(model)
    gradients = TokenGradients(predictor.model, embedding_of(predictor.model))
    ids = np.array([[2, 3, 1, 7, 0, 0]], np.int32)
    vectors = gradients.vectors(ids)
    scores, found = gradients(vectors[None], {"ids": ids}, np.array([-2.0]))
    assert scores[0] == pytest.approx(-2 * float(predictor.model({"ids": ids}, training=False)[0, 0]), rel=1e-5)
    step = 3e-3
    for token, place in ((0, 1), (3, 2)):
        moved = np.stack([vectors, vectors])
        moved[:, token, place] += (step, -step)
        above, below = gradients(moved, {"ids": ids}, np.array([-2.0]))[0]
        assert found[0, token, place] == pytest.approx((above - below) / (2 * step), rel=2e-2, abs=3e-3)


def test_one_hot_tokens_have_no_vectors():
    assert embedding_of(predictor_of(RecurrentClassifier(units=3, one_hot=True)).model) is None
