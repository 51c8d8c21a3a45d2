"""Sentence encoders: pretrained models that turn a text into a vector. From packages, and from SavedModels."""

from seqlab.encoders.find_encoder import FoundEncoder, find_encoder
from seqlab.encoders.text_encoder import TextEncoder

__all__ = ["FoundEncoder", "TextEncoder", "find_encoder"]
