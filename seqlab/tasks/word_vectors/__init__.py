"""Word vectors: words that occur in the same contexts get similar vectors."""

from seqlab.tasks.word_vectors.task import WORD_VECTORS

__all__ = ["WORD_VECTORS"]
