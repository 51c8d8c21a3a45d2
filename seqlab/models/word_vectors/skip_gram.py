"""Skip-gram: the words of a window from its center."""

from __future__ import annotations

from typing import Literal

from seqlab.models.word_vectors.word_vector_model import WORD_VECTOR_MODELS, Predicts, WordVectorModel


@WORD_VECTOR_MODELS.add
class SkipGram(WordVectorModel):
    """Skip-gram: predicts each word around a word from it (Mikolov et al. 2013)."""

    name: Literal["skip_gram"] = "skip_gram"

    @property
    def predicts(self) -> Predicts:
        return "context_from_word"
