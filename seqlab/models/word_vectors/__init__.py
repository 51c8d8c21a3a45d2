"""Models that learn word vectors. Importing this package fills the registry `WORD_VECTOR_MODELS`."""

from seqlab.models.word_vectors.cbow import Cbow
from seqlab.models.word_vectors.document_vectors import DocumentVectors
from seqlab.models.word_vectors.skip_gram import SkipGram
from seqlab.models.word_vectors.word_vector_model import (
    WORD_VECTOR_MODELS,
    VectorModel,
    WordVectorContext,
    WordVectorModel,
)

__all__ = [
    "WORD_VECTOR_MODELS",
    "Cbow",
    "DocumentVectors",
    "SkipGram",
    "VectorModel",
    "WordVectorContext",
    "WordVectorModel",
]
