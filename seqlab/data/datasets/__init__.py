"""Datasets: one file per corpus or format. Importing this package registers all of them, by what they contain.

To add one, write it in a file of this directory (see `dataset.py`) and import that file here.
"""

from seqlab.data.datasets import (
    ag_news,
    document_files,
    imdb,
    labelled_tables,
    multi30k,
    numbered_tables,
    pair_tables,
    parallel_text,
    shakespeare,
    spa_eng,
    synthetic_documents,
    synthetic_housing,
    synthetic_phrases,
    synthetic_reviews,
    synthetic_text,
    text_file,
    text_folder,
    text_tables,
    tweets,
)
from seqlab.data.datasets.dataset import DOCUMENTS, LABELLED_TEXTS, NUMBERED, PAIRS, TEXTS, Dataset

REGISTRIES = (LABELLED_TEXTS, TEXTS, PAIRS, NUMBERED, DOCUMENTS)

__all__ = [
    "DOCUMENTS",
    "LABELLED_TEXTS",
    "NUMBERED",
    "PAIRS",
    "TEXTS",
    "Dataset",
    "ag_news",
    "document_files",
    "imdb",
    "labelled_tables",
    "multi30k",
    "numbered_tables",
    "pair_tables",
    "parallel_text",
    "shakespeare",
    "spa_eng",
    "synthetic_documents",
    "synthetic_housing",
    "synthetic_phrases",
    "synthetic_reviews",
    "synthetic_text",
    "text_file",
    "text_folder",
    "text_tables",
    "tweets",
]
