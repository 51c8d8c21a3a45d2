"""The reviews that skip-gram is trained on: the recipe's, all of them or a share."""

import sys

from seqlab import config
from seqlab.config import Loaded
from seqlab.vectors import WordVectors
from seqlab.vectors.similarity import WORDSIM353, find_set, wordsim353


def loaded_recipe() -> Loaded:
    """`imdb/skipgram` with the overrides of the command line."""
    return config.load("imdb/skipgram", sys.argv[1:])


def judged(words: float, seconds: float, vectors: WordVectors) -> dict[str, float]:
    """Words a second, and what WordSim-353 says of the vectors."""
    path = find_set(WORDSIM353)
    if path is None:
        raise SystemExit("put wordsim353.tsv into $SEQLAB_DATA_DIR/wordsim")
    found = wordsim353(vectors, path)
    return {"words_per_second": words / seconds, "spearman": found.spearman, "coverage": found.coverage}
