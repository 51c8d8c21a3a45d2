"""The API: predictions, translations, explanations, neighbors, and how the server is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse

from seqlab.errors import RequestError
from seqlab.explanations.options import ExplainOptions
from seqlab.serving import answers
from seqlab.serving.limits import (
    MOST_CHARACTERS,
    MOST_CONTINUED_CHARACTERS,
    MOST_SAMPLES,
    MOST_SENTENCE_CHARACTERS,
    MOST_TOKENS,
    WIDEST_BEAM,
)
from seqlab.serving.measurements import Measurements
from seqlab.serving.refusals import JSON
from seqlab.serving.requests import (
    AnalogyRequest,
    ExplainRequest,
    NeighborsRequest,
    PredictRequest,
    TranslateRequest,
)
from seqlab.serving.served_run import ServedRun, ServedRuns

router = APIRouter(default_response_class=JSON)


@dataclass
class Service:
    """What the routes answer from."""

    runs: ServedRuns
    measurements: Measurements
    began: float = field(default_factory=time.monotonic)


def service_of(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Of = Annotated[Service, Depends(service_of)]


@router.post("/v1/predict", summary="Predictions for texts or rows")
async def predict(asked: PredictRequest, service: Of) -> JSON:
    """One prediction per text, with the fields of `seqlab predict --json`."""
    able_to = "predict" if asked.threshold is None else "predict_from"
    run = service.runs.find(asked.run, able_to, but_not="translate")
    examples = asked.examples
    total = sum(len(each) for each in examples if isinstance(each, str))
    if "generate" in run.capabilities and total > MOST_CONTINUED_CHARACTERS:
        raise RequestError(
            f"texts have {total:,} characters together; for a language model they must have at most "
            f"{MOST_CONTINUED_CHARACTERS:,}"
        )
    with run.place():
        answer = answers.predictor(run.loaded, asked.threshold)
        found = await run.worker.batch(("predict", asked.threshold), examples, answer)
    return JSON({"run": run.id, "predictions": found})


@router.post("/v1/translate", summary="Translations of sentences")
async def translate(asked: TranslateRequest, service: Of) -> JSON:
    """One translation per sentence, with the fields of `seqlab translate --json`."""
    run = service.runs.find(asked.run, "translate")
    options = {"replace_unknown": asked.replace_unknown, "attention": asked.attention, "steps": asked.steps}
    beam = asked.beam
    with run.place():
        answer = answers.translator(run.loaded, beam, **options)
        found = await run.worker.batch(("translate", beam, *options.values()), list(asked.texts), answer)
    return JSON({"run": run.id, "translations": found})


@router.post("/v1/explain", summary="What moved answers")
async def explain(asked: ExplainRequest, service: Of) -> JSON:
    """One explanation per text, with the fields of `seqlab explain --json`."""
    run = service.runs.find(asked.run, "explain")
    options = ExplainOptions(asked.method, asked.label, asked.faithfulness, asked.target, asked.alternatives)
    examples = asked.examples
    _refuse_long_sentences(run, examples)
    with run.place():
        found = await run.worker.call(lambda: answers.explanations(run.loaded, examples, options))
    return JSON({"run": run.id, "explanations": found})


def _refuse_long_sentences(run: ServedRun, examples: Sequence[Any]) -> None:
    """Raises RequestError for texts within the bounds of a classifier that would keep a translator busy."""
    if "translate" not in run.capabilities:
        return
    for number, text in enumerate(examples):
        if len(text) > MOST_SENTENCE_CHARACTERS:
            raise RequestError(
                f"texts.{number} has {len(text):,} characters; a text that is translated must have at most "
                f"{MOST_SENTENCE_CHARACTERS:,}"
            )


@router.post("/v1/neighbors", summary="The words with the nearest vectors")
async def neighbors(asked: NeighborsRequest, service: Of) -> JSON:
    return await _neighbors(asked, (asked.word,), service)


@router.post("/v1/analogy", summary="What c is to, as a is to b")
async def analogy(asked: AnalogyRequest, service: Of) -> JSON:
    return await _neighbors(asked, (asked.a, asked.b, asked.c), service)


async def _neighbors(asked: NeighborsRequest | AnalogyRequest, words: tuple[str, ...], service: Service) -> JSON:
    run = service.runs.find(asked.run, "word_vectors")
    options: dict[str, Any] = {"top": asked.top, "metric": asked.metric, "side": asked.side, "matrix": asked.matrix}
    with run.place():
        found = await run.worker.call(lambda: answers.neighbors(run, words, **options))
    return JSON({"run": run.id, "neighbors": found})


@router.get("/v1/runs", summary="The runs of this server, what they can do, and the bounds of requests")
async def runs(service: Of) -> JSON:
    limits = {
        "characters": MOST_CHARACTERS,
        "sentence_characters": MOST_SENTENCE_CHARACTERS,
        "tokens": MOST_TOKENS,
        "samples": MOST_SAMPLES,
        "beam_width": WIDEST_BEAM,
    }
    return JSON({"runs": [run.described() for run in service.runs], "limits": limits})


@router.get("/v1/models", summary="The same in the form of OpenAI's API")
async def models(service: Of) -> JSON:
    listed = [{"id": run.id, "object": "model", "created": 0, "owned_by": "seqlab"} for run in service.runs]
    return JSON({"object": "list", "data": listed})


@router.get("/health", summary="Whether the server answers, and how busy each run is")
async def health(service: Of) -> JSON:
    """`on_disk`: false for a run that was deleted since; its model is in memory, and it answers as before."""
    states = [{"id": run.id, "requests": run.taken, "on_disk": run.on_disk} for run in service.runs]
    return JSON({"status": "ok", "seconds": round(time.monotonic() - service.began, 1), "runs": states})


@router.get("/metrics", summary="Counts and times in the text format of Prometheus")
async def metrics(service: Of) -> PlainTextResponse:
    text = service.measurements.text({run.id: run.taken for run in service.runs})
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4")
