"""Classification: one label per text."""

from seqlab.tasks.classification.task import CLASSIFICATION

__all__ = ["CLASSIFICATION"]
