"""Errors as JSON, as clients of OpenAI's API read them: `{"error": {"message", "type", "param", "value", "limit"}}`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.responses import JSONResponse

from seqlab.errors import DataError, OptionError, RequestError, SeqlabError, describe_system_error
from seqlab.explanations.options import COMMAND_LINE
from seqlab.runs.run import json_safe
from seqlab.serving.bodies import EMPTY, FieldError
from seqlab.serving.served_run import RunNotServed, TooManyRequests
from seqlab.text_format import quoted, visible

LONGEST_VALUE = 100
"""Characters of a value that an error repeats."""
BOUNDS = {
    "max_length": "at most {}",
    "min_length": "at least {}",
    "le": "at most {}",
    "lt": "less than {}",
    "ge": "at least {}",
    "gt": "more than {}",
}
"""Of pydantic's context of an error → in words."""
TYPES = {
    400: "invalid_request_error",
    404: "not_found_error",
    408: "timeout_error",
    429: "rate_limit_error",
    504: "timeout_error",
}


TYPE_TAG = re.compile(r"constrained-\w+|str|int|float|bool|none|list\[.*\]|dict\[.*\]|nullable\[.*\]")
"""How pydantic names a type in the place of an error."""


EXPECTED = {
    "string_type": "a text",
    "string_unicode": "a text without half of a surrogate pair",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
}
"""Kinds of pydantic's errors → what they ask for."""


OPTION = re.compile(r"(?<![\w'\"-])--([a-z][a-z-]+)")
"""An option of the command line in a message; what a message quotes is no option."""


class JSON(JSONResponse):
    """JSON in ASCII, which can hold a lone surrogate, without numbers that JSON does not have."""

    def render(self, content: Any) -> bytes:
        return json.dumps(json_safe(content), allow_nan=False, separators=(",", ":")).encode("ascii")


def refusal(
    status: int,
    message: str,
    *,
    param: str | None = None,
    value: object = None,
    limit: object = None,
    headers: Mapping[str, str] | None = None,
) -> JSON:
    """The answer to a request that is not done."""
    kind = TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    error = {"message": message, "type": kind, "param": param, "value": value, "limit": limit}
    return JSON({"error": error}, status, headers)


def refusal_of(error: BaseException) -> JSON | None:
    """The answer for an error that seqlab foresees; None for a bug."""
    if isinstance(error, TooManyRequests):
        return refusal(429, str(error), headers={"Retry-After": "1"})
    if isinstance(error, RequestError):
        return _refusal_of_request(error)
    if isinstance(error, DataError | SeqlabError):
        return refusal(500, visible(str(error)))
    if described := describe_system_error(error):
        return refusal(503, described)
    return None


def _refusal_of_request(error: RequestError) -> JSON:
    message = visible(OPTION.sub(_as_field, str(error)))
    if isinstance(error, RunNotServed):
        return refusal(404, message, param=error.field, value=_short(error.reference))
    if isinstance(error, FieldError):
        return refusal(422, message, param=error.field, value=_short(error.value), limit=error.limit)
    if isinstance(error, OptionError):
        return refusal(422, message, param=error.option, value=_short(error.value))
    return refusal(422, message)


def _as_field(option: re.Match[str]) -> str:
    """What an option of the command line is called in the API."""
    name = next((name for name, written in COMMAND_LINE.items() if written == option[0]), option[1])
    return name.replace("-", "_")


