"""Bodies of requests: strict types, bounds, options of plug-ins."""

import pytest
from pydantic import ValidationError

from seqlab.decoding.beam_options import BeamOptions
from seqlab.decoding.logits_processors import LOGITS_PROCESSORS
from seqlab.errors import RequestError
from seqlab.serving.limits import WIDEST_BEAM
from seqlab.serving.requests import CompletionRequest, ExplainRequest, GenerateRequest, PredictRequest, TranslateRequest


def test_texts_or_rows():
    assert PredictRequest(texts=["a"]).examples == ["a"]
    assert PredictRequest(rows=[{"size": 1.5, "city": None}]).examples == [{"size": 1.5, "city": None}]
    for both in ({}, {"texts": [], "rows": []}):
        with pytest.raises(RequestError, match="one of both"):
            _ = PredictRequest(**both).examples


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (PredictRequest, {"rows": [{"a": [1]}]}),
        (PredictRequest, {"rows": [{"a": {"b": 1}}]}),
        (PredictRequest, {"rows": [{str(each): 1 for each in range(1001)}]}),
        (PredictRequest, {"rows": [{"a": "x" * 20_001}]}),
        (ExplainRequest, {"texts": ["x" * 5001]}),
        (ExplainRequest, {"texts": ["x"] * 9}),
        (ExplainRequest, {"texts": ["x"], "method": "guess"}),
        (TranslateRequest, {"texts": ["x" * 2001]}),
        (TranslateRequest, {"texts": ["x"], "beam_width": 33}),
        (TranslateRequest, {"texts": ["x"], "beam_width": 4.5}),
        (TranslateRequest, {}),
        (GenerateRequest, {"length": 4097}),
        (GenerateRequest, {"seed": -1}),
        (CompletionRequest, {"prompt": []}),
        (CompletionRequest, {"prompt": "a", "temperature": 2.5}),
        (CompletionRequest, {"prompt": "a", "logprobs": 3}),
        (CompletionRequest, {"prompt": "a", "presence_penalty": 0.5}),
        (CompletionRequest, {"prompt": "a", "stop": ["a"] * 5}),
        (CompletionRequest, {"prompt": "a", "stop": ""}),
    ],
)
def test_what_is_too_much_or_of_another_kind_is_refused(model, body):
    with pytest.raises(ValidationError):
        model.model_validate(body)


def test_more_translations_than_the_beam_has_are_refused():
    with pytest.raises(RequestError, match="n_best is 5; it must be at most beam_width, 4"):
        TranslateRequest(texts=[], beam_width=4, n_best=5).beam_of(BeamOptions(width=8))


def test_a_translation_is_searched_for_as_the_run_does_unless_asked_otherwise():
    of_run = BeamOptions(width=2, length_penalty=1.0, unknown_penalty=3.0)
    assert TranslateRequest(texts=[]).beam_of(of_run) == of_run
    asked = TranslateRequest(texts=[], beam_width=5, unknown_penalty=0.0, n_best=3)
    assert asked.beam_of(of_run) == BeamOptions(width=5, length_penalty=1.0, n_best=3)
    assert TranslateRequest(texts=[]).beam_of(BeamOptions(width=500)).width == WIDEST_BEAM


def test_sampling_options_are_those_of_the_processors():
    asked = GenerateRequest.model_validate({"temperature": 0.5, "top_k": 3})
    assert asked.sampling(7).given == {"temperature": 0.5, "top_k": 3}
    assert asked.sampling(7).seed == 7
    schema = GenerateRequest.model_json_schema()
    assert {"prompt", "temperature", "top_k", "repetition_penalty", "seed"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperatur": 1}, "did you mean 'temperature'"),
        ({"temperature": -1}, "temperature is -1; it must be a finite number of at least 0"),
        ({"temperature": "hot"}, "temperature must be a finite number of at least 0"),
        ({"top_k": [1]}, "top_k must be a whole number above 0"),
    ],
)
def test_a_wrong_sampling_option_is_named(options, message):
    with pytest.raises(RequestError, match=message):
        GenerateRequest.model_validate(options).sampling(0)


@pytest.mark.usefixtures("own_logits_processors")
def test_the_option_of_a_plug_in_is_one_of_the_request():
    @LOGITS_PROCESSORS.add
    def louder(logits, context, *, gain: float = 1.0):
        """Multiplies."""
        return logits * gain

    assert "gain" in GenerateRequest.model_json_schema()["properties"]
    assert GenerateRequest.model_validate({"gain": 2.0}).sampling(0).given == {"gain": 2.0}


def test_clients_may_send_defaults():
    asked = CompletionRequest.model_validate(
        {"prompt": "a", "presence_penalty": 0.0, "frequency_penalty": 0, "logprobs": None, "suffix": None, "user": "me"}
    )
    assert asked.prompts == ["a"]
    assert CompletionRequest(prompt=["a", "b"], stop="x").stops == ["x"]
