"""What a config alone tells is refused without TensorFlow."""

import pytest

from seqlab import config
from seqlab.errors import RequestError
from seqlab.exports.refusals import refuse_by_config

TEXTS = {"task": "classification", "data": "synthetic", "vectorizer": "words", "model": "bag"}
RNN = {**TEXTS, "model": "recurrent"}
NUMBERS = {**TEXTS, "task": "regression", "data": {"name": "csv", "path": "a.csv", "text": "text", "label": "price"}}
LANGUAGE = {"task": "language_model", "data": "synthetic", "vectorizer": "characters", "model": "recurrent"}
WORDS = {"task": "word_vectors", "data": "synthetic", "vectorizer": "words", "model": "skip_gram"}
HALF = {"runtime": {"precision": "mixed_bfloat16"}}


@pytest.mark.parametrize(
    ("given", "name", "says"),
    [
        (RNN, "sklearn", "run r has the model recurrent, which is no bag"),
        (NUMBERS, "sklearn_int8", "8 bits are for classifiers"),
        (LANGUAGE, "sklearn", "which is no bag"),
        (LANGUAGE, "onnx", "run r is a language_model run: `--format onnx` is for classifiers"),
        (WORDS, "saved_model", "no answers to texts"),
        ({**RNN, **HALF}, "litert", r"computes in bfloat16 .*another program rounds"),
        ({**TEXTS, **HALF}, "sklearn", r"computes in bfloat16 .*repeated in NumPy"),
    ],
)
def test_what_a_format_cannot_hold(given, name, says):
    with pytest.raises(RequestError, match=says):
        refuse_by_config("r", name, config.load(given).experiment)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (TEXTS, "sklearn_int8"), (NUMBERS, "sklearn"), (RNN, "openvino"), (LANGUAGE, "saved_model"),
        (WORDS, "word2vec"), ({**RNN, **HALF}, "saved_model"),
    ],
)  # fmt: skip
def test_what_a_format_can_hold(given, name):
    refuse_by_config("r", name, config.load(given).experiment)
