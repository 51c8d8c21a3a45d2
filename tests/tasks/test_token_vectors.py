"""The word vectors of a model are the rows of its tables, whatever its task."""

import numpy as np
import pytest

from seqlab import experiment
from seqlab.errors import RequestError
from seqlab.models.classification import CLASSIFIERS
from seqlab.models.classification.classifier import ClassifierContext
from seqlab.models.language_modeling import LANGUAGE_MODELS
from seqlab.models.language_modeling.language_model import LanguageModelContext
from seqlab.models.translation import TRANSLATORS
from seqlab.tasks.language_modeling.task import LanguageModelTraining
from seqlab.tasks.token_vectors import token_vectors
from seqlab.tasks.translation.length_limit import LengthLimit
from seqlab.tasks.translation.task import FittedTranslation
from seqlab.text import Words
from seqlab.text.hashed_tokens import hash_of
from seqlab.text.sentences import Sentences
from seqlab.vectors import WordNotFound

TEXTS = ["not good not bad", "good food"]
FITTED = Words().learn(TEXTS)
WORDS = ("not", "good", "food", "bad")


def classifier(name, **options):
    return CLASSIFIERS.read({"name": name, **options}).build(ClassifierContext(FITTED.size, 1, weighted=False))


def variable(model, path):
    (found,) = (np.asarray(each) for each in model.weights if each.path.endswith(path))
    return found


def language_model(name, **options):
    import tensorflow as tf

    fitted = Words().unpadded(FITTED.vocabulary)
    options = LANGUAGE_MODELS.read({"name": name, **options}).for_training(LanguageModelTraining())
    model = options.build(LanguageModelContext(fitted.size))
    model({"ids": tf.zeros((1, 1), tf.int32)})
    return model, {"text": fitted}


def translator(name, **options):
    options = {"embedding": 8, "units": 8, **options} if name != "transformer" else options
    source = Sentences.learn(Words(), TEXTS)
    target = Sentences.learn(Words(), ["no bueno no malo", "buena comida"])
    fitted = FittedTranslation(TRANSLATORS.read({"name": name, **options}), source, target, LengthLimit())
    return fitted.build(None), fitted.vectorizers


@pytest.mark.parametrize(
    ("name", "options", "path"),
    [
        ("recurrent", {"embedding": 5}, "embedding/table"),
        ("transformer", {"width": 8, "heads": 2}, "embedding/table"),
        ("separable_conv", {"embedding": 5}, "embedding/table"),
        ("bag", {"hidden": 3}, "sum_of_rows/table"),
    ],
)
def test_a_classifier_has_a_row_for_each_token(name, options, path):
    model = classifier(name, **options)
    vectors = token_vectors(model, {"text": FITTED}, None, "input")
    assert sorted(vectors.words) == sorted(WORDS)
    table = variable(model, path)
    assert len(table) == len(FITTED.vocabulary.specials) + 4
    for word in WORDS:
        (index,) = FITTED.encode([word]).ids[0].tolist()
        np.testing.assert_array_equal(vectors.vector(word), table[index])
    with pytest.raises(RequestError, match="predicts labels, not tokens"):
        token_vectors(model, {"text": FITTED}, None, "output")


@pytest.mark.parametrize(
    ("name", "options"), [("recurrent", {"one_hot": True}), ("bag", {"hidden": 0}), ("naive_bayes_bag", {})]
)
def test_a_model_without_an_embedding_says_so(name, options):
    with pytest.raises(RequestError, match=r"has no embedding.*bag with a hidden layer"):
        token_vectors(classifier(name, **options), {"text": FITTED}, None, "input")


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("name", ["recurrent", "transformer"])
def test_a_language_model_has_an_output_matrix_too(name, tied):
    options = {"units": 6, "embedding": 5} if name == "recurrent" else {"width": 8, "heads": 2, "layers": 1}
    model, fitted = language_model(name, tied=tied, **options)
    first = len(fitted["text"].vocabulary.specials)
    read, written = (token_vectors(model, fitted, "text", matrix, writes="text") for matrix in ("input", "output"))
    assert read.words == written.words == fitted["text"].vocabulary.tokens
    np.testing.assert_array_equal(read.matrix, variable(model, "embedding/table")[first:])
    expected = read.matrix if tied else variable(model, "logits/kernel").T[first:]
    np.testing.assert_array_equal(written.matrix, expected)


def test_a_one_hot_language_model_has_an_output_matrix_alone():
    model, fitted = language_model("recurrent", one_hot=True, units=6)
    assert token_vectors(model, fitted, None, "output", writes="text").dimensions == 6
    with pytest.raises(RequestError, match=r"has no embedding.*its output matrix has a vector for each token"):
        token_vectors(model, fitted, None, "input", writes="text")


@pytest.mark.parametrize("name", ["recurrent_encoder_decoder", "transformer"])
def test_a_translator_has_two_sides_and_writes_one(name):
    model, fitted = translator(name)
    for side, path in {"source": "source_embedding/table", "target": "target_embedding/table"}.items():
        vectors = token_vectors(model, fitted, side, "input", writes="target")
        assert vectors.words == fitted[side].vocabulary.tokens
        np.testing.assert_array_equal(vectors.matrix, variable(model, path)[4:])
    written = token_vectors(model, fitted, None, "output", writes="target")
    assert written.words == fitted["target"].vocabulary.tokens
    with pytest.raises(RequestError, match=r"two sides.*give side source or target"):
        token_vectors(model, fitted, None, "input", writes="target")
    with pytest.raises(RequestError, match="output matrix is that of the target side"):
        token_vectors(model, fitted, "source", "output", writes="target")


def test_a_side_or_matrix_that_is_not_there_is_named():
    model = classifier("bag")
    with pytest.raises(RequestError, match="no side 'source': only translation has sides"):
        token_vectors(model, {"text": FITTED}, "source", "input")
    with pytest.raises(RequestError, match="no matrix 'middle'; give input or output"):
        token_vectors(model, {"text": FITTED}, None, "middle")


def test_a_loaded_run_answers_questions(quick_run):
    loaded = experiment.load(quick_run)
    vectors = loaded.word_vectors()
    assert "not bad" in vectors
    assert loaded.neighbors("good", top=3, metric="euclidean") == vectors.neighbors("good", top=3, metric="euclidean")
    assert loaded.analogy("good", "not good", "bad", top=2) == vectors.analogy("good", "not good", "bad", top=2)
    with pytest.raises(RequestError, match="'Good' has no vector; the nearest spellings are good"):
        loaded.neighbors("Good")


def test_a_word_without_a_vector_of_its_own_is_told_its_bucket():
    hashed = Words(hash_buckets=4).learn(TEXTS)
    model = CLASSIFIERS.read({"name": "recurrent", "units": 2, "embedding": 3}).build(
        ClassifierContext(hashed.size, 1, weighted=False)
    )
    vectors = token_vectors(model, {"text": hashed}, None, "input")
    bucket = f"#{hash_of('good') % 4}"
    with pytest.raises(WordNotFound, match=f"buckets #0 to #3, which words share; 'good' is read as {bucket}: ask for"):
        vectors.neighbors("good")
    assert len(vectors.neighbors(bucket)) == 3
