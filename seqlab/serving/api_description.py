"""The description of the API: FastAPI's, with the errors that there really are."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from seqlab.serving.responses import Refusal

OF_ALL = {
    403: "The header `Host` or `Origin` is of another server.",
    405: "The path has another method, which the header `Allow` names.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    429: "Too many requests wait.",
    500: "A fault of seqlab, or of the run.",
    504: "The answer was not ready in time.",
}
OF_INPUTS = {
    404: "This server does not have the run.",
    422: "A field is wrong, or means nothing for the run.",
}
OF_BODIES = {
    400: "The body is not JSON in UTF-8.",
    415: "The body is not `application/json`.",
    503: "The memory ran out.",
}
NAME = "Refusal"


class DescribedAPI(FastAPI):
    """FastAPI describes errors of its own form, which this server never sends."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            described = super().openapi()
            schema = Refusal.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas = described["components"]["schemas"]
            schemas |= {**schema.pop("$defs"), NAME: schema}
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            for operation in (each for methods in described["paths"].values() for each in methods.values()):
                takes_body, takes_name = "requestBody" in operation, "parameters" in operation
                statuses = OF_ALL | (OF_INPUTS if takes_body or takes_name else {}) | (OF_BODIES if takes_body else {})
                operation["responses"] |= {str(status): _error(text) for status, text in sorted(statuses.items())}
        assert self.openapi_schema is not None
        return self.openapi_schema


def _error(text: str) -> dict[str, Any]:
    return {
        "description": text,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{NAME}"}}},
    }
