"""The API: predictions, translations, explanations, neighbors, and how the server is."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from seqlab.explanations.options import ExplainOptions
from seqlab.serving import answers, responses
from seqlab.serving.bodies import FieldError, StrictRoute, in_field
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
    MapRequest,
    NeighborsRequest,
    PredictRequest,
    TranslateRequest,
)
from seqlab.serving.served_run import ServedRun, ServedRuns
from seqlab.tasks.given_rows import RowError, read_examples

router = APIRouter(default_response_class=JSON, route_class=StrictRoute)


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


def _answering(body: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """For the description of the API."""
    return {200: {"model": body}}


@router.post("/v1/predict", summary="Predictions for texts or rows", responses=_answering(responses.Predictions))
async def predict(asked: PredictRequest, service: Of) -> JSON:
    """One prediction per text, with the fields of `seqlab predict --json`."""
    able_to = "predict" if asked.threshold is None or asked.run is not None else "predict_from"
    run = service.runs.find(asked.run, able_to, but_not="translate", rows=asked.rows is not None)
    if asked.threshold is not None and "predict_from" not in run.capabilities:
        message = f"run {run.id} has no two classes for a threshold to be between: leave it out"
        raise FieldError(message, "threshold", asked.threshold)
    examples, name = _examples_of(asked, run)
    total = sum(len(each) for each in examples if isinstance(each, str))
    if "generate" in run.capabilities and total > MOST_CONTINUED_CHARACTERS:
        message = (
            f"texts have {total:,} characters together; for a language model they must have at most "
            f"{MOST_CONTINUED_CHARACTERS:,}"
        )
        raise FieldError(message, "texts", total, MOST_CONTINUED_CHARACTERS)
    with run.place(), in_field(name, examples[0] if len(examples) == 1 else None):
        answer = answers.predictor(run.loaded, asked.threshold)
        found = await run.worker.batch(("predict", asked.threshold), examples, answer)
        notes = await _notes(run, examples)
    return JSON({"run": run.id, "predictions": found} | notes)


@router.post("/v1/translate", summary="Translations of sentences", responses=_answering(responses.Translations))
async def translate(asked: TranslateRequest, service: Of) -> JSON:
    """One translation per sentence, with the fields of `seqlab translate --json`."""
    run = service.runs.find(asked.run, "translate")
    options = {"replace_unknown": asked.replace_unknown, "attention": asked.attention, "steps": asked.steps}
    beam = asked.beam_of(run.loaded.beam({}))
    with run.place():
        answer = answers.translator(run.loaded, beam, **options)
        found = await run.worker.batch(("translate", beam, *options.values()), list(asked.texts), answer)
    return JSON({"run": run.id, "translations": found})


@router.post("/v1/explain", summary="What moved answers", responses=_answering(responses.Explanations))
async def explain(asked: ExplainRequest, service: Of) -> JSON:
    """One explanation per text, with the fields of `seqlab explain --json`."""
    run = service.runs.find(asked.run, "explain", rows=asked.rows is not None)
    options = ExplainOptions(asked.method, asked.label, asked.faithfulness, asked.target, asked.alternatives)
    examples, name = _examples_of(asked, run)
    _refuse_long_sentences(run, examples)
    with run.place(), in_field(name):
        found = await run.worker.call(lambda: answers.explanations(run.loaded, examples, options))
        notes = await _notes(run, examples)
    return JSON({"run": run.id, "explanations": found} | notes)


async def _notes(run: ServedRun, examples: list[Any]) -> dict[str, list[str]]:
    """What the model did not find in rows; nothing of texts."""
    return {"notes": await run.worker.call(lambda: answers.notes(run.loaded, examples))} if run.columns else {}


def _examples_of(asked: PredictRequest | ExplainRequest, run: ServedRun) -> tuple[list[Any], str]:
    """What is answered, and the field that holds it. Raises FieldError for texts of a run that reads rows, for rows of
    one that reads texts, and for a row that cannot be read."""
    examples, rows = asked.examples, asked.rows
    columns = [column.name for column in run.columns]
    if columns and rows is None:
        shown = ", ".join(f'"{name}": …' for name in columns)
        raise FieldError(f"run {run.id} reads rows: send rows, as in [{{{shown}}}]", "texts", asked.texts)
    if rows is not None and not columns:
        raise FieldError(f"run {run.id} reads texts: send texts, a list of them", "rows", rows)
    for number, row in enumerate(rows or []):
        try:
            read_examples([row], run.loaded.experiment.data)
        except RowError as error:
            place = f"rows.{number}"
            told = error.told.replace("give None", "give null")
            raise FieldError(f"{place}{told}", f"{place}.{error.column}", row.get(error.column)) from error
    return examples, "texts" if rows is None else "rows"


def _refuse_long_sentences(run: ServedRun, examples: Sequence[Any]) -> None:
    """Raises RequestError for texts within the bounds of a classifier that would keep a translator busy."""
    if "translate" not in run.capabilities:
        return
    for number, text in enumerate(examples):
        if len(text) > MOST_SENTENCE_CHARACTERS:
            message = (
                f"texts.{number} has {len(text):,} characters; a text that is translated must have at most "
                f"{MOST_SENTENCE_CHARACTERS:,}"
            )
            raise FieldError(message, f"texts.{number}", text, MOST_SENTENCE_CHARACTERS)


@router.post("/v1/neighbors", summary="The words with the nearest vectors", responses=_answering(responses.Neighbors))
async def neighbors(asked: NeighborsRequest, service: Of) -> JSON:
    return await _neighbors(asked, {"word": asked.word}, service)


@router.post("/v1/analogy", summary="What c is to, as a is to b", responses=_answering(responses.Neighbors))
async def analogy(asked: AnalogyRequest, service: Of) -> JSON:
    return await _neighbors(asked, {"a": asked.a, "b": asked.b, "c": asked.c}, service)


async def _neighbors(asked: NeighborsRequest | AnalogyRequest, words: Mapping[str, str], service: Service) -> JSON:
    run = service.runs.find(asked.run, "word_vectors")
    options: dict[str, Any] = {"top": asked.top, "metric": asked.metric, "side": asked.side, "matrix": asked.matrix}
    with run.place():
        found = await run.worker.call(lambda: answers.neighbors(run, words, **options))
    return JSON({"run": run.id, "neighbors": found})


@router.post("/v1/map", summary="Words where their vectors are, in two dimensions", responses=_answering(responses.Map))
async def word_map(asked: MapRequest, service: Of) -> JSON:
    """The `top` most frequent words on the two directions in which they differ most, and `words` on the same plane:
    what is named beside them moves none of them."""
    run = service.runs.find(asked.run, "word_vectors")
    with run.place():
        found = await run.worker.call(
            lambda: answers.word_map(run, asked.words, top=asked.top, side=asked.side, matrix=asked.matrix)
        )
    return JSON({"run": run.id, "points": found})


@router.get(
    "/v1/runs",
    summary="The runs of this server, what they can do, and the bounds of requests",
    responses=_answering(responses.Runs),
)
async def runs(service: Of) -> JSON:
    limits = {
        "characters": MOST_CHARACTERS,
        "sentence_characters": MOST_SENTENCE_CHARACTERS,
        "tokens": MOST_TOKENS,
        "samples": MOST_SAMPLES,
        "beam_width": WIDEST_BEAM,
    }
    return JSON({"runs": [run.described() for run in service.runs], "limits": limits})


@router.get("/v1/models", summary="The same in the form of OpenAI's API", responses=_answering(responses.Models))
async def models(service: Of) -> JSON:
    return JSON({"object": "list", "data": [_model(run) for run in service.runs]})


@router.get("/v1/models/{model}", summary="One of them", responses=_answering(responses.Model))
async def model(model: str, service: Of) -> JSON:
    return JSON(_model(service.runs.named(model, "model")))


def _model(run: ServedRun) -> dict[str, Any]:
    created = 0 if run.ended is None else int(datetime.fromisoformat(run.ended).timestamp())
    return {"id": run.id, "object": "model", "created": created, "owned_by": "seqlab"}


@router.get(
    "/health", summary="Whether the server answers, and how busy each run is", responses=_answering(responses.Health)
)
async def health(service: Of) -> JSON:
    """`on_disk`: false for a run that was deleted since; its model is in memory, and it answers as before."""
    states = [{"id": run.id, "requests": run.taken, "on_disk": run.on_disk} for run in service.runs]
    return JSON({"status": "ok", "seconds": round(time.monotonic() - service.began, 1), "runs": states})


@router.get("/metrics", summary="Counts and times in the text format of Prometheus", response_class=PlainTextResponse)
async def metrics(service: Of) -> PlainTextResponse:
    text = service.measurements.text({run.id: run.taken for run in service.runs})
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4")
