"""Vectorizers: from raw text to ids and back. Importing this package fills the registry `VECTORIZERS`.

Registered: `characters`, `subwords`, `words`. To add one, subclass `Vectorizer` in a file of this folder, register it
and import the file here. What an option means exactly stands in docs/text.md.
"""

from seqlab.text.characters import Characters
from seqlab.text.subwords import Subwords
from seqlab.text.vectorizer import VECTORIZERS, Vectorizer
from seqlab.text.words import Words

__all__ = ["VECTORIZERS", "Characters", "Subwords", "Vectorizer", "Words"]
