"""The bodies of answers, for the description of the API: what they hold besides depends on the task of the run."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

Fields = dict[str, Any]


class Predictions(BaseModel):
    run: str
    predictions: list[Fields] = Field(description="One per text or row: the fields of `seqlab predict --json`.")
    notes: list[str] = Field([], description="Of rows: categories that training lacks, numbers that are missing.")


class Translations(BaseModel):
    run: str
    translations: list[Fields] = Field(description="One per sentence: the fields of `seqlab translate --json`.")


class Explanations(BaseModel):
    run: str
    explanations: list[Fields] = Field(description="One per text or row: the fields of `seqlab explain --json`.")
    notes: list[str] = Field([], description="Of rows: categories that training lacks, numbers that are missing.")


class Near(BaseModel):
    word: str
    score: float | None


class Neighbors(BaseModel):
    run: str
    neighbors: list[Near] = Field(description="The nearest first.")


class Point(BaseModel):
    word: str
    x: float
    y: float


class Map(BaseModel):
    run: str
    points: list[Point] = Field(description="The most frequent words first, then those that were named.")


class Completion(BaseModel):
    """As OpenAI's API answers it."""

    id: str
    object: Literal["text_completion"]
    created: int
    model: str
    choices: list[Fields]
    usage: dict[str, int]


class Column(BaseModel):
    name: str
    kind: Literal["text", "category", "number"]
    values: list[str] = Field([], description="Of a category: the first of those that training has.")
    mean: float | None = Field(None, description="Of numbers: the mean of training.")


class DescribedRun(BaseModel):
    id: str
    name: str
    task: str
    paths: list[str] = Field(description="Of this API, those that the run answers.")
    status: str = Field(description="As `seqlab runs show` tells it: of a stopped run, the best weights so far answer.")
    answers: list[str] = Field(description="The fields of a prediction that answer.")
    columns: list[Column] = Field(description="Of the rows that it reads; none if it reads texts.")
    beam_width: int | None = Field(description="Of a translator: the width of its beam, unless asked otherwise.")


class Runs(BaseModel):
    runs: list[DescribedRun]
    limits: dict[str, int]


class Model(BaseModel):
    """As OpenAI's API describes it."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class Models(BaseModel):
    object: Literal["list"]
    data: list[Model]


class RunState(BaseModel):
    id: str
    requests: int = Field(description="That wait or are being answered.")
    on_disk: bool = Field(description="False for a run that was deleted since: it answers as before.")


class Health(BaseModel):
    status: Literal["ok"]
    seconds: float = Field(description="Since the server began to answer.")
    runs: list[RunState]


class Refused(BaseModel):
    message: str
    type: str
    param: str | None = Field(description="The field at fault.")
    value: str | float | bool | None
    limit: float | None


class Refusal(BaseModel):
    """Every answer that is not done."""

    error: Refused
