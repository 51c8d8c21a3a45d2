"""The base of all datasets: their common options, and the two methods that each implements.

`find` locates the files, `read` reads them. Splits, duplicates and counts are handled for all datasets by
`seqlab.data.splits.load_splits.load`; only running text (`running_text.py`) and sentence pairs (`pairs.py`) override
how a split is cut, shuffled or truncated.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, ValidationInfo, WithJsonSchema, model_validator
from pydantic.functional_validators import BeforeValidator
from pydantic_core import PydanticCustomError

from seqlab.data.columns import Combined
from seqlab.data.datasets.take import PROPORTIONAL, Take, TakeOfSplits
from seqlab.data.features import FeatureColumns
from seqlab.data.records import SPLITS, Records, SourceFile, SplitName
from seqlab.data.sources import locations
from seqlab.data.sources.locations import PublishedFile
from seqlab.data.splits import content_splits
from seqlab.progress import SILENT, Progress
from seqlab.registry import Component, Location, Registry, absolute
from seqlab.text_format import number_meant


def fraction_of(value: Any) -> float | None:
    """The fraction that a value is; None if it is none. Raises the error of an option for the text of a number."""
    if isinstance(value, float | int) and not isinstance(value, bool) and 0 < value < 1:
        return float(value)
    number = number_meant(value) if isinstance(value, str) else None
    if number is None:
        return None
    quotes = " without quotes" if value == f"{number:g}" else ""
    way_out = f"write {number:g}{quotes}" if 0 < number < 1 else "a fraction is between 0 and 1"
    context = {"value": value, "way_out": way_out}
    raise PydanticCustomError("fraction_as_text", "'{value}' is text, not a number: {way_out}", context)


def _fraction_or_path(value: Any, info: ValidationInfo) -> float | str:
    if (fraction := fraction_of(value)) is not None:
        return fraction
    if isinstance(value, str) and value:
        return absolute(value, info)
    raise PydanticCustomError("fraction_or_path", "expected a fraction between 0 and 1, or the path of a file")


def _left_out(value: Any) -> None:
    if value is not None:
        raise PydanticCustomError("not_an_option", "this dataset does not have this option; leave it out")


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
"""An option that this dataset does not have, because its splits or its texts are fixed."""


@dataclass(frozen=True)
class SourceSplits:
    """What the files contain. Splits that they lack are None, and are cut from `train` afterwards."""

    train: Records
    validation: Records | None = None
    test: Records | None = None
    notes: tuple[str, ...] = ()
    """Lines for the user: what was skipped, what differs from the published data."""


class Dataset(Component):
    """Options of every dataset; subclasses add their own.

    To add one: subclass this in a file of this directory, with a `name`, `find` and `read`, and add it to the registry
    of what it contains (labelled texts, texts, pairs).
    """

    splits: ClassVar[tuple[SplitName, ...]] = SPLITS
    """The splits that there are, in this order. Documents without labels have no test split: see `DOCUMENTS`."""
    single_text: ClassVar[bool] = False
    """Whether each split is one long text: there are no texts to take the first of."""
    licence: ClassVar[str] = ""
    citation: ClassVar[str] = ""
    hub: ClassVar[str] = ""
    """Its name on the Hugging Face Hub, for model cards; nothing is read from there."""
    published: ClassVar[tuple[PublishedFile, ...]] = ()
    fewest: ClassVar[int] = 1
    """What a split needs, in units of `size_of`."""

    path: Location | None = None
    """Where the data are; by default $SEQLAB_DATA_DIR/<name>/, then the cache, then the network."""
    take: Take = None
    """Keep only this many training examples, after shuffling, and the same share of validation and test; or a mapping:
    {train: 3000, validation: 500, test: 500}."""
    validation: FractionOrPath = 0.1
    """A fraction of the examples without an official split, or a file of the same format."""
    test: FractionOrPath = 0.1
    """A fraction of the examples, or a file of the same format."""
    split_seed: Annotated[int, Field(ge=0)] = 1337
    """With the content of the examples, determines the splits."""

    @model_validator(mode="after")
    def _something_is_left_to_train_on(self) -> Self:
        cut = [share for share in (self.validation, self.test) if isinstance(share, float)]
        if sum(cut) >= 1:
            raise PydanticCustomError("nothing_left", "validation and test together leave nothing to train on")
        return self

    def unused_options(self) -> Mapping[str, str]:
        if not isinstance(self.take, TakeOfSplits):
            return {}
        if isinstance(self.take.test, int) and "test" not in self.splits:
            return {"take.test": "the data have no test split"}
        if self.take.train is not None:
            return {}
        reason = "proportional is the share of training that take.train keeps, and it keeps all"
        return {f"take.{split}": reason for split in SPLITS[1:] if getattr(self.take, split) == PROPORTIONAL}

    def unused_with_files(self) -> Mapping[str, str]:
        """Options that have no effect because of what the files hold → why. Called when they are located."""
        return {}

    @property
    def locations(self) -> tuple[str, ...]:
        """The options that say where files are, and not what is in them, as they are set."""
        return ("path", *(split for split in ("validation", "test") if isinstance(getattr(self, split), str)))

    @property
    def content(self) -> str:
        """How messages call what identifies an example: examples with equal content are duplicates."""
        return "text" if self.has_text else "row"

    @property
    def feature_columns(self) -> FeatureColumns:
        """The columns of categories and numbers beside the text, or instead of it."""
        return FeatureColumns()

    @property
    def has_text(self) -> bool:
        """Whether examples have a text; if not, they have only features, and there is no vectorizer."""
        return bool(self.text_fields)

    @property
    def text_fields(self) -> tuple[str, ...]:
        """The columns that, joined by a space, are an example's text."""
        return ("text",)

    @property
    def text_columns_named(self) -> tuple[str, ...]:
        """The names of these columns in the user's own file."""
        return self.text_fields

    @property
    def vocabulary_fields(self) -> tuple[str, ...]:
        """The columns that `vectorizer.fit.fields` may name."""
        return self.text_fields

    @property
    def word_classes(self) -> Mapping[str, str]:
        """Word → its class, of words that are known to be interchangeable within their class; empty: not known."""
        return {}

    @abstractmethod
    def find(self) -> tuple[Path, ...]:
        """The paths of the files; none if the data are generated. Raises RequestError with what to put where."""

    @abstractmethod
    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        """Read the located files. Raises DataError with the file, the line and the problem."""

    def sources(self) -> tuple[SourceFile, ...]:
        """The files with sizes and checksums."""
        return tuple(locations.file_source(path, self.published) for path in self.find())

    def locate(self, progress: Progress = SILENT) -> tuple[SourceFile, ...]:
        """The files with sizes and checksums, after downloading published ones that are missing."""
        self._fetch(progress)
        return self.sources()

    def _fetch(self, progress: Progress) -> None:
        """Download published files that are missing. A `path` set by the user is never written to."""
        if self.path is not None or not self.published:
            return
        try:
            self.find()
        except locations.FilesMissing:
            if locations.offline():
                raise
            from seqlab.data.sources import download  # imports urllib: 30 ms

            directory = locations.cached(self.component_name())
            terms = f"licence: {self.licence}\ncitation: {self.citation}"
            progress.say(
                f"the files of {self.component_name()} are not on this machine; downloading to {directory}\n{terms}"
            )
            for file in self.published:
                download.fetch(file, directory, progress)

    def at(self, location: Any) -> Self:
        """The same format at another location, which `validation` or `test` names instead of a fraction."""
        return self.model_copy(update={"path": location})

    def cut(self, records: Records, shares: Mapping[SplitName, float]) -> dict[SplitName, Records]:
        """Cut a share of the records off for each split in `shares`; the rest is `train`."""
        return content_splits.cut(records, shares, self.split_seed)

    def shuffled(self, train: Records) -> Records:
        """The training split in an order determined by its contents and `split_seed`."""
        return content_splits.shuffled(train, self.split_seed)

    def size_of(self, records: Records) -> int:
        """What `take` counts: examples."""
        return len(records)

    def truncated(self, records: Records, size: int) -> Records:
        """The first examples of a split, this many, in the order that its contents and `split_seed` determine."""
        return self.shuffled(records).rows(range(size))

    def input_texts(self, records: Records, fields: tuple[str, ...] | None = None) -> Sequence[str]:
        """The text of each record: its text fields, or the given ones, joined by a space."""
        columns = [records[field] for field in fields or self.text_fields]
        return columns[0] if len(columns) == 1 else Combined(columns, " ".join)

    def texts(self, records: Records) -> dict[str, Sequence[str]]:
        """The texts to show of the records, by name. Here all text fields are one text."""
        return {"text": self.input_texts(records)} if self.has_text else {}

    def split_notes(self, splits: Mapping[SplitName, Records]) -> tuple[str, ...]:
        """Lines for the user about the final splits, in addition to those for all datasets."""
        return ()


LABELLED_TEXTS: Registry[Dataset] = Registry("dataset")
"""Datasets with one label per text: columns `label`, `id` (the location of the example) and the text fields."""

TEXTS: Registry[Dataset] = Registry("dataset")
"""Datasets of running text: columns `text` and `id` (its location). A record is a document, read in order."""

NUMBERED: Registry[Dataset] = Registry("dataset")
"""Datasets with one number per example, which is to be predicted: columns `number` (float), `id`, the text fields and
`features` (see `FeatureColumns`)."""

DOCUMENTS: Registry[Dataset] = Registry("dataset")
"""Datasets of documents, without labels and without a test split: columns `text` and `id` (its location)."""

PAIRS: Registry[Dataset] = Registry("dataset")
"""Datasets of sentence pairs: columns `source`, `target` and `id` (the location of the pair)."""
