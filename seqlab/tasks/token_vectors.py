"""Word vectors of trained models: the rows of their tables, with the tokens of their vocabularies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np

from seqlab.errors import OptionError, RequestError
from seqlab.models.token_tables import input_table, output_table
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.vectors import WordNotFound, WordVectors

if TYPE_CHECKING:
    import keras

MatrixName = Literal["input", "output"]
"""`input`: the rows that a model reads, its embedding; `output`: those that give the logits of tokens."""

INPUT_LAYERS = {
    "text": ("embedding", "sum_of_rows"),
    "source": ("source_embedding", "embedding"),
    "target": ("target_embedding", "embedding"),
}
"""Side → the layers that may read it. Translators with one vocabulary may have one embedding for both sides."""


def token_vectors(
    model: keras.Model,
    vectorizers: Mapping[str, FittedVectorizer],
    side: str | None,
    matrix: MatrixName,
    *,
    writes: str | None = None,
) -> WordVectors:
    """The vectors of the tokens of a side; special ids (padding, unknown …) are left out.

    `writes`: the side whose tokens the model predicts, None for a classifier. Raises RequestError for a side or a
    matrix that the model does not have.
    """
    if matrix not in {"input", "output"}:
        raise OptionError(f"there is no matrix '{matrix}'; give input or output", "matrix", matrix)
    if matrix == "output" and writes is None:
        message = "this model predicts labels, not tokens, so there is no output matrix; use matrix input"
        raise OptionError(message, "matrix", matrix)
    side = _chosen_side(vectorizers, side, writes if matrix == "output" else None)
    table = output_table(model) if matrix == "output" else input_table(model, INPUT_LAYERS[side])
    if table is None:
        other = "; its output matrix has a vector for each token" if writes is not None else ""
        raise RequestError(
            "this model has no embedding: it reads tokens as one-hot vectors, or has one weight per token and class"
            f"{other}; train one with an embedding, or a bag with a hidden layer"
        )
    vocabulary = vectorizers[side].vocabulary
    first = len(vocabulary.specials)
    rows = np.asarray(table[first : first + len(vocabulary.tokens)], np.float32)
    maker = None if vocabulary.hashed_tokens is None else _bucket_namer(vectorizers[side])
    return WordVectors(vocabulary.tokens, rows, maker)


def _bucket_namer(vectorizer: FittedVectorizer) -> Callable[[str], np.ndarray]:
    """Of words that are hashed: says in which bucket one is, because other words are there too."""
    vocabulary = vectorizer.vocabulary

    def vector_of(word: str) -> np.ndarray:
        buckets = list(dict.fromkeys(vocabulary.tokens_of(vectorizer.encode([word]).ids.values)))
        where = f"'{word}' is read as {', '.join(buckets)}: ask for " + (
            "that" if len(buckets) == 1 else "one of these"
        )
        raise WordNotFound(
            f"'{word}' has no vector of its own, because vectorizer.hash_buckets gives one to each of the buckets "
            f"{vocabulary.tokens[0]} to {vocabulary.tokens[-1]}, which words share" + (f"; {where}" if buckets else "")
        )

    return vector_of


def _chosen_side(vectorizers: Mapping[str, FittedVectorizer], side: str | None, written: str | None) -> str:
    """The side that is meant; `written`: the only one that has what is asked for."""
    if side is not None and side not in vectorizers:
        several = len(vectorizers) > 1
        message = f"give {' or '.join(vectorizers)}" if several else "only translation has sides, leave it out"
        raise OptionError(f"there is no side '{side}': {message}", "side", side)
    if written is not None:
        if side not in {None, written}:
            message = f"the output matrix is that of the {written} side: leave out the side, or use input"
            raise OptionError(message, "side", side)
        return written
    if side is None and len(vectorizers) > 1:
        message = f"this run has two sides with vectors of their own: give side {' or '.join(vectorizers)}"
        raise OptionError(message, "side")
    return side or next(iter(vectorizers))
