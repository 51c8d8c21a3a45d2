"""Vectorizers: from raw text to ids and back. Importing this package fills the registry `VECTORIZERS`.

Registered: `characters`, `subwords`, `words`. To add one, subclass `Vectorizer` in a file of this directory, register
it and import the file here. docs/text.md specifies the options.
"""

from seqlab.text.characters import Characters
from seqlab.text.subwords import Subwords
from seqlab.text.vectorizer import VECTORIZERS, Vectorizer
from seqlab.text.words import Words

__all__ = ["VECTORIZERS", "Characters", "Subwords", "Vectorizer", "Words"]
