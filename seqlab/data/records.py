"""Raw examples, before they are encoded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Literal

SplitName = Literal["train", "validation", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class Records:
    """The examples of one split as columns of equal length: `{"text": [...], "label": [...]}`.

    `keys` are the columns whose content identifies an example: examples with equal keys are duplicates, whatever their
    labels, and are always in the same split.
    """

    columns: Mapping[str, Sequence[Any]]
    keys: tuple[str, ...] = ("text",)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, column: str) -> Sequence[Any]:
        return self.columns[column]

    def rows(self, rows: Sequence[int]) -> Records:
        """The given rows, in the given order. Content ids are kept: hashing is most of the cost of splitting."""
        chosen = Records({name: [column[row] for row in rows] for name, column in self.columns.items()}, self.keys)
        if "content_ids" in vars(self):
            vars(chosen)["content_ids"] = [self.content_ids[row] for row in rows]
        return chosen

    def followed_by(self, other: Records) -> Records:
        """The rows of both, which have the same columns."""
        both = {name: [*column, *other[name]] for name, column in self.columns.items()}
        return Records(both, self.keys)

    def without(self, column: str) -> Records:
        """The same rows without a column, which must not be a key."""
        return Records({name: values for name, values in self.columns.items() if name != column}, self.keys)

    def with_column(self, column: str, values: Sequence[Any]) -> Records:
        """The same rows with a column more, which is no key."""
        return Records({**self.columns, column: values}, self.keys)

    @cached_property
    def content_ids(self) -> list[str]:
        """One per row: 32 hexadecimal digits of a hash of the key columns."""
        keyed = zip(*(self.columns[key] for key in self.keys), strict=True)
        return [content_id(*parts) for parts in keyed]

    @cached_property
    def fingerprint(self) -> str:
        """sha256 of the contents and labels, or numbers, of all rows, independent of their order."""
        labels = self.columns.get("label") or self.columns.get("number") or [""] * len(self)
        contents = self.content_ids
        if "features" in self.columns:  # a content may be the text alone
            contents = [f"{text} {content_id(*row)}" for text, row in zip(contents, self["features"], strict=True)]
        rows = sorted(f"{content} {label}" for content, label in zip(contents, labels, strict=True))
        return hashlib.sha256("\n".join(rows).encode("utf-8", errors="surrogatepass")).hexdigest()


def content_id(*parts: str) -> str:
    joined = "\x1f".join(parts).encode("utf-8", errors="surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:32]


@dataclass(frozen=True)
class SourceFile:
    """A file that was read. `official`: whether it is the published one; None if that is not known."""

    name: str
    path: str
    size: int
    sha256: str
    official: bool | None = None
    version: str = field(default="", compare=False, repr=False)
    """Which state of the file was hashed; see `locations.version`. Of this machine, and not recorded."""

    def to_json(self) -> dict[str, Any]:
        """What a run records."""
        return {name: value for name, value in asdict(self).items() if name != "version"}


@dataclass(frozen=True)
class Corpus:
    """A dataset after reading and splitting: the three splits, their sources, and notes for the user."""

    splits: Mapping[SplitName, Records]
    sources: tuple[SourceFile, ...] = ()
    notes: tuple[str, ...] = ()
    """Lines for the user: duplicates that were moved, overlap with the test split, unofficial files."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """`duplicates_kept_out_of_validation`, `test_overlap`: recorded in the run."""

    @property
    def fingerprints(self) -> dict[str, str]:
        return {name: records.fingerprint for name, records in self.splits.items()}
