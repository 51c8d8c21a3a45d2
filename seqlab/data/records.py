"""Raw examples, before they are encoded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from seqlab.data import columns
from seqlab.data.content_hashes import BYTES, ContentHashes, whole_groups
from seqlab.data.long_text import LongTexts

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

    def rows(self, rows: Sequence[int] | np.ndarray) -> Records:
        """The given rows, in the given order. Content ids are kept: hashing is most of the cost of splitting."""
        rows = np.asarray(rows, np.int64)
        chosen = Records({name: columns.rows_of(column, rows) for name, column in self.columns.items()}, self.keys)
        if "content_ids" in vars(self):
            vars(chosen)["content_ids"] = self.content_ids.rows(rows)
        return chosen

    def followed_by(self, other: Records) -> Records:
        """The rows of both, which have the same columns."""
        both = Records({name: columns.followed_by(each, other[name]) for name, each in self.columns.items()}, self.keys)
        if "content_ids" in vars(self) and "content_ids" in vars(other):
            vars(both)["content_ids"] = self.content_ids.followed_by(other.content_ids)
        return both

    def without(self, column: str) -> Records:
        """The same rows without a column, which must not be a key."""
        return Records({name: values for name, values in self.columns.items() if name != column}, self.keys)

    def with_column(self, column: str, values: Sequence[Any]) -> Records:
        """The same rows with a column more, which is no key."""
        return Records({**self.columns, column: values}, self.keys)

    @cached_property
    def content_ids(self) -> ContentHashes:
        """One per row: 32 hexadecimal digits of a hash of the key columns."""
        columns_of_keys = [self.columns[key] for key in self.keys]
        if len(self.keys) == 1 and isinstance(columns_of_keys[0], LongTexts):
            return ContentHashes.of(text.sha256()[:BYTES] for text in columns_of_keys[0].texts)
        keyed = zip(*columns_of_keys, strict=True)
        return ContentHashes.of(_hash_of(parts) for parts in keyed)

    @cached_property
    def fingerprint(self) -> str:
        """sha256 of the contents and labels, or numbers, of all rows, independent of their order."""
        digest, before = hashlib.sha256(), ""
        for lines in self._sorted_lines():
            digest.update((before + "\n".join(lines)).encode("utf-8", errors="surrogatepass"))
            before = "\n"
        return digest.hexdigest()

    def _sorted_lines(self) -> Iterator[list[str]]:
        """Content and label of each row in ascending order, in portions: the content ids come first in a line, so that
        rows of different content are in the order of their ids, and only lines of equal content are compared."""
        order = self.content_ids.order()
        ordered = self.rows(order)
        labels = ordered.columns.get("label") or ordered.columns.get("number") or [""] * len(self)
        for first, end in whole_groups(ordered.content_ids.starts(), len(order)):
            contents: Sequence[str] = ordered.content_ids.values(first, end)
            if "features" in self.columns:  # a content may be the text alone
                features = columns.values_of(ordered["features"], first, end)
                contents = [f"{text} {content_id(*row)}" for text, row in zip(contents, features, strict=True)]
            of_portion = columns.values_of(labels, first, end)
            yield sorted(f"{content} {label}" for content, label in zip(contents, of_portion, strict=True))


def hashes_of(texts: Iterable[str]) -> ContentHashes:
    """The content id of each text."""
    return ContentHashes.of(_hash_of((text,)) for text in texts)


def content_id(*parts: str) -> str:
    return _hash_of(parts).hex()


def _hash_of(parts: Iterable[str]) -> bytes:
    joined = "\x1f".join(parts).encode("utf-8", errors="surrogatepass")
    return hashlib.sha256(joined).digest()[:BYTES]


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
