"""seqlab takes the rows of the vocabulary from the `text`, or from the `cache` in which it kept what it read."""

import os
import sys
import time
from pathlib import Path

from processes import answer
from vocabulary import described, words_of

from seqlab.vectors.published import load_vectors

text, where = Path(sys.argv[1]), sys.argv[2]
os.environ |= {"SEQLAB_DATA_DIR": str(text.parents[1]), "SEQLAB_CACHE_DIR": str(text.parents[1] / "cache")}
vocabulary = words_of(text)
reference = "glove_6b_50d" if where == "cache" else str(text)


def reply(asked: str) -> object:
    started = time.process_time()
    found = load_vectors(reference, only=vocabulary).matrix
    return time.process_time() - started if asked == "seconds" else described(found)


answer(reply)
