"""Errors name the field, the value and the limit, in JSON that every client can read."""

import json

import pytest
from pydantic import ValidationError

from seqlab.errors import DataError, RequestError
from seqlab.serving.refusals import refusal_of, refusal_of_fields
from seqlab.serving.requests import CompletionRequest, GenerateRequest, NeighborsRequest, PredictRequest
from seqlab.serving.served_run import RunNotServed, TooManyRequests


def error_of(model, body):
    with pytest.raises(ValidationError) as caught:
        model.model_validate(body)
    errors = [{**each, "loc": ("body", *each["loc"])} for each in caught.value.errors()]
    response = refusal_of_fields(errors)
    assert response.status_code == 422
    return json.loads(response.body)["error"]


@pytest.mark.parametrize(
    ("model", "body", "param", "limit", "message"),
    [
        (PredictRequest, {"texts": ["a" * 20_001]}, "texts.0", 20_000,
         "texts.0 has 20,001 characters; it must have at most 20,000"),
        (PredictRequest, {"texts": ["a"] * 65}, "texts", 64, "texts has 65 entries; it must have at most 64"),
        (PredictRequest, {"threshold": 3.5}, "threshold", 1, "threshold is 3.5; it must be at most 1.0"),
        (PredictRequest, {"text": "a"}, "text", None, "there is no field 'text' here; did you mean 'texts'?"),
        (NeighborsRequest, {"word": "a", "xyz": 1}, "xyz", None,
         "there is no field 'xyz' here; there are run, side, matrix, top, metric, word"),
        (CompletionRequest, {"prompt": "a", "stream_options": {"usage": 1}}, "stream_options.usage", None,
         "there is no field 'stream_options.usage' here; there are include_usage"),
        (PredictRequest, {"texts": "a"}, "texts", None, "texts is 'a'; it must be a list"),
        (PredictRequest, {"texts": [1]}, "texts.0", None, "texts.0 is 1; it must be a text"),
        (PredictRequest, {"threshold": float("nan")}, "threshold", None,
         "threshold is nan; it must be a finite number"),
        (GenerateRequest, {"length": 10**30}, "length", 4096, "length is a huge number; it must be at most 4096"),
        (GenerateRequest, {"length": True}, "length", None, "length is true; it must be a whole number"),
        (CompletionRequest, {"prompt": [1, 2]}, "prompt.0", None, "prompt.0 is 1; it must be a text"),
        (CompletionRequest, {"prompt": []}, "prompt", 1, "prompt has 0 entries; it must have at least 1"),
        (CompletionRequest, {"prompt": 3}, "prompt", None,
         "prompt is 3; it must be a text or a list"),
        (CompletionRequest, {"prompt": "a" * 20_001}, "prompt", 20_000,
         "prompt has 20,001 characters; it must have at most 20,000"),
        (CompletionRequest, {"prompt": "a", "logprobs": 2}, "logprobs", None,
         "logprobs is 2, which runs of this server cannot honor: leave it out"),
        (PredictRequest, {"rows": [{"int": {}}]}, "rows.0.int", None,
         "rows.0.int is an object; it must be a text, true or false or a number"),
        (PredictRequest, {"rows": [{"a": float("inf")}]}, "rows.0.a", None,
         "rows.0.a is inf; it must be a finite number"),
        (GenerateRequest, {"samples": 0}, "samples", 1, "samples is 0; it must be at least 1"),
    ],
)  # fmt: skip
def test_it_names_the_field_the_value_and_the_limit(model, body, param, limit, message):
    error = error_of(model, body)
    assert (error["param"], error["limit"], error["message"]) == (param, limit, message)


@pytest.mark.parametrize("text", ["\ud800", "\x1b[2J\x00", "\u202e" * 500])
def test_what_a_terminal_would_obey_is_shown(text):
    error = error_of(PredictRequest, {"threshold": text})
    assert all(ord(each) >= 32 and each.isprintable() for each in error["message"])
    assert len(error["message"]) < 2000


def test_known_errors_have_their_status():
    errors = (TooManyRequests("x"), RunNotServed("x", "r", "run"), RequestError("x"), DataError("x"), MemoryError())
    assert [refusal_of(each).status_code for each in errors] == [429, 404, 422, 500, 503]
    assert refusal_of(TooManyRequests("x")).headers["retry-after"] == "1"
    assert refusal_of(ValueError("secret")) is None


def test_options_of_the_command_line_are_called_as_in_the_api():
    refused = refusal_of(RequestError("'--class' is no word: leave out --faithfulness, --class and --beam-width"))
    message = json.loads(refused.body)["error"]["message"]
    assert message == "'--class' is no word: leave out faithfulness, label and beam_width"
