"""Language modeling: the next token of a text."""

from seqlab.tasks.language_modeling.task import LANGUAGE_MODELING

__all__ = ["LANGUAGE_MODELING"]
