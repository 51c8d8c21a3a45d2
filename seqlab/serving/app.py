"""The application: routes, errors as JSON, and the guard before them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from seqlab.errors import SeqlabError
from seqlab.experiment import LoadedRun
from seqlab.serving import generation_routes, page, routes
from seqlab.serving.api_description import DescribedAPI
from seqlab.serving.bodies import UnreadableBody
from seqlab.serving.guard import BUG, Guard
from seqlab.serving.limits import Limits
from seqlab.serving.measurements import Measurements
from seqlab.serving.origins import Origins
from seqlab.serving.refusals import JSON, refusal, refusal_of, refusal_of_fields
from seqlab.serving.routes import Service
from seqlab.serving.served_run import ServedRun, ServedRuns
from seqlab.text_format import visible

OPENAPI = "/openapi.json"


def application(
    loaded: Sequence[LoadedRun],
    *,
    bound: str,
    hosts: Collection[str] = (),
    origins: Collection[str] = (),
    limits: Limits | None = None,
    report_bug: Callable[[Exception], None],
) -> tuple[Guard, Service]:
    """The ASGI application that answers for these runs, and what it answers from.

    `bound`: the address it will listen at; `hosts`, `origins`: see `Origins`.
    """
    limits, measurements = limits or Limits(), Measurements()
    runs = ServedRuns([ServedRun(each, limits, measurements) for each in loaded])
    service = Service(runs, measurements)
    guard = Guard(
        _routed(service, origins),
        origins=Origins(bound, hosts, origins),
        limits=limits,
        measurements=measurements,
        paths=frozenset({OPENAPI, *(route.path for route in _routes())}),
        posts=frozenset(route.path for route in _routes() if "POST" in route.methods),
        report_bug=report_bug,
    )
    return guard, service


def _routed(service: Service, origins: Collection[str]) -> FastAPI:
    app = DescribedAPI(
        title="seqlab",
        version=version("seqlab"),
        description='Trained runs of seqlab. Errors are JSON: `{"error": {"message", "type", "param", …}}`.',
        openapi_url=OPENAPI,
        redirect_slashes=False,
        docs_url=None,  # these pages load scripts from elsewhere
        redoc_url=None,
    )
    app.state.service = service
    for router in (routes.router, generation_routes.router, page.router):
        app.include_router(router)
    if origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=list(origins), allow_methods=["GET", "POST"], allow_headers=["Content-Type"]
        )
    _answer_errors(app)
    return app


def _routes() -> list[Any]:
    return [route for each in (routes, generation_routes, page) for route in each.router.routes]


def _answer_errors(app: FastAPI) -> None:
    async def of_seqlab(_: Request, error: Exception) -> JSON:
        return refusal_of(error) or refusal(500, BUG)

    async def of_fields(_: Request, error: Exception) -> JSON:
        return refusal_of_fields(error.errors())  # type: ignore[attr-defined]  # RequestValidationError has it

    async def of_http(request: Request, error: Exception) -> JSON:
        status, detail = error.status_code, error.detail  # type: ignore[attr-defined]  # HTTPException has them
        if isinstance(error, UnreadableBody):
            return refusal(400, visible(str(detail)), param=error.field)
        if status == 400:
            return refusal(400, "the body cannot be read: it must be JSON in UTF-8")
        if status == 404:
            path = request.url.path
            other = "; these models are not trained for chats: use /v1/completions" if "chat" in path else ""
            return refusal(404, f"there is nothing here{other}; /openapi.json lists the paths")
        if status == 405:
            allowed = (error.headers or {}).get("Allow", "")  # type: ignore[attr-defined]
            return refusal(405, f"use the method {allowed or 'that /openapi.json names'} here", headers=error.headers)  # type: ignore[attr-defined]
        return refusal(status, str(detail), headers=error.headers)  # type: ignore[attr-defined]

    app.add_exception_handler(SeqlabError, of_seqlab)
    app.add_exception_handler(RequestValidationError, of_fields)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(Exception, of_seqlab)
