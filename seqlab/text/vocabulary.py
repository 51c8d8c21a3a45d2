"""The vocabulary: tokens by id, their counts, and a JSON file that can represent any token."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seqlab import files
from seqlab.errors import DataError, RequestError
from seqlab.text.bucket_names import MOST_BUCKETS, BucketNames

PADDING, UNKNOWN, START, END = "", "[UNK]", "[START]", "[END]"
NO_ID = -1
"""What a token is encoded as that is not in a vocabulary without an unknown id."""
OF_SENTENCES = (PADDING, UNKNOWN, START, END)
"""The special ids of sentences that are translated."""

WHOLE_EMOJI = 2
"""The first rules that remove an emoji of several characters as a whole, or make it one word. Earlier ones left its
variation selectors and joiners."""
NOTHING_INVISIBLE = 3
"""The first rules that remove format characters inside and beside words: `bad` with a soft hyphen was another word."""
RULES = NOTHING_INVISIBLE
"""The rules by which texts are split into words now. A vocabulary keeps those by which it was learned."""
FORMAT = 2
"""Version of the file, the first that keeps buckets by those that have tokens. Of other vocabularies it is 1."""
RESTORE = "restore it from a copy, or train again"
LARGEST_COUNT = 2**63 - 1


@dataclass(frozen=True)
class Vocabulary:
    """Tokens in the order of their ids, special ids first.

    `specials` name ids that no text is encoded as: a text that contains the characters `[UNK]` has an ordinary token
    `[UNK]`, which is unknown unless it was learned. `counts` and `document_counts`, (tokens,) int64, are of ordinary
    tokens only: how often each occurs in the `documents` training texts, and in how many of them.
    """

    specials: tuple[str, ...]
    tokens: Sequence[str]
    counts: np.ndarray
    document_counts: np.ndarray
    documents: int
    rules: int = RULES
    """The rules by which its words were split off."""
    hashed_tokens: int | None = None
    """How many different tokens of the training texts share the ids, which are buckets of their hash; None: each token
    has its own id."""

    @property
    def collisions(self) -> int:
        """Different tokens of the training texts less the buckets that they fill."""
        return 0 if self.hashed_tokens is None else self.hashed_tokens - int(np.count_nonzero(self.counts))

    @classmethod
    def of_most_frequent(
        cls,
        specials: tuple[str, ...],
        tokens: Sequence[str],
        counts: np.ndarray,
        document_counts: np.ndarray,
        documents: int,
        limit: int | None = None,
    ) -> Vocabulary:
        """The `limit` most frequent tokens (None: all), by descending count; tokens of equal counts in descending order
        of their code points, as in Keras."""
        alphabetical = np.array(sorted(range(len(tokens)), key=tokens.__getitem__, reverse=True), np.int64)
        chosen = alphabetical[np.argsort(-counts[alphabetical], kind="stable")][:limit]
        return cls(
            specials, tuple(tokens[index] for index in chosen), counts[chosen], document_counts[chosen], documents
        )

    def __len__(self) -> int:
        return len(self.specials) + len(self.tokens)

    def token(self, index: int) -> str:
        """The token of an id; the name of a special id. Raises RequestError for an id that does not exist."""
        if index == NO_ID and self.unknown is None:
            return UNKNOWN
        if not 0 <= index < len(self):
            raise RequestError(f"no token has the id {index}: ids go from 0 to {len(self) - 1}")
        if index < len(self.specials):
            return self.specials[index]
        return self.tokens[index - len(self.specials)]

    def tokens_of(self, ids: Iterable[int]) -> list[str]:
        """The token of each id, padding skipped."""
        padding = self.specials.index(PADDING) if PADDING in self.specials else None
        return [self.token(index) for index in map(int, ids) if index != padding]

    @property
    def unknown(self) -> int | None:
        """The id of unknown tokens; None if this vocabulary has none."""
        return self.specials.index(UNKNOWN) if UNKNOWN in self.specials else None

    def first(self, limit: int | None, specials: tuple[str, ...]) -> Vocabulary:
        """The `limit` most frequent tokens (None: all), with other special ids."""
        return dataclasses.replace(
            self,
            specials=specials,
            tokens=self.tokens if limit is None else self.tokens[:limit],
            counts=self.counts[:limit],
            document_counts=self.document_counts[:limit],
        )

    def without_specials(self) -> Vocabulary:
        """The same tokens with ids from 0, for a language model, which needs no padding."""
        return dataclasses.replace(self, specials=())

    @property
    def sha256(self) -> str:
        """Of all but the special ids."""
        facts = repr((tuple(self.tokens), self.documents, self.rules)).encode("utf-8", "surrogatepass")
        return hashlib.sha256(facts + self.counts.tobytes() + self.document_counts.tobytes()).hexdigest()

    def same_ids(self, other: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
        """The ids of the same tokens here and in another vocabulary that begins with the same ones, (shared,) int64
        each; special ids are the same by their meaning."""
        meant = [name for name in other.specials if name in self.specials]
        special = [(self.specials.index(name), other.specials.index(name)) for name in meant]
        ordinary = np.arange(min(len(self.tokens), len(other.tokens)))
        first = np.array(special, np.int64).reshape(-1, 2)
        return (
            np.concatenate([first[:, 0], len(self.specials) + ordinary]),
            np.concatenate([first[:, 1], len(other.specials) + ordinary]),
        )

    def save(self, path: Path) -> None:
        content = {
            "format": 1 if self.hashed_tokens is None else FORMAT,
            "specials": self.specials,
            **(self._listed() if self.hashed_tokens is None else self._filled_buckets()),
            "documents": self.documents,
            "rules": self.rules,
            **({} if self.hashed_tokens is None else {"hashed_tokens": self.hashed_tokens}),
        }
        files.write_json(path, content, indent=None)

    def _listed(self) -> dict[str, Any]:
        return {
            "tokens": [_json_value(token) for token in self.tokens],
            "counts": self.counts.tolist(),
            "document_counts": self.document_counts.tolist(),
        }

    def _filled_buckets(self) -> dict[str, Any]:
        """Of the buckets, those that have tokens: most of many are empty."""
        filled = np.flatnonzero(self.counts)
        return {
            "buckets": len(self.tokens),
            "filled": filled.tolist(),
            "counts": self.counts[filled].tolist(),
            "document_counts": self.document_counts[filled].tolist(),
        }

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Raises DataError for a damaged file, RequestError for one of a later version."""
        try:
            content = files.read_json(path)
            if not isinstance(content, dict):
                raise ValueError("it must be a mapping of names to values")
            files.refuse_newer(path, content, FORMAT)
            files.refuse_newer(path, content, RULES, "rules")
            tokens, counts, document_counts = _buckets(content) if "buckets" in content else _tokens(content)
            if not len(tokens) == len(counts) == len(document_counts):
                raise ValueError("its lists differ in length")
            specials = tuple(_list(content, "specials", lambda each: isinstance(each, str), "texts"))
            for name in ("documents", "rules", "hashed_tokens"):
                if not _is_count(content.get(name, 1)):
                    raise ValueError(f"'{name}' must be a number of 0 or more")
            hashed = content.get("hashed_tokens")
            return cls(specials, tokens, counts, document_counts, content["documents"], _rules(content), hashed)
        except KeyError as error:
            raise DataError(f"{path} is not a vocabulary of seqlab ({error} is missing): {RESTORE}") from error
        except (OSError, ValueError) as error:
            raise DataError(f"{path} is not a vocabulary of seqlab ({error}): {RESTORE}") from error


