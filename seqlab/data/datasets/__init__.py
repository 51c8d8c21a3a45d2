"""Datasets: one file a corpus or format. Importing this package puts every dataset on the shelf of what it holds."""

from seqlab.data.datasets.dataset import LABELLED_TEXTS, Dataset

__all__ = ["LABELLED_TEXTS", "Dataset"]
