"""Explanations as plain values: their names are a promise."""

import json

import pytest
from explained import attribution, surprise, translation

from seqlab.explanations.as_json import plain


def test_names_of_an_attribution():
    found = plain(attribution())
    assert list(found) == [
        "kind", "text", "label", "probability", "prediction", "explained", "score", "base", "method", "tokens",
        "ngrams", "features", "steps", "gap", "cut_off", "unreadable", "faithfulness",
    ]  # fmt: skip
    assert found["tokens"][0] == {
        "token": "good", "contribution": 1.0, "unknown": False, "start": None, "end": None,
    }  # fmt: skip
    assert found["ngrams"][0] == {"ngram": "good", "contribution": 1.25, "count": 2, "unknown": False}
    assert found["features"] == ({"column": "ci<ty", "value": "", "contribution": -2.0, "note": None},)
    assert found["faithfulness"]["kendall_tau"] == 0.75
    json.dumps(found)


def test_names_of_a_surprise():
    found = plain(surprise())
    assert list(found) == ["kind", "text", "bits", "bits_per_character", "bits_per_token", "tokens"]
    assert (found["bits"], found["bits_per_character"]) == (pytest.approx(13), pytest.approx(6.5))
    assert found["tokens"][0] == {
        "token": "a", "log_probability": None, "bits": None, "probability": None, "entropy": None, "unknown": False,
        "alternatives": [],
    }  # fmt: skip
    assert found["tokens"][1]["alternatives"][0] == {"token": "b", "probability": 0.25}
    json.dumps(found)


def test_names_of_a_translation():
    found = plain(translation())
    assert list(found) == [
        "kind", "text", "translation", "given", "log_probability", "source_tokens", "tokens", "attention", "cut_off",
        "translation_cut_off",
    ]  # fmt: skip
    assert found["source_tokens"][1] == {"token": "<i>", "unknown": True}
    assert plain(translation(tokens=(), attention=()))["log_probability"] is None
    assert plain(translation(attention=()))["attention"] is None
    json.dumps(found)
