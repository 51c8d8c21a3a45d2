"""Raw examples as they were read, before any number is made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

SplitName = Literal["train", "validation", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class Records:
    """The examples of one split, column by column, all of one length: `{"text": [...], "label": [...]}`.

    `keys` are the columns whose content identifies an example: equal keys are duplicates of each other, whatever
    their labels, and always fall on the same side of a split.
    """

    columns: Mapping[str, Sequence[Any]]
    keys: tuple[str, ...] = ("text",)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, column: str) -> Sequence[Any]:
        return self.columns[column]

    def rows(self, rows: Sequence[int]) -> Records:
        """The given rows, in the given order. Known content ids go along: hashing is most of what a split costs."""
        chosen = Records({name: [column[row] for row in rows] for name, column in self.columns.items()}, self.keys)
        if "content_ids" in vars(self):
            vars(chosen)["content_ids"] = [self.content_ids[row] for row in rows]
        return chosen

    def followed_by(self, other: Records) -> Records:
        """The rows of both, of the same columns."""
        both = {name: [*column, *other[name]] for name, column in self.columns.items()}
        return Records(both, self.keys)

    @cached_property
    def content_ids(self) -> list[str]:
        """One per row: 32 hexadecimal digits that depend on the content of the key columns alone."""
        keyed = zip(*(self.columns[key] for key in self.keys), strict=True)
        return [content_id(*parts) for parts in keyed]

    @cached_property
    def fingerprint(self) -> str:
        """sha256 over contents and labels of all rows, whatever their order: equal splits have equal fingerprints."""
        labels = self.columns.get("label", [""] * len(self))
        rows = sorted(f"{content} {label}" for content, label in zip(self.content_ids, labels, strict=True))
        return hashlib.sha256("\n".join(rows).encode("utf-8", errors="surrogatepass")).hexdigest()


def content_id(*parts: str) -> str:
    joined = "\x1f".join(parts).encode("utf-8", errors="surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:32]


@dataclass(frozen=True)
class SourceFile:
    """A file that data came from. `official`: its bytes are the published ones; None where none are known."""

    name: str
    path: str
    size: int
    sha256: str
    official: bool | None = None


@dataclass(frozen=True)
class Corpus:
    """A dataset, read and split: the three splits, where they came from, and what a person should know of them."""

    splits: Mapping[SplitName, Records]
    sources: tuple[SourceFile, ...] = ()
    notes: tuple[str, ...] = ()
    """Lines for the user: duplicates moved, overlap with the test split, bytes that are not the official ones."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """`duplicates_kept_out_of_validation`, `test_overlap`: recorded in the run."""
    unlabelled: Records | None = None
    """Texts without a label, where the dataset has some and was asked for them."""

    @property
    def fingerprints(self) -> dict[str, str]:
        return {name: records.fingerprint for name, records in self.splits.items()}
