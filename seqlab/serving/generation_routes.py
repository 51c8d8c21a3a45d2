"""The API of language models: a stream of text, and completions in the form of OpenAI's API."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from seqlab.serving import responses
from seqlab.serving.bodies import StrictRoute, in_field
from seqlab.serving.completions import Completion
from seqlab.serving.refusals import JSON, refusal_of
from seqlab.serving.requests import CompletionRequest, GenerateRequest
from seqlab.serving.routes import Of
from seqlab.serving.served_run import ServedRun
from seqlab.serving.text_stream import open_stream

router = APIRouter(default_response_class=JSON, route_class=StrictRoute)


@dataclass
class OpenedStream:
    """A stream whose prompt was read."""

    run: ServedRun
    asked: GenerateRequest
    seed: int
    notes: list[str]
    pieces: AsyncIterator[list[str]]


async def opened(asked: GenerateRequest, service: Of) -> AsyncIterator[OpenedStream]:
    """What can be refused is refused here: before the answer begins, which has a status. Keeps a place until the stream
    has ended, or the client has hung up."""
    run = service.runs.find(asked.run, "generate")
    seed = secrets.randbelow(2**31) if asked.seed is None else asked.seed
    sampling, prompt = asked.sampling(seed), asked.prompt
    with run.place():
        with in_field("prompt", prompt):
            pieces = await open_stream(run, prompt, length=asked.length, samples=asked.samples, sampling=sampling)
        notes = [] if not prompt else await run.worker.call(lambda: run.loaded.prompt_notes(prompt))
        yield OpenedStream(run, asked, seed, notes, pieces)


@router.post("/v1/generate", summary="Text as it is generated", response_class=EventSourceResponse)
async def generate(stream: Annotated[OpenedStream, Depends(opened)]) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: `start` (run, seed, notes on the prompt), then `text` (for each sample what came since the
    last event), then `end`; or `error`."""
    begin = {"run": stream.run.id, "seed": stream.seed, "notes": stream.notes}
    yield ServerSentEvent(event="start", data=begin)
    try:
        async for piece in stream.pieces:
            yield ServerSentEvent(event="text", data={"texts": piece})
    except Exception as error:
        yield ServerSentEvent(event="error", raw_data=_error(error))
        if refusal_of(error) is None:
            raise
        return
    yield ServerSentEvent(event="end", data={"tokens": stream.asked.length * stream.asked.samples})


async def begun(asked: CompletionRequest, service: Of) -> AsyncIterator[Completion]:
    """The same for completions."""
    run = service.runs.find(asked.model, "generate", field="model")
    completion = Completion(run, asked, secrets.randbelow(2**31) if asked.seed is None else asked.seed)
    with run.place():
        await completion.begin()
        yield completion


@router.post(
    "/v1/completions",
    summary="Completions in the form of OpenAI's API",
    responses={200: {"model": responses.Completion, "content": {"text/event-stream": {}}}},
)
async def completions(completion: Annotated[Completion, Depends(begun)]) -> Response:
    """With `stream` server-sent events that end with `[DONE]`."""
    if completion.asked.stream:
        return EventSourceResponse(completion.events())
    return JSON(await completion.whole())


def _error(error: Exception) -> str:
    response = refusal_of(error)
    content = b'{"error":{"message":"an error inside seqlab"}}' if response is None else bytes(response.body)
    return content.decode("ascii")
