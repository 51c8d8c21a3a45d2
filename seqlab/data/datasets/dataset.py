"""What every dataset part has in common: its options, and the two questions it answers."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import Field, ValidationInfo, WithJsonSchema
from pydantic.functional_validators import BeforeValidator
from pydantic_core import PydanticCustomError

from seqlab.data.records import Records, SourceFile
from seqlab.progress import Progress
from seqlab.registry import Location, Part, Positive, Shelf, absolute


def _fraction_or_path(value: Any, info: ValidationInfo) -> float | str:
    if isinstance(value, float | int) and not isinstance(value, bool) and 0 < value < 1:
        return float(value)
    if isinstance(value, str) and value:
        return absolute(value, info)
    raise PydanticCustomError("fraction_or_path", "expected a fraction between 0 and 1, or the path of a file")


FractionOrPath = Annotated[
    Any,
    BeforeValidator(_fraction_or_path),
    WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, {"type": "string"}]}),
]


@dataclass(frozen=True)
class Reading:
    """What stands in the files: a split that they do not have is None and is cut from `train` afterwards."""

    train: Records
    validation: Records | None = None
    test: Records | None = None


class Dataset(Part):
    """A source of records. Options of every dataset; parts add their own.

    To add one: subclass this in a file of this folder, give it a `name`, `locate` and `read`, and put it on the shelf
    of what it holds (labelled texts, text, pairs).
    """

    licence: ClassVar[str] = ""
    citation: ClassVar[str] = ""

    path: Location | None = None
    """Where the data are; when absent: $SEQLAB_DATA_DIR/<name>/, then the cache."""
    take: Positive | None = None
    """Keep so many training examples, cut after the training split's shuffle."""
    validation: FractionOrPath = 0.1
    """A fraction of the training examples, or a file of the same format."""
    test: FractionOrPath = 0.1
    """A fraction of the examples, or a file; not used where the dataset has an official test split."""
    split_seed: Annotated[int, Field(ge=0)] = 1337
    """Decides the splits, together with the content alone."""

    @property
    def text_fields(self) -> tuple[str, ...]:
        """The columns that, joined by a space, are an example's text."""
        return ("text",)

    @abstractmethod
    def locate(self) -> tuple[SourceFile, ...]:
        """Find the files. Raises RequestError that names what is missing and where to put it."""

    @abstractmethod
    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> Reading:
        """Read them. Raises DataError that names the file, the line and the fault."""

    def joined_text(self, records: Records, fields: tuple[str, ...] | None = None) -> list[str]:
        """One text per record: its text fields (or those named) joined by a space."""
        columns = [records[field] for field in fields or self.text_fields]
        return [" ".join(parts) for parts in zip(*columns, strict=True)]


LABELLED_TEXTS: Shelf[Dataset] = Shelf("dataset")
"""Datasets that hold one label per text: columns `label` and the text fields."""
