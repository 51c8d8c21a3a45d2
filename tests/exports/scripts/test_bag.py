"""The NumPy bag, on arrays that are computed by hand, and as it stands beside a real model."""

import json
import shutil

import numpy as np
import pytest
from small_classifier import WORDS, predictor_of

from seqlab.exports.numpy_bag import BAG, WEIGHTS, arrays_of, in_8_bits, loaded_bag
from seqlab.exports.vectorizer_files import SCRIPT, SCRIPTS, options_of, write_vectorizer
from seqlab.models.classification import BagClassifier, NaiveBayesClassifier
from seqlab.text import Words

TEXTS = ["w1 w2 w2 w3", "", "unheard", "w4 " * 9, "W5! w6", " \u3000 "]


def bag_of(tmp_path, arrays, options):
    for name in (SCRIPT, BAG):
        shutil.copyfile(SCRIPTS / name, tmp_path / name)
    (tmp_path / "vectorizer.json").write_text(json.dumps(options), encoding="utf-8")
    np.savez(tmp_path / WEIGHTS, **arrays)
    return loaded_bag(tmp_path)


def test_two_words_by_hand(tmp_path):
    options = options_of(Words(output="count").learn(["a a b"]))
    arrays = {
        "table": np.array([[0.0], [1.0], [-2.0]], np.float32),  # unknown, a, b
        "scale": np.ones(1, np.float32),
        "bias": np.array([0.5], np.float32),
        "token_weights": np.ones(3, np.float32),
        "classes": np.array(["no", "yes"]),
    }
    bag = bag_of(tmp_path, arrays, options)
    assert bag.logits(["a a b", "a", "zzz"]).tolist() == [[0.5], [1.5], [0.5]]
    assert bag.predict(["a", "b", "!"]).tolist() == ["yes", "no", ""]
    assert bag.predict_proba(["a"])[0] == pytest.approx([1 / (1 + np.exp(1.5)), 1 / (1 + np.exp(-1.5))])
    assert np.isnan(bag.predict_proba(["!"])).all()
    assert bag.predict([]).tolist() == []


def test_a_number_by_hand(tmp_path):
    options = options_of(Words(output="multi_hot").learn(["a a b"]))
    arrays = {
        "table": np.array([[0.0], [1.0], [-2.0]], np.float32),
        "scale": np.ones(1, np.float32),
        "bias": np.zeros(1, np.float32),
        "token_weights": np.ones(3, np.float32),
        "mean": np.array(100.0),
        "deviation": np.array(10.0),
    }
    numbers = bag_of(tmp_path, arrays, options).predict(["a a a", "a b", "zzz", ""])
    assert numbers[:3].tolist() == [110.0, 90.0, 100.0]
    assert np.isnan(numbers[3])


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ("one text", "give a list of texts, not one text"),
        (b"x", "give a list of texts, not one text"),
        (["x", None], "give a list of texts: number 1 is a NoneType"),
        ([b"x"], "give a list of texts: number 0 is a bytes"),
    ],
)
def test_what_is_no_list_of_texts_is_refused(tmp_path, texts, says):
    """As by scikit-learn: the characters of a text are texts, too."""
    options = options_of(Words(output="count").learn(["a a b"]))
    bag = bag_of(tmp_path, {"classes": np.array(["no", "yes"])}, options)
    for method in (bag.predict, bag.predict_proba, bag.vectorizer.rows):
        with pytest.raises(TypeError, match=says):
            method(texts)


@pytest.mark.parametrize("labels", [("no", "yes"), ("a", "b", "c")])
@pytest.mark.parametrize(
    ("model", "vectorizer"),
    [
        (BagClassifier(hidden=4), Words(ngrams=2, output="tf_idf")),
        (BagClassifier(hidden=0), Words(output="count", stop_words=["w3"])),
        (BagClassifier(hidden=3), Words(hash_buckets=11)),
        (NaiveBayesClassifier(beta=0.3), Words(output="multi_hot")),
    ],
)
def test_it_answers_as_the_model(tmp_path, model, vectorizer, labels):
    predictor = predictor_of(model, vectorizer, labels)
    fitted = predictor.examples.vectorizer
    write_vectorizer(fitted, tmp_path)
    shutil.copyfile(SCRIPTS / BAG, tmp_path / BAG)
    np.savez(tmp_path / WEIGHTS, **arrays_of(predictor, fitted))
    texts = [*TEXTS, " ".join(WORDS)]
    own = list(predictor.predict(texts))
    bag = loaded_bag(tmp_path)
    assert bag.predict(texts).tolist() == [each.label for each in own]
    np.testing.assert_allclose(bag.predict_proba(texts), [list(each.probabilities.values()) for each in own], atol=1e-6)


def test_8_bits_by_hand(tmp_path):
    table = np.array([[0.0, 0.0], [12.7, 0.0], [-1.26, 0.0]], np.float32)
    arrays = in_8_bits({"table": table, "bias": np.zeros(2, np.float32)})
    assert (arrays["table"].dtype, arrays["table"].tolist()) == (np.int8, [[0, 0], [127, 0], [-13, 0]])
    np.testing.assert_allclose(arrays["scale"], [0.1, 1.0], rtol=1e-6)
    options = options_of(Words(output="count").learn(["a a b"]))
    others = {"token_weights": np.ones(3, np.float32), "classes": np.array(["x", "y"])}
    bag = bag_of(tmp_path, {**arrays, **others}, options)
    np.testing.assert_allclose(bag.logits(["a", "b"]), [[12.7, 0.0], [-1.3, 0.0]], rtol=1e-6)
