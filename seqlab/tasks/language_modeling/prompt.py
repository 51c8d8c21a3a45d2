"""The prompt of a language model: the ids that are read, and what the user should know about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seqlab.errors import DataError, RequestError
from seqlab.text.untrained import is_untrained, untrained_tokens
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text.vocabulary import NO_ID
from seqlab.text_format import quoted, unix_newlines

MOST_NAMED = 5
"""Tokens of a prompt that are named in a note."""


@dataclass(frozen=True)
class Prompt:
    """`ids`: (ids,) int32, at least one. `ends_with_space`: whether the space between the prompt and what follows is
    shown with the prompt, or not at all: the continuation is then shown without it."""

    text: str
    ids: np.ndarray
    ends_with_space: bool = False


def read_prompt(text: str, vectorizer: FittedVectorizer) -> Prompt:
    """Raises RequestError for an empty prompt, and for one with characters that the model cannot read.

    Line ends are read as in a training text.
    """
    text = unix_newlines(text)
    ids = _ids(text, vectorizer)
    if not text or len(ids) == 0:
        raise RequestError("the prompt is empty: give at least one token to continue")
    if (ids == NO_ID).any():
        character = untrained_tokens(text, vectorizer)[0]
        raise RequestError(
            f"the prompt cannot be read: the character {character!r} is not among the {vectorizer.size} of the "
            "training text: remove it, train on a text that contains it, or set vectorizer.unknown: true"
        )
    if not text[-1].isspace():
        return Prompt(text, ids)
    if not vectorizer.decode(ids.tolist())[-1:].isspace():
        return Prompt(text, ids, ends_with_space=True)
    stripped = text.rstrip(" ")
    if stripped and is_untrained(ids[-1:], vectorizer.vocabulary)[0]:
        return Prompt(stripped, _ids(stripped, vectorizer), ends_with_space=True)
    return Prompt(text, ids)


def hidden_prompt(vectorizer: FittedVectorizer) -> Prompt:
    """What a text follows that has no prompt: the end of a line if training had lines, else the most frequent token."""
    vocabulary = vectorizer.vocabulary
    if "\n" in vocabulary.tokens and vocabulary.counts[vocabulary.tokens.index("\n")]:
        return read_prompt("\n", vectorizer)
    ids = np.array([len(vocabulary.specials) + int(np.argmax(vocabulary.counts))], np.int32)
    text = vectorizer.decode(ids.tolist())
    return Prompt(text, ids, ends_with_space=not text[-1:].isspace())


def notes_on(prompt: Prompt, vectorizer: FittedVectorizer, max_context: int | None) -> Iterator[str]:
    """What the model learned nothing about, and what it does not read."""
    if not vectorizer.tokens(prompt.text):
        yield "the prompt has no words: it is read as one unknown word"
    if unlearned := untrained_tokens(prompt.text, vectorizer):
        named = ", ".join(quoted(token) for token in unlearned[:MOST_NAMED])
        more = f" and {len(unlearned) - MOST_NAMED} more" if len(unlearned) > MOST_NAMED else ""
        if vectorizer.vocabulary.unknown is None:
            yield f"in training the model learned nothing about the tokens {named}{more}: what follows is a guess"
        else:
            yield f"not in the training text, and read as unknown: {named}{more}"
    if max_context is not None and len(prompt.ids) > max_context:
        yield (
            f"the prompt has {len(prompt.ids):,} tokens, and the model reads at most the last {max_context:,} "
            "(model.context)"
        )


def _ids(text: str, vectorizer: FittedVectorizer) -> np.ndarray:
    try:
        return np.asarray(vectorizer.encode([text]).ids[0], np.int32)
    except DataError as error:
        raise RequestError(f"the prompt cannot be read: {error}") from error
