"""What every vectorizer has in common: a part that is fitted on texts, and the fitted thing that encodes them."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, Self

import numpy as np
from pydantic import ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from seqlab.data.ragged import Ragged
from seqlab.errors import RequestError
from seqlab.progress import SILENT, Progress
from seqlab.registry import Component, Options, Positive, Registry
from seqlab.text.vocabulary import OF_SENTENCES, Vocabulary

if TYPE_CHECKING:
    import tensorflow as tf

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
    No row is empty: a text without tokens is one unknown token, if the vocabulary has such an id.
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

    @property
    def max_length(self) -> int | None:
        """The length that no row exceeds; None: rows are as long as their texts."""

    @property
    def character_counts(self) -> np.ndarray | None:
        """How many characters begin in each id, (size,) int64: those of a row add up to the length of its text. None:
        the ids do not give the text back."""

    def tokens(self, text: str) -> list[str]:
        """The tokens of a text, known or not, n-grams included, in the order of the ids of a row."""

    def encode(self, texts: Sequence[str], progress: Progress = SILENT) -> Encoded: ...

    def decode(self, ids: Iterable[int]) -> str:
        """Tokens of the ids, joined as the vectorizer would have split them; the unknown token shown as [UNK]."""

    def in_tensorflow(self) -> tf.Module:
        """`encode` in TensorFlow's own operations, for a model that takes raw text; see `in_tensorflow.py`.

        Raises RequestError when the vectorizer's options are `not_exportable`.
        """


class Vectorizer(Component):
    """Options of every vectorizer. To add one: subclass, give it `learn` and `restore`, put it on `VECTORIZERS`."""

    outputs: ClassVar[tuple[Output, ...]] = ("ids",)
    """What it can make of a text."""

    fit: Fit = Fit()
    """What the vocabulary is learned from: `take` (first examples), `fields` (columns)."""

    @abstractmethod
    def learn(self, texts: Sequence[str], progress: Progress = SILENT) -> FittedVectorizer:
        """Learn the vocabulary of `texts`. Raises DataError when nothing is left to learn."""

    @abstractmethod
    def restore(self, vocabulary: Vocabulary) -> FittedVectorizer:
        """The fitted vectorizer that `learn` returned, from its saved vocabulary."""

    def unpadded(self, vocabulary: Vocabulary) -> FittedVectorizer:
        """The fitted vectorizer of a language model, which has no padding: ids from 0, and no unknown one either.

        Overridden where what was not learned has to have an id.
        """
        return self.restore(vocabulary.without_specials())

    def framed(self, vocabulary: Vocabulary) -> FittedVectorizer:
        """The fitted vectorizer of sentences with a beginning and an end, whose ids stand behind padding and unknown.

        Overridden where options count all ids.
        """
        return self.restore(dataclasses.replace(vocabulary, specials=OF_SENTENCES))

    @property
    def not_exportable(self) -> tuple[str, ...]:
        """Why TensorFlow cannot do what these options ask for, one sentence a reason; empty: it can."""
        return ()

    def problems(self) -> Iterator[tuple[str, str]]:
        """Options, each right alone, that cannot work together: the one to change, and what is wrong with it."""
        yield from ()

    def with_output(self, output: Output) -> Vectorizer:
        """The same vectorizer with another output (a bag reads `ids` as `multi_hot`).

        What cannot work with that output is told by the `problems` of the result.
        """
        if output not in self.outputs:
            raise RequestError(f"the vectorizer '{self.name}' has no output '{output}'; it has {list(self.outputs)}")
        changes: dict[str, Any] = {"output": output}
        return self.model_copy(update=changes) if "output" in type(self).model_fields else self

    @model_validator(mode="after")
    def _refuse_problems(self) -> Self:
        problems = [
            InitErrorDetails(
                type=PydanticCustomError("impossible", "{message}", {"message": message}),
                loc=(option,),
                input=getattr(self, option),
            )
            for option, message in self.problems()
        ]
        if problems:
            raise ValidationError.from_exception_data(type(self).__name__, problems)
        return self


VECTORIZERS: Registry[Vectorizer] = Registry("vectorizer")
