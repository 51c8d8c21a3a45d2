"""What every dataset has in common: its options, and the two questions it answers.

Where are the files (`find`), and what do they hold (`read`)? Splits, duplicates and counts are handled for all datasets
by `seqlab.data.splits.load_splits.load`; only running text (`running_text.py`) and sentence pairs (`pairs.py`) override
how a split is cut, shuffled or shortened.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, ValidationInfo, WithJsonSchema, model_validator
from pydantic.functional_validators import BeforeValidator
from pydantic_core import PydanticCustomError

from seqlab.data.records import Records, SourceFile, SplitName
from seqlab.data.sources import locations
from seqlab.data.sources.locations import PublishedFile
from seqlab.data.splits import content_splits
from seqlab.progress import SILENT, Progress
from seqlab.registry import Component, Location, Positive, Registry, absolute


def _fraction_or_path(value: Any, info: ValidationInfo) -> float | str:
    if isinstance(value, float | int) and not isinstance(value, bool) and 0 < value < 1:
        return float(value)
    if isinstance(value, str) and value:
        return absolute(value, info)
    raise PydanticCustomError("fraction_or_path", "expected a fraction between 0 and 1, or the path of a file")


def _left_out(value: Any) -> None:
    if value is not None:
        raise PydanticCustomError("not_an_option", "this dataset comes with its own; leave the option out")


Fraction = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
FractionOrPath = Annotated[
    Any,
    BeforeValidator(_fraction_or_path),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
                {"type": "string", "format": "path"},
            ]
        }
    ),
]
BuiltIn = Annotated[None, BeforeValidator(_left_out), WithJsonSchema({"type": "null"})]
"""An option of every dataset that this one has no use for: its split, or its text, is its own."""


@dataclass(frozen=True)
class Reading:
    """What stands in the files: a split that they do not have is None and is cut from `train` afterwards."""

    train: Records
    validation: Records | None = None
    test: Records | None = None
    unlabelled: Records | None = None
    """Texts without a label: never a class, never in a split."""
    notes: tuple[str, ...] = ()
    """Lines for the user: what was left out, what is not as published."""


class Dataset(Component):
    """A source of records. Options of every dataset; parts add their own.

    To add one: subclass this in a file of this folder, give it a `name`, `find` and `read`, and put it on the registry
    of what it holds (labelled texts, text, pairs).
    """

    licence: ClassVar[str] = ""
    citation: ClassVar[str] = ""
    published: ClassVar[tuple[PublishedFile, ...]] = ()
    content: ClassVar[str] = "text"
    """What examples are compared by, as messages name it: those that have it in common are duplicates."""

    path: Location | None = None
    """Where the data are; when absent: $SEQLAB_DATA_DIR/<name>/, then the cache, then the network."""
    take: Positive | None = None
    """Keep so many training examples, cut after the training split's shuffle."""
    validation: FractionOrPath = 0.1
    """A fraction of the examples that have no official split, or a file of the same format."""
    test: FractionOrPath = 0.1
    """A fraction of the examples, or a file; a fraction is not used where the data have a test split of their own."""
    split_seed: Annotated[int, Field(ge=0)] = 1337
    """Decides the splits, together with the content alone."""

    @model_validator(mode="after")
    def _something_is_left_to_train_on(self) -> Self:
        cut = [share for share in (self.validation, self.test) if isinstance(share, float)]
        if sum(cut) >= 1:
            raise PydanticCustomError("nothing_left", "validation and test together leave nothing to train on")
        return self

    @property
    def text_fields(self) -> tuple[str, ...]:
        """The columns that, joined by a space, are an example's text."""
        return ("text",)

    @property
    def vocabulary_fields(self) -> tuple[str, ...]:
        """The columns that a vocabulary may be learned from (`vectorizer.fit.fields`)."""
        return self.text_fields

    @abstractmethod
    def find(self) -> tuple[Path, ...]:
        """The files, unread; none where the data are embedded. Raises RequestError that says what to put where."""

    @abstractmethod
    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> Reading:
        """Read what was located. Raises DataError that names the file, the line and the problem."""

    def sources(self) -> tuple[SourceFile, ...]:
        """What was found, with sizes and checksums."""
        return tuple(locations.file_source(path, self.published) for path in self.find())

    def locate(self, progress: Progress = SILENT) -> tuple[SourceFile, ...]:
        """The identity of the data before they are read. Published files that are not here are downloaded first."""
        self._fetch(progress)
        return self.sources()

    def _fetch(self, progress: Progress) -> None:
        """Download what is published, unless the files are here. Nothing can be fetched to a `path` of one's own."""
        if self.path is not None or not self.published:
            return
        try:
            self.find()
        except locations.FilesMissing:
            if locations.offline():
                raise
            from seqlab.data.sources import download  # urllib: 30 ms that a config which is only checked does not pay

            folder = locations.cached(self.component_name())
            terms = f"licence: {self.licence}\ncitation: {self.citation}"
            progress.say(
                f"the files of {self.component_name()} are not on this machine; downloading to {folder}\n{terms}"
            )
            for file in self.published:
                download.fetch(file, folder, progress)

    def at(self, place: Any) -> Self:
        """The same format read from another place: what `validation` or `test` say instead of a fraction."""
        return self.model_copy(update={"path": place})

    def cut(self, records: Records, shares: Mapping[SplitName, float]) -> dict[SplitName, Records]:
        """The splits that the data do not have, cut off by their shares; the rest is `train`."""
        return content_splits.cut(records, shares, self.split_seed)

    def shuffled(self, train: Records) -> Records:
        """The training split in an order that its contents and `split_seed` decide."""
        return content_splits.shuffled(train, self.split_seed)

    def shortened(self, train: Records) -> Records:
        """What `take` leaves of the training split, in its order."""
        return train.rows(range(min(self.take or len(train), len(train))))

    def joined_text(self, records: Records, fields: tuple[str, ...] | None = None) -> list[str]:
        """One text per record: its text fields (or those named) joined by a space."""
        columns = [records[field] for field in fields or self.text_fields]
        return [" ".join(parts) for parts in zip(*columns, strict=True)]

    def texts(self, records: Records) -> dict[str, list[str]]:
        """What a person reads of the records, under the name of each kind of text: here all text fields are one."""
        return {"text": self.joined_text(records)}

    def remarks(self, found: Mapping[SplitName, Records]) -> tuple[str, ...]:
        """Lines for the user on the final splits, besides those that are the same for all datasets."""
        return ()


LABELLED_TEXTS: Registry[Dataset] = Registry("dataset")
"""Datasets that hold one label per text: columns `label`, `id` (where the example stands) and the text fields."""

TEXTS: Registry[Dataset] = Registry("dataset")
"""Datasets of running text: columns `text` and `id` (where it stands). A record is a document, read from its beginning
to its end."""

PAIRS: Registry[Dataset] = Registry("dataset")
"""Datasets of sentence pairs: columns `source`, `target` and `id` (where the pair stands)."""
