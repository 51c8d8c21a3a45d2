"""Datasets: one file a corpus or format. Importing this package puts every dataset on the shelf of what it holds.

To add one, write it in a file of this folder (see `dataset.py`) and import that file here.
"""

from seqlab.data.datasets import imdb, synthetic_reviews, tables, text_folder
from seqlab.data.datasets.dataset import LABELLED_TEXTS, Dataset

SHELVES = (LABELLED_TEXTS,)

__all__ = ["LABELLED_TEXTS", "SHELVES", "Dataset", "imdb", "synthetic_reviews", "tables", "text_folder"]
