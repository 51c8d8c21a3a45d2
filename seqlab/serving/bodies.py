"""How bodies are read: JSON without what it would not say twice, and errors that name the field."""

from __future__ import annotations

import codecs
import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from seqlab.errors import OptionError, RequestError
from seqlab.text_format import quoted

EMPTY = "the body is empty: send a JSON object, with the fields by their names"


class FieldError(RequestError):
    """A field of a request is wrong. `field`: where, as in `rows.0.size`; `value`: what it is; `limit`: the number that
    it may be at most."""

    def __init__(self, message: str, field: str, value: object = None, limit: object = None) -> None:
        super().__init__(message)
        self.field, self.value, self.limit = field, value, limit


class UnreadableBody(HTTPException):
    """A body that is no JSON, for a reason that the JSON of Python's library does not tell."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(400, message)
        self.field = field


@contextlib.contextmanager
def in_field(field: str, value: object = None) -> Iterator[None]:
    """Errors of a request that are raised in this block are of one field, unless they name another one."""
    try:
        yield
    except FieldError:
        raise
    except OptionError as error:
        raise FieldError(str(error), error.option, error.value) from error
    except RequestError as error:
        raise FieldError(str(error), field, value) from error


class StrictRoute(APIRoute):
    """A route whose bodies are read by `read_json`."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            answer: Response = await handler(_StrictRequest(request.scope, request.receive))
            return answer

        return handle


class _StrictRequest(Request):
    async def json(self) -> Any:
        return read_json(await self.body())


def read_json(body: bytes) -> Any:
    """Raises UnreadableBody, and JSONDecodeError for what is not JSON at a place that can be told."""
    if body.startswith(codecs.BOM_UTF8):
        raise UnreadableBody("the body begins with a byte order mark: send UTF-8 without it")
    if not body.strip():
        raise UnreadableBody(EMPTY)
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_each_once)
    except UnicodeDecodeError as error:
        raise UnreadableBody(f"the body must be UTF-8; byte {error.start:,} is not") from error
    except RecursionError as error:
        raise UnreadableBody("the body is nested too deeply") from error
    except json.JSONDecodeError:
        raise
    except ValueError as error:  # more digits than Python reads
        raise UnreadableBody("a number in the body has too many digits") from error


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise UnreadableBody(f"the field {quoted(twice)} is given twice: remove one", twice)
    return found
