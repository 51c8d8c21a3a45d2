"""Vectorizers: from raw text to ids and back. Importing this package fills the shelf `VECTORIZERS`."""

from seqlab.data.vectorizers.vectorizer import VECTORIZERS, Vectorizer

__all__ = ["VECTORIZERS", "Vectorizer"]
