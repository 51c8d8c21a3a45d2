"""Word vectors: one value whatever they come from, queries about them, and files of them."""

from seqlab.vectors.read_vectors import read_vectors
from seqlab.vectors.word_vectors import Metric, Neighbor, WordNotFound, WordVectors

__all__ = ["Metric", "Neighbor", "WordNotFound", "WordVectors", "read_vectors"]
