"""Completions in the form of OpenAI's API: whole, as chunks, with usage, stops and several samples."""

import json

import pytest

from seqlab.decoding.sampling_options import SamplingOptions

BODY = {"prompt": "the ", "max_tokens": 200, "seed": 3, "temperature": 0.8, "top_p": 0.9}


def generated(writer, prompt="the ", length=200, samples=1):
    sampling = SamplingOptions(seed=3, temperature=0.8, top_p=0.9)
    return writer.loaded.generate(prompt, length=length, samples=samples, sampling=sampling)


def chunks(writer, **changes):
    response = writer.client.post("/v1/completions", json={**BODY, "stream": True, **changes})
    assert response.status_code == 200, response.text
    *found, last = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert last == "[DONE]"
    return [json.loads(each) for each in found]


def test_a_whole_completion(writer):
    answer = writer.post("/v1/completions", BODY)
    assert answer["object"] == "text_completion"
    assert answer["model"] == writer.loaded.run.id
    assert answer["choices"] == [
        {"index": 0, "text": generated(writer)[0], "logprobs": None, "finish_reason": "length"}
    ]
    assert answer["usage"] == {"prompt_tokens": 4, "completion_tokens": 200, "total_tokens": 204}


def test_chunks_add_up_to_the_whole(writer):
    found = chunks(writer, n=2, stream_options={"include_usage": True})
    texts = {0: "", 1: ""}
    for chunk in found:
        for choice in chunk["choices"]:
            texts[choice["index"]] += choice["text"]
    assert list(texts.values()) == generated(writer, samples=2)
    assert len({chunk["id"] for chunk in found}) == 1
    reasons = [choice["finish_reason"] for chunk in found for choice in chunk["choices"]]
    assert reasons[-2:] == ["length", "length"]
    assert set(reasons[:-2]) == {None}
    assert found[-1]["usage"] == {"prompt_tokens": 4, "completion_tokens": 400, "total_tokens": 404}
    assert "usage" not in chunks(writer)[-1]


def test_a_text_ends_before_a_stop(writer):
    whole = generated(writer)[0]
    stop = whole[150:153]
    answer = writer.post("/v1/completions", {**BODY, "stop": [stop, "never"]})
    (choice,) = answer["choices"]
    assert (choice["text"], choice["finish_reason"]) == (whole.partition(stop)[0], "stop")
    assert answer["usage"]["completion_tokens"] == len(choice["text"])
    assert "".join(each["choices"][0]["text"] for each in chunks(writer, stop=stop)) == choice["text"]


def test_several_prompts_and_an_echo(writer):
    body = {**BODY, "prompt": ["the ", "a"], "n": 2, "echo": True, "max_tokens": 20}
    choices = writer.post("/v1/completions", body)["choices"]
    assert [each["index"] for each in choices] == [0, 1, 2, 3]
    wanted = ["the " + text for text in generated(writer, length=20, samples=2)]
    wanted += ["a" + text for text in generated(writer, "a", length=20, samples=2)]
    assert [each["text"] for each in choices] == wanted
    texts = dict.fromkeys(range(4), "")
    for chunk in chunks(writer, **body):
        for choice in chunk["choices"]:
            texts[choice["index"]] += choice["text"]
    assert list(texts.values()) == wanted


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"prompt": ["the ", "☃"]}, "the prompt cannot be read"),
        ({"best_of": 3}, "best_of is 3; it must be left out or equal n"),
        ({"logprobs": 2}, "logprobs is 2"),
        ({"suffix": "x"}, "suffix is 'x', which"),
        ({"max_tokens": 0}, "max_tokens is 0; it must be at least 1"),
        ({"messages": []}, "there is no field 'messages' here"),
    ],
)
def test_what_cannot_be_honored_is_refused(writer, change, says):
    for stream in (False, True):
        assert says in writer.refused("/v1/completions", {**BODY, **change, "stream": stream})["message"]
    assert next(iter(writer.service.runs)).taken == 0


def test_a_model_that_is_not_there(writer):
    assert writer.refused("/v1/completions", {**BODY, "model": "gpt"}, 404)["type"] == "not_found_error"
