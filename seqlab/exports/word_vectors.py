"""The format `word2vec`: the word vectors of a run as text, a line per word."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seqlab.errors import RequestError
from seqlab.exports.agreement import Agreement
from seqlab.exports.written import Written
from seqlab.text_format import counted, quoted
from seqlab.vectors import read_vectors
from seqlab.vectors.write_vectors import write_vectors

if TYPE_CHECKING:
    from seqlab.experiment.loaded_run import LoadedRun

FILE = "vectors.txt"
USAGE = """\
import numpy as np
lines = open("model/vectors.txt", encoding="utf-8").read().split("\\n")[1:-1]
vectors = {line.split(" ")[0]: np.array(line.split(" ")[1:], float) for line in lines}
word, vector = next(iter(vectors.items()))
print(word, vector[:3])
"""


def write(loaded: LoadedRun, directory: Path) -> Written:
    """Write the input vectors. Raises RequestError for a run without vectors or with those of two sides, and for words
    with spaces."""
    if len(sides := loaded.task.vectorizers) > 1:
        raise RequestError(
            f"run {loaded.run.id} has word vectors of two sides, and an export has those of one: `seqlab vectors "
            f"export {loaded.run.id} --side {next(iter(sides))} -o vectors.txt` writes them as word2vec does"
        )
    vectors = loaded.word_vectors()
    phrases = [word for word in vectors.words if word.split() != [word]]
    if phrases:
        raise RequestError(
            f"a space ends a word in the format of word2vec, and {counted(len(phrases), 'token')} of run "
            f"{loaded.run.id} have white space, such as {quoted(phrases[0])}: `seqlab vectors export "
            f"{loaded.run.id} -o vectors.npz` takes any token"
        )
    write_vectors(vectors, directory / FILE)

    def compare(_: Sequence[str]) -> Agreement:
        read = read_vectors(directory / FILE)
        unequal = [one for one, two in zip(vectors.words, read.words, strict=True) if one != two]
        difference = float(np.abs(vectors.matrix - read.matrix).max(initial=0.0))
        return Agreement("words", len(vectors), unequal, difference)

    return Written(
        title="word vectors in the text format of word2vec",
        usage=USAGE.rstrip("\n"),
        needs="numpy",
        interface=(
            f"`model/{FILE}` has a line with the number of words and of dimensions, then a line per word: "
            f"{counted(len(vectors), 'word')}, {vectors.dimensions:,} dimensions, the most frequent words first.",
        ),
        compare=compare,
        texts=0,
        notes=("gensim reads it: `KeyedVectors.load_word2vec_format('model/vectors.txt')`.",),
    )
