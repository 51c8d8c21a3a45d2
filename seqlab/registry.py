"""Components and registries: the single definition of every choice that a config can make.

A *component* (dataset, vectorizer, model, metric …) is a frozen class. Its typed fields define its YAML options, their
defaults, their help (the string under each field) and its JSON schema. Everything that needs TensorFlow happens in
`build`, so that describing and validating components never imports it.

A *registry* maps names to components of one type. To add a component, write it in a file of the registry's folder:

    @CLASSIFIERS.add
    class Bag(Classifier):
        '''Bag of n-grams with one hidden layer.'''

        name: Literal["bag"] = "bag"
        hidden: Positive = 16
        '''Units of the hidden layer.'''

A function can be registered as well (metrics are functions): its keyword-only parameters are its options.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetJsonSchemaHandler, ValidationInfo, create_model
from pydantic_core import CoreSchema, PydanticCustomError

from seqlab import files


def absolute(value: str, info: ValidationInfo) -> str:
    """Resolve a path of a config against the folder of the config file, the `base` of the validation context."""
    path = absolute_below((info.context or {}).get("base") or ".", value)
    if reason := files.why_impossible(Path(path)):
        raise PydanticCustomError("impossible_path", "{reason}", {"reason": reason})
    return path


def absolute_below(base: str | Path, value: str) -> str:
    """An absolute path. A leading `~` or `~user` is expanded; if there is no such user it is kept as is."""
    try:
        path = Path(value).expanduser()
    except RuntimeError:
        path = Path(value)
    return str((base / path).absolute())


LARGEST = 10**9
"""The largest number of anything that is counted: steps, tokens, examples, epochs."""
WIDEST = 100_000
"""The largest width of a layer: a square matrix of that size has 40 GB."""

MOST_LAYERS = 1000

Positive = Annotated[int, Field(gt=0, le=LARGEST)]
Count = Annotated[int, Field(ge=0, le=LARGEST)]
Width = Annotated[int, Field(gt=0, le=WIDEST)]
"""Units, filters, dimensions."""
Layers = Annotated[int, Field(gt=0, le=MOST_LAYERS)]
"""Layers, blocks or heads."""
Number = Annotated[float, Field(allow_inf_nan=False)]
PositiveNumber = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegativeNumber = Annotated[float, Field(ge=0, allow_inf_nan=False)]
MOST_LENGTH_PENALTY = 10.0
"""The largest α of a beam: published ones are up to 1.5, and a score divided by the penalty must stay a number."""
LengthPenalty = Annotated[float, Field(ge=0, le=MOST_LENGTH_PENALTY, allow_inf_nan=False)]
Rate = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Location = Annotated[str, Field(min_length=1, json_schema_extra={"format": "path"}), AfterValidator(absolute)]
"""Path of a file or folder; stored as an absolute path."""
NAME_OR_PATH = "name or path"
Reference = Annotated[str, Field(min_length=1, json_schema_extra={"format": NAME_OR_PATH})]
"""The name of something published, the address of a run or of a site, or a path."""


def is_path(value: str) -> bool:
    """Whether a reference is a path. Names are identifiers; a path of one name is `./name`."""
    return not (value.isidentifier() or re.match(r"run:|https?://", value))


@cache
def _docstrings(module: str) -> dict[str, dict[str, str]]:
    """Class name → field name → the string under the field, for each top-level class of a module.

    Read when help is asked for: parsing all modules would add 0.2 s to every start, as collecting by pydantic does.
    """
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError, KeyError):  # no source in an interactive session
        return {}
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return {node.name: dict(_described_fields(node)) for node in classes}


def _described_fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for pair in pairwise(node.body):
        match pair:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)


class Options(BaseModel):
    """Typed, immutable options. Unknown keys are errors, and a boolean is not accepted as a number.

    The string under a field is its help, here and in the JSON schema.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        protected_namespaces=(),
        validate_default=True,
        defer_build=True,  # a command reads a few of all components: it builds the schemas of these
    )

    @classmethod
    def help_of(cls, field: str) -> str | None:
        """The description of a field, or the string under it in the class that defines it. A subclass that changes the
        default alone needs no string."""
        if (given := cls.model_fields[field].description) is not None:
            return given
        described = (_docstrings(base.__module__).get(base.__name__, {}) for base in cls.__mro__)
        return next((strings[field] for strings in described if field in strings), None)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema)["properties"]
        for name in cls.model_fields:
            if description := cls.help_of(name):
                properties[name]["description"] = description
        return schema


