"""What every vectorizer has in common: a part that is fitted on texts, and the fitted thing that encodes them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from seqlab.data.ragged import Ragged
from seqlab.data.vectorizers.vocabulary import Vocabulary
from seqlab.progress import SILENT, Progress
from seqlab.registry import Options, Part, Positive, Shelf

Output = Literal["ids", "multi_hot", "count", "tf_idf"]


class Fit(Options):
    """What the vocabulary is learned from (always of the training split)."""

    take: Positive | None = None
    """Only the first so many training examples."""
    fields: list[str] | None = None
    """Only these text columns."""


@dataclass(frozen=True)
class Encoded:
    """Texts as numbers.

    `ids`: one ragged row per text, int32. For output `ids` the tokens in order (0 is padding and never stands in a
    row, 1 the unknown token). For bags each id once, ascending, 0 the unknown token, and `weights` (total,) float32,
    aligned with `ids.values`: 1, the count, or the tf-idf weight.
    No row is empty: a text without tokens is one unknown token.
    """

    ids: Ragged
    weights: np.ndarray | None = None


class FittedVectorizer(Protocol):
    """Everything needed to turn raw text into ids and back."""

    vocabulary: Vocabulary
    output: Output

    @property
    def size(self) -> int:
        """How many ids there are, specials included: the width of an embedding table or of a bag."""

    def tokens(self, text: str) -> list[str]:
        """The tokens of a text, known or not, n-grams included."""

    def encode(self, texts: Sequence[str], progress: Progress = SILENT) -> Encoded: ...

    def decode(self, ids: Iterable[int]) -> str:
        """Tokens of the ids, joined as the vectorizer would have split them; specials shown as [UNK]."""


class Vectorizer(Part):
    """Options of every vectorizer. To add one: subclass, give it `fit` and `restore`, put it on `VECTORIZERS`."""

    fit: Fit = Fit()
    """What the vocabulary is learned from: `take` (first examples), `fields` (columns)."""

    @abstractmethod
    def learn(self, texts: Sequence[str], progress: Progress = SILENT) -> FittedVectorizer:
        """Learn the vocabulary of `texts`. Raises DataError when nothing is left to learn."""

    @abstractmethod
    def restore(self, vocabulary: Vocabulary) -> FittedVectorizer:
        """The fitted vectorizer that `learn` returned, from its saved vocabulary."""

    def with_output(self, output: Output) -> Vectorizer:
        """The same vectorizer with another output (a bag reads `ids` as `multi_hot`)."""
        changes: dict[str, Any] = {"output": output}
        return self.model_copy(update=changes)


VECTORIZERS: Shelf[Vectorizer] = Shelf("vectorizer")
