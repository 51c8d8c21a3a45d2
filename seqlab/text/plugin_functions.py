"""`module:function` of a plug-in, where an option names a step of preparing texts.

A config never decides by itself which code is executed: the module must be among its plug-ins, and those of a run are
imported only if the user names them again (`seqlab.config.plugins`).
"""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError, PydanticKnownError

from seqlab.errors import DataError
from seqlab.text_format import quoted

REFERENCE = r"^[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*$"

NOT_NAMED = "'{module}' is not a plug-in of this config: add it to plugins, such as plugins: [{module}]"
NOT_IMPORTED = "plug-ins of a run are imported only on request: --plugin {module}"
NO_FUNCTION = "the plug-in '{module}' has no function '{function}'"
NOT_OF_A_TEXT = "{module}:{function} must be a function of one text"


def choice(names: tuple[str, ...]) -> Any:
    """The type of an option that takes one of `names`, or `module:function` of a plug-in."""

    def checked(value: str, info: ValidationInfo) -> str:
        if value in names:
            return value
        module, colon, function = value.partition(":")
        if not (colon and all(part.isidentifier() for part in [*module.split("."), function])):
            raise PydanticKnownError("literal_error", {"expected": ", ".join(names)})
        if message := _problem(module, function, info.context or {}):
            raise PydanticCustomError("plugin_function", message, {"module": module, "function": function})
        return value

    schema = {"anyOf": [{"enum": list(names)}, {"type": "string", "pattern": REFERENCE, "format": "module:function"}]}
    return Annotated[str, AfterValidator(checked), WithJsonSchema(schema)]


def _problem(module: str, function: str, context: dict[str, Any]) -> str | None:
    """Why there is no such function of a plug-in. Without a context, in Python, any imported module is one."""
    if module in context.get("skipped_plugins", ()):
        return NOT_IMPORTED
    if module not in context.get("plugins", sys.modules):
        return NOT_NAMED
    if module not in sys.modules:
        return None  # its import failed, which is a problem of its own
    found = getattr(sys.modules[module], function, None)
    if not callable(found):
        return NO_FUNCTION
    return None if _takes_a_text(found) else NOT_OF_A_TEXT


def _takes_a_text(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind("a text")
    except TypeError:
        return False
    except ValueError:  # some of those in C have no signature
        return True
    return True


def is_reference(value: str) -> bool:
    return ":" in value


def source_of(reference: str) -> Iterator[Path]:
    """The files of the plug-in, on which everything that its function makes depends."""
    file = getattr(sys.modules[reference.partition(":")[0]], "__file__", None)
    if file is not None:
        yield from sorted(Path(file).parent.rglob("*.py")) if Path(file).name == "__init__.py" else [Path(file)]


def standardizing(reference: str) -> Callable[[str], str]:
    """The function, which must return a text for each text. Raises DataError where it does not."""
    function = _function(reference)

    def standardized(text: str) -> str:
        result = _called(function, reference, text)
        if not isinstance(result, str):
            raise _wrong_result(reference, text, f"{_kind(result)}; it must return a text")
        return result

    return standardized


def splitting(reference: str) -> Callable[[str], str]:
    """The function, which must return a list of words, as one that joins them by spaces; empty words are left out.

    Raises DataError for anything else, and for a word with white space in it, which would be split again.
    """
    function = _function(reference)

    def joined(text: str) -> str:
        words = _called(function, reference, text)
        if not isinstance(words, list | tuple):
            raise _wrong_result(reference, text, f"{_kind(words)}; it must return a list of words")
        for word in words:
            if not isinstance(word, str):
                raise _wrong_result(reference, text, f"a list with {_kind(word)}; it must return a list of words")
            if word and word.split() != [word]:
                raise _wrong_result(reference, text, f"the word {quoted(word)}; a word must have no white space in it")
        return " ".join(filter(None, words))

    return joined


def _function(reference: str) -> Callable[[str], Any]:
    module, _, name = reference.partition(":")
    # It was imported when the option was read; in a process that shares the work, with the other plug-ins.
    function: Callable[[str], Any] = getattr(sys.modules[module], name)
    return function


def _called(function: Callable[[str], Any], reference: str, text: str) -> Any:
    """What it returns. Raises DataError where it fails outside of its module, as a function in C does: the traceback
    would not tell whose function it is."""
    try:
        return function(text)
    except Exception as error:
        module = reference.partition(":")[0]
        frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
        if any(frame.f_globals.get("__name__") == module for frame in frames):
            raise
        raise DataError(
            f"{reference} failed ({type(error).__name__}: {error}). The text: {quoted(text[:200])}"
        ) from error


def _wrong_result(reference: str, text: str, what: str) -> DataError:
    code = getattr(_function(reference), "__code__", None)
    where = f" ({Path(code.co_filename).name}, line {code.co_firstlineno})" if code else ""
    return DataError(f"{reference}{where} returned {what}. The text: {quoted(text[:200])}")


def _kind(value: object) -> str:
    return "None" if value is None else f"a value of the type {type(value).__name__}"