Read = tuple[Sequence[str], np.ndarray, np.ndarray]
"""Tokens, their counts, and the counts of documents that have them."""


def _tokens(content: Mapping[str, Any]) -> Read:
    counts, document_counts = _counts(content)
    return tuple(map(_token, _list(content, "tokens", _is_token, "texts"))), counts, document_counts


def _buckets(content: Mapping[str, Any]) -> Read:
    size = content["buckets"]
    if not _is_count(size) or not 0 < size <= MOST_BUCKETS:
        raise ValueError(f"'buckets' must be a number from 1 to {MOST_BUCKETS:,}")
    filled = _list(content, "filled", lambda each: _is_count(each) and each < size, "numbers of buckets")
    whole = []
    for counts in _counts(content):
        if len(counts) != len(filled):
            raise ValueError("its lists differ in length")
        whole.append(np.zeros(size, np.int64))
        whole[-1][filled] = counts
    return BucketNames(size), whole[0], whole[1]


def _counts(content: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    counts, document_counts = (
        np.array(_list(content, name, _is_count, "counts"), np.int64) for name in ("counts", "document_counts")
    )
    return counts, document_counts


def _list(content: Mapping[str, Any], name: str, fits: Callable[[Any], bool], what: str) -> list[Any]:
    """A list of the file. Raises KeyError if it is missing, ValueError if an item does not fit."""
    items = content[name]
    if not isinstance(items, list) or not all(map(fits, items)):
        raise ValueError(f"'{name}' must be a list of {what}")
    return items


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= LARGEST_COUNT


def _is_token(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(_is_count(each) and each <= sys.maxunicode for each in value)
    )


def _rules(content: Mapping[str, Any]) -> int:
    return content.get("rules", 1)  # seqlab 0.1.0 wrote none


def _json_value(token: str) -> str | list[int]:
    """A token with lone surrogates is written as a list of code points: JSON reads a pair of them as one character."""
    if token.isascii() or json.loads(json.dumps(token)) == token:
        return token
    return [ord(character) for character in token]


def _token(value: str | list[int]) -> str:
    return value if isinstance(value, str) else "".join(map(chr, value))
