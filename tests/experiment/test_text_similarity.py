"""The cosine of the vectors of texts."""

import numpy as np
import pytest
from quick import WORD_VECTORS, trained
from tiny_encoder import save_encoder, vectors_by_hand

from seqlab import experiment
from seqlab.errors import RequestError
from seqlab.experiment.text_similarity import cosines, vectors_of_encoder, vectors_of_run
from seqlab.progress import SILENT


def test_cosines_by_hand():
    found = cosines(np.array([[3, 0], [1, 1], [-2, 0]], np.float32), ["a", "b", "c"])
    half = 0.5**0.5
    assert np.allclose(found, [[1, half, -1], [half, 1, -half], [-1, -half, 1]])
    with pytest.raises(RequestError, match="the vector of 'b' is zero"):
        cosines(np.array([[3, 0], [0, 0]], np.float32), ["a", "b"])


def test_an_encoder_is_named_by_its_path(tmp_path, monkeypatch):
    save_encoder(tmp_path / "tiny")
    monkeypatch.chdir(tmp_path)
    vectors = vectors_of_encoder("tiny", ["a good film"], SILENT)
    assert np.allclose(vectors, vectors_by_hand([["a", "good", "film"]]), atol=1e-6)


def test_a_run_gives_what_its_last_layer_reads(tmp_path):
    loaded = experiment.load(trained(tmp_path, "training.epochs=1"))
    texts = ["not bad", "the soup was cold"]
    vectors = vectors_of_run(loaded, texts)
    kernel, bias = (np.asarray(weight) for weight in loaded.model.get_layer("logits").weights)
    logits = (vectors @ kernel + bias)[:, 0]
    expected = [answer.probabilities["positive"] for answer in loaded.predict(texts)]
    assert np.allclose(1 / (1 + np.exp(-logits)), expected, atol=1e-5)
    with pytest.raises(RequestError, match="nothing is left of the text '!' to read"):
        vectors_of_run(loaded, ["not bad", "!"])


def test_a_linear_model_has_no_vector(tmp_path):
    loaded = experiment.load(trained(tmp_path, "model.hidden=0", "model.dropout=0.5", "training.epochs=1"))
    with pytest.raises(RequestError, match="a linear model of tokens"):
        vectors_of_run(loaded, ["not bad"])


@pytest.mark.slow
def test_word_vectors_give_the_mean_of_the_words(tmp_path):
    loaded = experiment.load(trained(tmp_path, "training.epochs=1", given=WORD_VECTORS))
    known = loaded.word_vectors()
    a, b = known.words[:2]
    (mean,) = vectors_of_run(loaded, [f"{a} unheard {b} {a}"])
    assert np.allclose(mean, (2 * known.matrix[0] + known.matrix[1]) / 3, atol=1e-6)
    with pytest.raises(RequestError, match="no word of 'unheard' has a vector"):
        vectors_of_run(loaded, ["unheard"])
