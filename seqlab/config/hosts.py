"""The type of `runtime.hosts`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from seqlab.hosts.addresses import FROM_ENVIRONMENT, MOST_HOSTS, parse_hosts


def _hosts(value: Any) -> str | tuple[str, ...] | None:
    try:
        return parse_hosts(value)
    except ValueError as error:
        raise PydanticCustomError("hosts", "{message}", {"message": str(error)}) from None


_ADDRESSES = {
    "type": "array",
    "items": {"type": "string"},
    "minItems": 2,
    "maxItems": MOST_HOSTS,
    "uniqueItems": True,
}
Hosts = Annotated[
    Any,
    BeforeValidator(_hosts),
    WithJsonSchema({"anyOf": [{"const": FROM_ENVIRONMENT}, _ADDRESSES, {"type": "null"}]}),
]
