"""The base of all vectorizers: options that are fitted on texts, and the fitted vectorizer that encodes texts."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, Self

import numpy as np
from pydantic import PrivateAttr, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from seqlab.data.ragged import Ragged
from seqlab.data.spool import ArrayWriter
from seqlab.errors import RequestError
from seqlab.progress import SILENT, Progress
from seqlab.registry import Component, Options, Positive, Registry
from seqlab.text.by_chunk import by_chunk
from seqlab.text.rows import truncated
from seqlab.text.vocabulary import OF_SENTENCES, PADDING, UNKNOWN, Vocabulary

Output = Literal["ids", "multi_hot", "count", "tf_idf"]


class Fit(Options):
    """What the vocabulary is learned from, always from the training split."""

    take: Positive | None = None
    """Number of training examples to use, the first ones; null: all."""
    fields: list[str] | None = None
    """Use only these text columns."""


@dataclass(frozen=True)
class Traits:
    """What tasks and models need to know about a vectorizer, whatever its options are called."""

    output: Output = "ids"
    """What it encodes texts as."""
    ngrams: int = 1
    """The longest n-gram that is one token."""
    max_length: int | None = None
    """The most ids of a text; None: no limit."""
    max_tokens: int | None = None
    """The most ids of the vocabulary, special ids included; None: no limit."""
    splits_texts: bool = True
    """Whether a text becomes more than one token."""
    lowercases: bool = False
    """Whether no token has capital letters."""
    strips_punctuation: bool = False
    """Whether no token has punctuation."""
    reverses: bool = False
    """Whether the last token of a text comes first."""
    decodes: bool = True
    """Whether ids give their tokens back."""
    encodes_everything: bool = False
    """Whether no part of any text is unknown."""
    optional_unknown: bool = False
    """Whether an option asks for an unknown id, which only language models can do without."""


@dataclass(frozen=True)
class Encoded:
    """Encoded texts.

    `ids`: one ragged row per text, int32. With output `ids`, the tokens in order: 0 is padding and never in a row, 1
    the unknown token. For bags, each id once, ascending, 0 the unknown token, and `weights` (total,) float32, aligned
    with `ids.values`: 1, the count, or the tf-idf weight.
    No row is empty: a text without tokens is one unknown token, if the vocabulary has one.
    `cut_off`, (rows,) int64: how many tokens at the end of each text are not in its row; None: none of any text.
    """

    ids: Ragged
    weights: np.ndarray | None = None
    cut_off: np.ndarray | None = None

    @classmethod
    def joined(cls, parts: Iterable[Encoded]) -> Encoded:
        """The texts of all parts, one part after the other, of which there is one at least; what does not fit into
        memory is mapped."""
        weights, cut_off = ArrayWriter(np.float32), ArrayWriter(np.int64)
        known: list[Encoded] = []

        def rows() -> Iterator[Ragged]:
            for part in parts:
                known[:] = [part]
                if part.weights is not None:
                    weights.append(part.weights)
                if part.cut_off is not None:
                    cut_off.append(part.cut_off)
                yield part.ids

        ids = Ragged.joined(rows())
        (last,) = known
        return cls(
            ids,
            None if last.weights is None else weights.finish(),
            None if last.cut_off is None else cut_off.finish(),
        )

    def first(self, length: int | None) -> Encoded:
        """The first `length` ids of each row, which must not be bags; None: all."""
        if length is None:
            return self
        more = np.maximum(self.ids.lengths - length, 0)
        return Encoded(truncated(self.ids, length), cut_off=more if self.cut_off is None else self.cut_off + more)


def encoded_by_chunk(
    texts: Sequence[str], progress: Progress, encode: Callable[[Sequence[str]], Encoded], *, shared: bool = True
) -> Encoded:
    """All texts, encoded a chunk at a time, so that memory does not depend on their number.

    Where `encode` can be pickled, such as a method of what can, other processes may do a part of it if it is `shared`
    (see `by_chunk`).
    """
    if not len(texts):
        return encode(())
    return Encoded.joined(by_chunk(encode, texts, progress, "encoding", shared=shared))


class FittedVectorizer(Protocol):
    """Encodes texts as ids, and decodes ids."""

    vocabulary: Vocabulary
    output: Output

    @property
    def size(self) -> int:
        """The number of ids, special ids included: the width of an embedding table or of a bag."""

    @property
    def max_length(self) -> int | None:
        """The most ids of a row; None: no limit."""

    @property
    def character_counts(self) -> np.ndarray | None:
        """How many characters begin in each id, (size,) int64; those of a row sum to the length of its text.

        None if a text cannot be recovered from its ids.
        """

    @property
    def stem(self) -> Callable[[str], str] | None:
        """The stem of a word, if its tokens are stems."""

    def tokens(self, text: str) -> list[str]:
        """The tokens of a text, unknown ones and n-grams included, in the order of the ids of a row."""

    def encode(self, texts: Sequence[str], progress: Progress = SILENT) -> Encoded: ...

    def decode(self, ids: Iterable[int]) -> str:
        """The tokens of the ids as one text; the unknown token is shown as [UNK]."""


def separator_of(vectorizer: FittedVectorizer) -> str:
    """What is between two tokens in a text: nothing if they are pieces of it."""
    return " " if vectorizer.character_counts is None else ""


class Vectorizer(Component):
    """Options of every vectorizer.

    To add one: subclass, implement `learn` and `restore`, override `traits`, and register it in `VECTORIZERS`.
    """

    outputs: ClassVar[tuple[Output, ...]] = ("ids",)
    """The outputs that the class supports."""
    beside_tokens: ClassVar[frozenset[str]] = frozenset({"max_length"})
    """The options that change neither which tokens there are nor which of them a text has."""

    fit: Fit = Fit()
    """What the vocabulary is learned from: `take` (first examples), `fields` (columns)."""

    _known: Mapping[str, Vocabulary] = PrivateAttr(default_factory=dict)

    @property
    def traits(self) -> Traits:
        """What the options mean to tasks and models. Override where they differ from the defaults of `Traits`."""
        return Traits()

    @abstractmethod
    def learn(self, texts: Sequence[str], progress: Progress = SILENT) -> FittedVectorizer:
        """Learn the vocabulary of `texts`. Raises DataError if they have no tokens.

        Those of a language model are `LongTexts`, which can be read in parts, and are sequences like all others.
        """

    @property
    def specials(self) -> tuple[str, ...]:
        """The special ids of what `learn` returns."""
        return (PADDING, UNKNOWN)

    @property
    def token_options(self) -> dict[str, Any]:
        """The options that decide the tokens: two vectorizers that agree in them may share a vocabulary."""
        return self.model_dump(mode="json", exclude=set(self.beside_tokens))

    @property
    def known(self) -> Mapping[str, Vocabulary]:
        """The vocabularies of `knowing`."""
        return self._known

    def knowing(self, vocabularies: Mapping[str, Vocabulary]) -> Self:
        """The same options with vocabularies (by side) that are taken from elsewhere, not learned."""
        copy = self.model_copy()
        copy._known = dict(vocabularies)
        return copy

    def fitted(self, texts: Sequence[str], progress: Progress = SILENT, *, side: str = "text") -> FittedVectorizer:
        """With the vocabulary that it knows for this side, else with one that it learns of `texts`."""
        if side not in self._known:
            return self.learn(texts, progress)
        return self.restore(dataclasses.replace(self._known[side], specials=self.specials))

    @abstractmethod
    def restore(self, vocabulary: Vocabulary) -> FittedVectorizer:
        """The fitted vectorizer that `learn` returned, from its saved vocabulary."""

    def unpadded(self, vocabulary: Vocabulary) -> FittedVectorizer:
        """The fitted vectorizer of a language model, without padding: ids from 0, and no unknown id.

        Override where unknown tokens need an id.
        """
        return self.restore(vocabulary.without_specials())

    def for_sentences(self, vocabulary: Vocabulary) -> FittedVectorizer:
        """The fitted vectorizer of a translator, with ids for padding, unknown, start and end of a sentence.

        Override where an option limits the number of ids.
        """
        return self.restore(dataclasses.replace(vocabulary, specials=OF_SENTENCES))

    @property
    def not_exportable(self) -> tuple[str, ...]:
        """The reasons why TensorFlow cannot do what these options say; empty: it can."""
        return ()

    @property
    def plugin_sources(self) -> tuple[Path, ...]:
        """Files of plug-ins with functions that the options name: prepared data depend on them."""
        return ()

    def problems(self) -> Iterator[tuple[str, str]]:
        """Options that are valid alone but not together: the option to change, and a message."""
        yield from ()

    def with_output(self, output: Output) -> Vectorizer:
        """The same vectorizer with another output. Conflicts with other options are in the `problems` of the result."""
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
