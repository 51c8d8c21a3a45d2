"""Streams of text: the same text as in Python, errors before the answer begins, places that are free again."""

import asyncio
import json

from asgi_exchange import posted

from seqlab.decoding.sampling_options import SamplingOptions


def events(text):
    """(event, data) of a stream of server-sent events."""
    for part in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in part.splitlines() if line)
        if fields:
            yield fields.get("event"), json.loads(fields["data"])


def test_the_text_is_that_of_the_run(writer):
    body = {"prompt": "the ", "length": 300, "samples": 2, "seed": 5, "temperature": 0.7, "top_k": 8}
    response = writer.client.post("/v1/generate", json=body)
    assert response.headers["content-type"].startswith("text/event-stream")
    (first, begin), *pieces, (last, end) = events(response.text)
    assert (first, begin["seed"], begin["run"]) == ("start", 5, writer.loaded.run.id)
    assert (last, end) == ("end", {"tokens": 600})
    assert {event for event, _ in pieces} == {"text"}
    assert len(pieces) > 1
    texts = ["".join(parts) for parts in zip(*(data["texts"] for _, data in pieces), strict=True)]
    sampling = SamplingOptions(seed=5, temperature=0.7, top_k=8)
    assert texts == writer.loaded.generate("the ", length=300, samples=2, sampling=sampling)


def test_a_seed_is_drawn_and_told(writer):
    seeds = [next(events(writer.client.post("/v1/generate", json={"length": 1}).text))[1]["seed"] for _ in range(2)]
    assert seeds[0] != seeds[1]


def test_what_cannot_be_generated_is_refused_before_the_stream(writer, classifier):
    assert "the prompt is empty" in writer.refused("/v1/generate", {"prompt": ""})["message"]
    assert "☃" in writer.refused("/v1/generate", {"prompt": "☃"})["message"]
    assert writer.refused("/v1/generate", {"length": 5000})["limit"] == 4096
    assert writer.refused("/v1/generate", {"run": "other"}, 404)["type"] == "not_found_error"
    assert "language_model runs can" in classifier.refused("/v1/generate", {"prompt": "a"})["message"]


def test_a_client_that_hangs_up_stops_the_generation(writer):
    async def scenario():
        (run,) = writer.service.runs
        exchange = posted("/v1/generate", {"length": 4096, "samples": 8})
        answered = asyncio.ensure_future(exchange.through(writer.app))
        while not any(b"event: text" in each.get("body", b"") for each in exchange.sent):
            await asyncio.sleep(0.01)
        assert run.taken == 1
        exchange.gone.set()
        await answered
        await run.worker.call(lambda: None)  # what was being computed is done
        return run.taken, b"".join(each.get("body", b"") for each in exchange.sent)

    taken, sent = asyncio.run(scenario())
    assert taken == 0
    assert b"event: end" not in sent


def test_an_error_within_the_stream_is_an_event(writer, monkeypatch):
    def pieces(*_, **__):
        yield ["a"]
        raise MemoryError

    monkeypatch.setattr(type(writer.loaded), "stream_text", pieces)
    *_, (event, data) = events(writer.client.post("/v1/generate", json={"length": 1}).text)
    assert event == "error"
    assert "out of memory" in data["error"]["message"]
    assert next(iter(writer.service.runs)).taken == 0