class Component(Options):
    """A component that a config selects by `name`. Subclasses declare `name: Literal["x"] = "x"`."""

    name: str

    @classmethod
    def component_name(cls) -> str:
        """The name used in configs."""
        return str(cls.model_fields["name"].default)

    @classmethod
    def component_help(cls) -> str:
        """The docstring, dedented."""
        return inspect.cleandoc(cls.__doc__ or "")

    def unused_options(self) -> Mapping[str, str]:
        """Options that have no effect beside the values of the others (`option`, or `option.key` of a mapping) → why.

        A config must leave them as they are.
        """
        return {}


C = TypeVar("C", bound=Component)


class Registry(Generic[C]):
    """Components by name, in the order in which they were added.

    `kind` is the noun used in messages, such as "classifier" or "dataset".
    """

    groups: ClassVar[tuple[type[Options], ...]] = ()
    """Option classes with one component per field, accepted instead of a single component."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._components: dict[str, type[C]] = {}

    def add(self, component: Any) -> Any:
        """Register a component class or a function. Returns it unchanged, so that `add` works as a decorator."""
        # A function becomes a class of type Component, not C: what registries of functions hold is Component itself.
        described: type[C] = component if inspect.isclass(component) else _component_of_function(component)  # type: ignore[assignment]
        name = described.component_name()
        if inspect.isabstract(described):
            missing = ", ".join(sorted(described.__abstractmethods__))
            raise TypeError(f"the {self.kind} '{name}' does not implement {missing}")
        # A module that is imported again replaces its own classes.
        if self._components.get(name, described).__qualname__ != described.__qualname__:
            raise ValueError(f"another {self.kind} is already registered as '{name}'")
        self._components[name] = described
        return component

    def __getitem__(self, name: str) -> type[C]:
        return self._components[name]

    def __contains__(self, name: object) -> bool:
        return name in self._components

    def __iter__(self) -> Iterator[type[C]]:
        return iter(self._components.values())

    def __len__(self) -> int:
        return len(self._components)

    @property
    def names(self) -> list[str]:
        """The names of all components."""
        return list(self._components)

    def read(self, value: Any, context: dict[str, Any] | None = None) -> C:
        """Build a component from its name (`bag`) or from a mapping (`{name: bag, hidden: 32}`).

        Raises pydantic's errors: inside a validator each error keeps its location below the section that is read.
        """
        if isinstance(value, Component):
            return value  # type: ignore[return-value]  # already validated by this registry
        if isinstance(value, str):
            value = {"name": value}
        if not isinstance(value, dict):
            raise PydanticCustomError(
                "component_type",
                "expected the name of {kind} or a mapping with its name and options; available: {names}",
                {"kind": _with_article(self.kind), "names": ", ".join(self.names)},
            )
        if "name" not in value:
            raise PydanticCustomError(
                "component_name_missing",
                "'name' is missing; expected the name of {kind}: {names}",
                {"kind": _with_article(self.kind), "names": ", ".join(self.names)},
            )
        name = value["name"]
        if not isinstance(name, str) or name not in self._components:
            raise PydanticCustomError(
                "component_unknown",
                "unknown {kind} {given}; {hint}available: {names}",
                {
                    "kind": self.kind,
                    "given": repr(name),
                    "hint": did_you_mean(str(name), self.names),
                    "names": ", ".join(self.names),
                },
            )
        return self._components[name].model_validate(value, context=context)


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def did_you_mean(given: str, known: list[str]) -> str:
    """`"did you mean 'bag'? "`, or an empty string if no known name is close."""
    close = close_match(given, known)
    return f"did you mean '{close}'? " if close else ""


def close_match(given: str, known: Collection[str]) -> str | None:
    """The known name that was probably meant, in any case. A name that is less alike must also begin with the same
    letter or be as long: `bga` means `bag`, `tpu` may mean `gpu`, and `stop` does not mean `top_p`."""
    given, lowered = given.lower(), {name.lower(): name for name in known}
    alike = difflib.get_close_matches(given, lowered, n=3, cutoff=0.6)
    very = difflib.get_close_matches(given, alike, n=1, cutoff=0.75)
    likely = (name for name in alike if name in very or name[:1] == given[:1] or len(name) == len(given))
    return next((lowered[name] for name in likely), None)


def _component_of_function(function: Callable[..., Any]) -> type[Component]:
    """A component class whose options are the keyword-only parameters of a function and whose call is the function."""
    name = function.__name__
    parameters = inspect.signature(function, eval_str=True).parameters.values()
    options = {p.name: (p.annotation, p.default) for p in parameters if p.kind is p.KEYWORD_ONLY}

    def call(self: Component, *arguments: Any) -> Any:
        return function(*arguments, **{option: getattr(self, option) for option in options})

    base = type(name, (Component,), {"__call__": call, "__module__": function.__module__})
    fields: dict[str, Any] = {"name": (Literal[name], name), **options}
    return create_model(name, __base__=base, __doc__=function.__doc__, __module__=function.__module__, **fields)
