"""What datasets of documents have in common, which word vectors are learned from: no labels, and no test split."""

from __future__ import annotations

from typing import ClassVar

from seqlab.data.datasets.dataset import BuiltIn, FractionOrPath
from seqlab.data.records import SplitName
from seqlab.registry import Options


class Documents(Options):
    """Documents of one or more sentences: a mixin before the dataset that finds and reads them. Validation documents
    are chosen by their content.

    Vectors are judged by what they are used for, such as similarity sets, and not by the texts they come from: there is
    no test split.
    """

    splits: ClassVar[tuple[SplitName, ...]] = ("train", "validation")

    validation: FractionOrPath = 0.05
    """A fraction of the documents, or a file of the same format."""
    test: BuiltIn = None
    """Documents have no test split."""

    @property
    def has_classes(self) -> bool:
        """Whether documents have a column `class`, which is empty for those without one."""
        return False
