"""The vocabulary: ordinary tokens by id, what they count for, and JSON in which any token survives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seqlab import files
from seqlab.errors import DataError

PADDING, UNKNOWN = "", "[UNK]"


@dataclass(frozen=True)
class Vocabulary:
    """Tokens in order of their ids, the specials first.

    `specials` are names for ids that no text can spell: a text that holds the characters `[UNK]` has an ordinary
    token `[UNK]`, which is unknown unless it was learned. `counts` and `document_counts` (ordinary tokens only)
    say how often a token occurs and in how many of the `documents` texts it was learned from.
    """

    specials: tuple[str, ...]
    tokens: tuple[str, ...]
    counts: np.ndarray
    document_counts: np.ndarray
    documents: int

    def __len__(self) -> int:
        return len(self.specials) + len(self.tokens)

    def token(self, index: int) -> str:
        """The token of an id; specials by their name."""
        if index < len(self.specials):
            return self.specials[index]
        return self.tokens[index - len(self.specials)]

    def save(self, path: Path) -> None:
        content = {
            "format": 1,
            "specials": self.specials,
            "tokens": self.tokens,
            "counts": self.counts.tolist(),
            "document_counts": self.document_counts.tolist(),
            "documents": self.documents,
        }
        files.write_json(path, content, indent=None)

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        try:
            content = files.read_json(path)
            tokens = tuple(content["tokens"])
            counts = np.array(content["counts"], np.int64)
            document_counts = np.array(content["document_counts"], np.int64)
            if not len(tokens) == len(counts) == len(document_counts):
                raise ValueError("its lists differ in length")
            return cls(tuple(content["specials"]), tokens, counts, document_counts, int(content["documents"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path} is not a vocabulary that seqlab wrote: {error}") from error
