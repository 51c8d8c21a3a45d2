"""Parts and registries: how every choice that a config can make is described, once.

A *part* (dataset, vectorizer, model, metric …) is a frozen class whose typed fields are its YAML options, its
defaults, its help (the string under each field) and its JSON schema. What needs TensorFlow happens in its `build`,
so that describing and checking parts never imports it.

A *registry* holds the parts of one kind by name. To add a part, write it in a file of the registry's folder:

    @CLASSIFIERS.add
    class Bag(Classifier):
        '''Bag of n-grams with one hidden layer.'''

        name: Literal["bag"] = "bag"
        hidden: Positive = 16
        '''Units of the hidden layer.'''

A function goes on a registry as well (metrics are functions): its keyword-only parameters are its options.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetJsonSchemaHandler, ValidationInfo, create_model
from pydantic_core import CoreSchema, PydanticCustomError


def absolute(value: str, info: ValidationInfo) -> str:
    """Paths in a config are relative to the config's file: its folder is the `base` of the validation context."""
    return absolute_below((info.context or {}).get("base") or ".", value)


def absolute_below(base: str | Path, value: str) -> str:
    """`~` is the user's home; where there is no such user it is a name like any other."""
    try:
        path = Path(value).expanduser()
    except RuntimeError:
        path = Path(value)
    return str((base / path).absolute())


Positive = Annotated[int, Field(gt=0)]
Count = Annotated[int, Field(ge=0)]
Number = Annotated[float, Field(allow_inf_nan=False)]
PositiveNumber = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegativeNumber = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Rate = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Location = Annotated[str, Field(min_length=1, json_schema_extra={"format": "path"}), AfterValidator(absolute)]
"""A file or folder; stored absolute."""


@cache
def _docstrings(module: str) -> dict[str, dict[str, str]]:
    """The string under each field, of each class at the top of a module.

    Pydantic can find them too, but looks through all frames and modules for each class: 0.2 s of every start.
    """
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError, KeyError):  # no source: an interactive session
        return {}
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return {node.name: dict(_described_fields(node)) for node in classes}


def _described_fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for pair in pairwise(node.body):
        match pair:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)


class Options(BaseModel):
    """Typed options: unknown keys are refused, a boolean is no number, nothing changes after it was read.

    The string under a field is its description, in `model_fields` and in the JSON schema.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        protected_namespaces=(),
        validate_default=True,
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        described = _docstrings(cls.__module__).get(cls.__name__, {})
        for name in described.keys() & cls.model_fields.keys():  # not those of class variables
            cls.model_fields[name].description = described[name]

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema)["properties"]
        for name, field in cls.model_fields.items():
            if field.description:
                properties[name]["description"] = field.description
        return schema


class Component(Options):
    """One named choice. Subclasses give `name` a `Literal` type with itself as default."""

    name: str

    @classmethod
    def component_name(cls) -> str:
        return str(cls.model_fields["name"].default)

    @classmethod
    def component_help(cls) -> str:
        """The docstring, as one text."""
        return inspect.cleandoc(cls.__doc__ or "")


P = TypeVar("P", bound=Component)


class Registry(Generic[P]):
    """The parts of one kind, by name, in the order in which they were added.

    `kind` is the word used in messages ("classifier", "dataset"): one registry, one word.
    """

    groups: ClassVar[tuple[type[Options], ...]] = ()
    """Mappings, each of whose keys has a part, that may stand in place of one part alone."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._parts: dict[str, type[P]] = {}

    def add(self, part: Any) -> Any:
        """Put a part class or a function on the registry; returns it unchanged, so that it works as a decorator."""
        described: type[P] = part if inspect.isclass(part) else _component_of_function(part)  # type: ignore[assignment]
        name = described.component_name()
        if inspect.isabstract(described):
            raise TypeError(f"the {self.kind} '{name}' lacks {', '.join(sorted(described.__abstractmethods__))}")
        if self._parts.get(name, described).__qualname__ != described.__qualname__:
            raise ValueError(f"the registry of {self.kind}s already holds another part called '{name}'")
        self._parts[name] = described
        return part

    def __getitem__(self, name: str) -> type[P]:
        return self._parts[name]

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def __iter__(self) -> Iterator[type[P]]:
        return iter(self._parts.values())

    def __len__(self) -> int:
        return len(self._parts)

    @property
    def names(self) -> list[str]:
        return list(self._parts)

    def read(self, value: Any, context: dict[str, Any] | None = None) -> P:
        """`bag` or `{name: bag, hidden: 32}` → the part.

        Raises pydantic's errors, so that inside a validator each keeps its place below the section that was read.
        """
        if isinstance(value, Component):
            return value  # type: ignore[return-value]
        if isinstance(value, str):
            value = {"name": value}
        if not isinstance(value, dict):
            raise PydanticCustomError(
                "part_type",
                "expected the name of a {kind} or a mapping with its name and options; there are {names}",
                {"kind": self.kind, "names": ", ".join(self.names)},
            )
        if "name" not in value:
            raise PydanticCustomError(
                "part_name_missing",
                "says no 'name' of a {kind}; there are {names}",
                {"kind": self.kind, "names": ", ".join(self.names)},
            )
        name = value["name"]
        if not isinstance(name, str) or name not in self._parts:
            raise PydanticCustomError(
                "part_unknown",
                "no {kind} is called {given}; {hint}there are {names}",
                {
                    "kind": self.kind,
                    "given": repr(name),
                    "hint": did_you_mean(str(name), self.names),
                    "names": ", ".join(self.names),
                },
            )
        return self._parts[name].model_validate(value, context=context)


def did_you_mean(given: str, known: list[str]) -> str:
    """`"did you mean 'bag'? "`, or nothing when no name is close."""
    close = difflib.get_close_matches(given.lower(), known, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'? " if close else ""


def _component_of_function(function: Callable[..., Any]) -> type[Component]:
    """A part whose options are the function's keyword-only parameters; the part is called as the function is."""
    name = function.__name__
    parameters = inspect.signature(function, eval_str=True).parameters.values()
    options = {p.name: (p.annotation, p.default) for p in parameters if p.kind is p.KEYWORD_ONLY}

    def call(self: Component, *given: Any) -> Any:
        return function(*given, **{option: getattr(self, option) for option in options})

    base = type(name, (Component,), {"__call__": call, "__module__": function.__module__})
    fields: dict[str, Any] = {"name": (Literal[name], name), **options}
    return create_model(name, __base__=base, __doc__=function.__doc__, __module__=function.__module__, **fields)
