"""Vectorizers of sentence pairs: one per side, or one for both sides.

vectorizer: {source: {name: words}, target: {name: words}}      options per side
vectorizer: {name: words}                                       the same options, a vocabulary per side
vectorizer: {shared: {name: subwords}}                          one vocabulary for both sides
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, SerializeAsAny, WithJsonSchema
from pydantic_core import PydanticCustomError

from seqlab.registry import Component, Options, Registry
from seqlab.text.vectorizer import VECTORIZERS, Vectorizer
from seqlab.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    OfSide = Vectorizer
else:
    OfSide = Annotated[
        SerializeAsAny[Component],
        BeforeValidator(lambda value, info: VECTORIZERS.read(value, info.context)),
        WithJsonSchema({}),
    ]


class Sides(Options):
    """A vectorizer per side, each with its own vocabulary."""

    source: OfSide
    """The vectorizer of source sentences."""
    target: OfSide
    """The vectorizer of target sentences."""

    @property
    def name(self) -> str:
        return f"{self.source.name} and {self.target.name}"


class Shared(Options):
    """One vectorizer, whose vocabulary is learned from both sides together."""

    shared: OfSide
    """The vectorizer of all sentences."""

    @property
    def name(self) -> str:
        return f"shared {self.shared.name}"


OfPairs = Vectorizer | Sides | Shared


class PairRegistry(Registry[Any]):
    """The registry of vectorizers for tasks that read pairs: the same components, in one of three forms."""

    groups = (Sides, Shared)

    def __init__(self, parts: Registry[Vectorizer]) -> None:
        super().__init__(parts.kind)
        self._registry = parts

    @property
    def _components(self) -> dict[str, Any]:
        """Shared with the registry of vectorizers, so that plug-ins are in both."""
        return self._registry._components

    @_components.setter
    def _components(self, _: dict[str, Any]) -> None:
        """Ignores the empty dict that a registry starts with."""

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


def parts_of(vectorizer: OfPairs) -> dict[str, Vectorizer]:
    """Key below `vectorizer` in a config → the vectorizer there; "" for the section itself."""
    if isinstance(vectorizer, Vectorizer):
        return {"": vectorizer}
    return {name: getattr(vectorizer, name) for name in type(vectorizer).model_fields}


def knowing(vectorizer: OfPairs, vocabularies: Mapping[str, Vocabulary]) -> OfPairs:
    """The same section with vocabularies (by side) that are taken from elsewhere, not learned."""
    if isinstance(vectorizer, Vectorizer):
        return vectorizer.knowing(vocabularies)
    return vectorizer.model_copy(
        update={name: part.knowing(vocabularies) for name, part in parts_of(vectorizer).items()}
    )


def options_of(vectorizer: OfPairs) -> tuple[Vectorizer, Vectorizer]:
    """The vectorizers of source and target."""
    if isinstance(vectorizer, Sides):
        return vectorizer.source, vectorizer.target
    both = vectorizer.shared if isinstance(vectorizer, Shared) else vectorizer
    return both, both
