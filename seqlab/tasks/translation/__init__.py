"""Translation: a target sentence for a source sentence."""

from seqlab.tasks.translation.task import TRANSLATION

__all__ = ["TRANSLATION"]
