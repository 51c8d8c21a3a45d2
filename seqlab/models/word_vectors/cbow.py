"""Continuous bag of words: the center word of a window from its context."""

from __future__ import annotations

from typing import Literal

from seqlab.models.word_vectors.word_vector_model import WORD_VECTOR_MODELS, Predicts, WordVectorModel


@WORD_VECTOR_MODELS.add
class Cbow(WordVectorModel):
    """Continuous bag of words: predicts each word from the words around it (Mikolov et al. 2013)."""

    name: Literal["cbow"] = "cbow"
    average: bool = True
    """Predict from the mean of the window's vectors; false: each pair of a word of the window and its center is an
    example."""

    @property
    def predicts(self) -> Predicts:
        return "center_from_mean" if self.average else "center_from_word"
