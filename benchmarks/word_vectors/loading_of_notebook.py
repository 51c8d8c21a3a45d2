"""The notebook's loop: every line is split and parsed, then the rows of the vocabulary are taken."""

import sys
import time
from pathlib import Path

import numpy as np
from processes import answer
from vocabulary import described, words_of

text = Path(sys.argv[1])
vocabulary = sorted(words_of(text))


def rows() -> np.ndarray:
    index = {}
    with text.open(encoding="utf-8") as lines:
        for line in lines:
            word, coefficients = line.split(maxsplit=1)
            index[word] = np.fromstring(coefficients, "f", sep=" ")
    matrix = np.zeros((len(vocabulary), 50), np.float32)
    for row, word in enumerate(vocabulary):
        vector = index.get(word)
        if vector is not None:
            matrix[row] = vector
    return matrix


def reply(asked: str) -> object:
    started = time.process_time()
    found = rows()
    return time.process_time() - started if asked == "seconds" else described(found)


answer(reply)