def refusal_of_fields(errors: Sequence[Mapping[str, Any]]) -> JSON:
    """The answer to a body that does not fit; `errors`: those of pydantic, of which one is told."""
    first = _most_telling(errors)
    if first["type"] == "json_invalid":
        reason = first.get("ctx", {}).get("error", "")
        return refusal(400, f"the body is not JSON: {reason} at character {first['loc'][-1]}")
    place = ".".join(map(str, _place(first)))
    value, context = first.get("input"), first.get("ctx", {})
    bound = next((name for name in BOUNDS if name in context), None)
    limit = None if bound is None else context[bound]
    if first["type"] == "unknown_field":
        place = ".".join([*([place] if place else []), context["field"]])
        return refusal(422, visible(f"there is no field {quoted(place)} here; {context['hint']}"), param=place)
    if first["type"] == "none_required":
        message = f"{place} is {_shown(value)}, which runs of this server cannot honor: leave it out"
        return refusal(422, message, param=place, value=_short(value))
    if not place:
        return _refusal_of_body(first["type"], value)
    if first["type"] == "missing":
        return refusal(422, f"{place} is missing", param=place)
    if isinstance(value, str) and bound in {"max_length", "min_length"}:
        message = f"{place} has {len(value):,} characters; it must have {BOUNDS[bound].format(f'{limit:,}')}"
    elif isinstance(value, list | dict) and bound in {"max_length", "min_length"}:
        message = f"{place} has {len(value):,} entries; it must have {BOUNDS[bound].format(f'{limit:,}')}"
    elif bound is not None:
        message = f"{place} is {_shown(value)}; it must be {BOUNDS[bound].format(limit)}"
    else:
        message = f"{place} is {_shown(value)}{_expected(first)}"
    return refusal(422, message, param=place, value=_short(value), limit=limit)


def _refusal_of_body(kind: str, value: object) -> JSON:
    """The answer to a body that is no object."""
    if kind == "missing":
        return refusal(400, EMPTY)
    return refusal(422, f"the body is {_kind(value)}; it must be a JSON object, with the fields by their names")


def _most_telling(errors: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Of the first field at fault. Where a field may be of several types, pydantic has an error for each of them: the
    one of the type that was given tells more than that it is not another one."""
    field = errors[0]["loc"][:2]
    of_field = [each for each in errors if each["loc"][:2] == field]
    chosen = max(of_field, key=lambda each: (not each["type"].endswith("_type"), len(_place(each))))
    place = _place(chosen)
    others = [each["type"] for each in of_field if chosen["type"].endswith("_type") and _place(each) == place]
    return {**chosen, "types": others}


def _expected(error: Mapping[str, Any]) -> str:
    """What a field must be, in the words of JSON where there are some."""
    wanted = [EXPECTED[each] for each in error.get("types") or [error["type"]] if each in EXPECTED]
    if error["type"] == "literal_error":
        wanted = [error["ctx"]["expected"]]
    wanted = [each for each in dict.fromkeys(wanted) if each != "a whole number" or "a number" not in wanted]
    if not wanted:
        return f": {_lower(error['msg'])}"
    return f"; it must be {' or '.join(filter(None, [', '.join(wanted[:-1]), wanted[-1]]))}"


def _place(error: Mapping[str, Any]) -> list[str | int]:
    """Where in the body an error is, without what pydantic adds to tell the types of a field apart."""
    place = list(error["loc"][1:])
    tags = [isinstance(each, str) and TYPE_TAG.fullmatch(each) is not None for each in place] + [False]
    # Of two in a row, the first is a column of that name.
    return [each for each, tag, following in zip(place, tags, tags[1:], strict=False) if not tag or following]


def _short(value: object) -> str | float | bool | None:
    """A value as an error repeats it."""
    if value is None or isinstance(value, bool | int | float):
        return value if not isinstance(value, int) or abs(value) < 2**63 else "a huge number"
    text = value if isinstance(value, str) else f"{'a list' if isinstance(value, list) else 'an object'}"
    return visible(text[:LONGEST_VALUE]) + ("…" if len(text) > LONGEST_VALUE else "")


def _kind(value: object) -> str:
    """What a JSON value is."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return "a list" if isinstance(value, list) else "a text" if isinstance(value, str) else "a number"


def _shown(value: object) -> str:
    """A value in a message, as JSON writes it."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return quoted(value) if isinstance(value, str) else str(_short(value))


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
