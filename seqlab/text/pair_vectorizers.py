"""The two sides of sentence pairs: a vectorizer for each, one that both learn apart, or one that they share.

vectorizer: {source: {name: words}, target: {name: words}}      each its own options
vectorizer: {name: words}                                       the same options, learned apart
vectorizer: {shared: {name: subwords}}                          one vocabulary of both
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, SerializeAsAny, WithJsonSchema
from pydantic_core import PydanticCustomError

from seqlab.registry import Component, Options, Registry
from seqlab.text.vectorizer import VECTORIZERS, Vectorizer

if TYPE_CHECKING:
    OfSide = Vectorizer
else:
    OfSide = Annotated[
        SerializeAsAny[Component],
        BeforeValidator(lambda value, info: VECTORIZERS.read(value, info.context)),
        WithJsonSchema({}),
    ]


class Sides(Options):
    """A vectorizer for each side, each with a vocabulary of its own."""

    source: OfSide
    """How source sentences become numbers."""
    target: OfSide
    """How target sentences become numbers."""

    @property
    def name(self) -> str:
        return f"{self.source.name} and {self.target.name}"


class Shared(Options):
    """One vectorizer whose vocabulary is learned from both sides together."""

    shared: OfSide
    """How sentences of both sides become numbers."""

    @property
    def name(self) -> str:
        return f"shared {self.shared.name}"


OfPairs = Vectorizer | Sides | Shared


class PairRegistry(Registry[Any]):
    """The registry of vectorizers, for tasks that read pairs: the parts are the same, the forms are three."""

    groups = (Sides, Shared)

    def __init__(self, parts: Registry[Vectorizer]) -> None:
        super().__init__(parts.kind)
        self._registry = parts

    @property
    def _components(self) -> dict[str, Any]:
        """The same: what a plug-in adds is here too."""
        return self._registry._components

    @_components.setter
    def _components(self, _: dict[str, Any]) -> None:
        """A registry begins empty; this one has nothing of its own."""

    def read(self, value: Any, context: dict[str, Any] | None = None) -> Any:
        if isinstance(value, Sides | Shared):
            return value
        if isinstance(value, dict) and "name" not in value:
            for form in self.groups:
                if value.keys() & form.model_fields.keys():
                    return form.model_validate(value, context=context)
            raise PydanticCustomError(
                "component_name_missing",
                "expected the keys 'source' and 'target', or 'shared', or the 'name' of a {kind} for both: {names}",
                {"kind": self.kind, "names": ", ".join(self.names)},
            )
        return super().read(value, context)


PAIR_VECTORIZERS = PairRegistry(VECTORIZERS)


def options_of(vectorizer: OfPairs) -> tuple[Vectorizer, Vectorizer]:
    """Of source and target."""
    if isinstance(vectorizer, Sides):
        return vectorizer.source, vectorizer.target
    both = vectorizer.shared if isinstance(vectorizer, Shared) else vectorizer
    return both, both
