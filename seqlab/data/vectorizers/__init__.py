"""Vectorizers: from raw text to ids and back. Importing this package fills the shelf `VECTORIZERS`.

On this shelf: `characters`, `subwords`, `words`. To add one, subclass `Vectorizer` in a file of this folder, put it on
the shelf and import the file here. What an option means exactly stands in docs/text.md.
"""

from seqlab.data.vectorizers.characters import Characters
from seqlab.data.vectorizers.subwords import Subwords
from seqlab.data.vectorizers.vectorizer import VECTORIZERS, Vectorizer
from seqlab.data.vectorizers.words import Words

__all__ = ["VECTORIZERS", "Characters", "Subwords", "Vectorizer", "Words"]
