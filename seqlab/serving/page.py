"""The page: a few files of this package. Nothing else of the disk is served."""

from __future__ import annotations

from functools import cache
from importlib import resources

from fastapi import APIRouter
from fastapi.responses import Response

router = APIRouter(include_in_schema=False)

MODULES = ("page", "client", "columns", "elements", "generate", "map", "predict", "rows", "translate", "words")

FILES = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    **{f"/{name}.js": (f"{name}.js", "text/javascript") for name in MODULES},
}
"""Path → file and media type."""


@cache
def _content(name: str) -> bytes:
    return resources.files("seqlab.serving.page_files").joinpath(name).read_bytes()


def _add(path: str, name: str, media_type: str) -> None:
    @router.api_route(path, methods=["GET", "HEAD"])
    async def file() -> Response:
        return Response(_content(name), media_type=media_type)


for _path, (_name, _type) in FILES.items():
    _add(_path, _name, _type)
