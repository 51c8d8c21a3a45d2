"""How well word vectors agree with people: WordSim-353 and analogies.

Words are looked up as they are written, else in lower case, as far as the vectors have them. Pairs and questions with a
word without a vector are left out, and `coverage` is the share of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seqlab.data.sources import locations
from seqlab.data.sources.text_encoding import read_text
from seqlab.errors import DataError
from seqlab.text_format import quoted
from seqlab.vectors.word_vectors import WordVectors

MOST_FREQUENT = 30_000
"""Words that analogies are asked of: the first, which in files of vectors are the most frequent. As word2vec's authors
do it; with 300,000 (gensim's default) it takes ten times as long."""
BATCH_NUMBERS = 1 << 24
"""Similarities that are in memory at once: 64 MB."""


FOLDER = "wordsim"
"""Of `$SEQLAB_DATA_DIR` and of the cache."""
WORDSIM353, ANALOGIES = "wordsim353.tsv", "questions-words.txt"


def find_set(name: str) -> Path | None:
    """The file of a published set, where those of datasets are searched for; None if it is not on this machine."""
    return next((path for each in locations.searched(FOLDER) if (path := each / name).is_file()), None)


@dataclass(frozen=True)
class WordSimilarity:
    """Agreement with people's judgements of how similar two words are."""

    spearman: float
    """Spearman's rank correlation of cosines and judgements, from -1 to 1; NaN where fewer than two pairs are known."""
    coverage: float
    """The share of pairs whose words both have a vector."""
    pairs: int
    """How many these are."""


@dataclass(frozen=True)
class AnalogyAccuracy:
    """The share of questions `a is to b as c is to ?` whose expected word is the nearest to b - a + c."""

    accuracy: float
    """Of the questions whose four words have a vector; NaN where there are none."""
    coverage: float
    """The share of questions whose four words have a vector."""
    questions: int
    """How many these are."""
    groups: Mapping[str, float]
    """Accuracy by group, in the order of the file; groups without such a question are left out."""


@dataclass(frozen=True)
class Question:
    """`a` is to `b` as `c` is to `expected`."""

    group: str
    a: str
    b: str
    c: str
    expected: str


def wordsim353(vectors: WordVectors, path: Path) -> WordSimilarity:
    """Compare cosines with the judgements in a file of lines `word TAB word TAB score` (Finkelstein et al. 2002).

    Raises RequestError or DataError for files that cannot be read.
    """
    pairs = read_pairs(path)
    find = _finder(vectors)
    known = [
        (first, second, score)
        for one, other, score in pairs
        if (first := find(one)) is not None and (second := find(other)) is not None
    ]
    cosines = [vectors.similarity(vectors.words[first], vectors.words[second]) for first, second, _ in known]
    spearman = rank_correlation(np.array(cosines), np.array([score for *_, score in known]))
    return WordSimilarity(spearman, len(known) / len(pairs), len(known))


def analogies(vectors: WordVectors, path: Path, *, most_frequent: int = MOST_FREQUENT) -> AnalogyAccuracy:
    """Ask the questions in a file as word2vec's `questions-words.txt` (Mikolov et al. 2013), by 3CosAdd.

    As in word2vec and gensim, only the first `most_frequent` words are known and can be answers, words that differ in
    case alone are the same word, and the three words of a question are no answers to it. Raises RequestError or
    DataError for files that cannot be read.
    """
    questions = read_questions(path)
    vectors = _first_of_each_case(vectors, most_frequent)
    rows = {word: row for row, word in enumerate(vectors.words)}
    known = [
        question
        for question in questions
        if all(_folded(word) in rows for word in (question.a, question.b, question.c, question.expected))
    ]
    asked = np.array([[rows[_folded(word)] for word in (q.a, q.b, q.c, q.expected)] for q in known], int).reshape(-1, 4)
    correct = _answers(vectors, asked[:, :3]) == asked[:, 3]
    of_group: dict[str, list[bool]] = {}
    for question, right in zip(known, correct, strict=True):
        of_group.setdefault(question.group, []).append(bool(right))
    return AnalogyAccuracy(
        float(correct.mean()) if known else float("nan"),
        len(known) / len(questions),
        len(known),
        {group: float(np.mean(answers)) for group, answers in of_group.items()},
    )


def read_pairs(path: Path) -> list[tuple[str, str, float]]:
    """Two words and people's score of their similarity, a line each; lines that begin with # are comments."""
    pairs = []
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            first, second, score = line.split("\t") if "\t" in line else line.split(",")
            pairs.append((first.strip(), second.strip(), float(score)))
        except ValueError:
            if not pairs:
                continue  # a line with the names of the columns
            raise DataError(
                f"{path}:{number}: expected two words and a number, separated by tabs, got {quoted(line)}"
            ) from None
    if not pairs:
        raise DataError(f"{path}: it contains no pair of words with a score, separated by tabs")
    return pairs


def read_questions(path: Path) -> list[Question]:
    """Four words on a line; a line `: name` begins a group."""
    questions, group = [], ""
    for number, line in enumerate(_lines(path), start=1):
        if line.startswith(":"):
            group = line[1:].strip()
        elif words := line.split():
            if len(words) != 4:
                raise DataError(f"{path}:{number}: a question has four words, got {len(words)}: {quoted(line)}")
            questions.append(Question(group, *words))
    if not questions:
        raise DataError(f"{path}: it contains no question of four words")
    return questions


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's, equal values with the mean of their ranks; NaN for fewer than two pairs or constant values."""
    one, other = _ranks(first), _ranks(second)
    one, other = one - one.mean() if len(one) else one, other - other.mean() if len(other) else other
    scale = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / scale if scale > 0 else float("nan")


def _ranks(values: np.ndarray) -> np.ndarray:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: np.ndarray = (ends - (counts - 1) / 2)[place]
    return ranks


def _lines(path: Path) -> list[str]:
    return read_text(path).splitlines()


def _finder(vectors: WordVectors) -> Callable[[str], int | None]:
    """The row of a word as it is written, else in lower case; None if there is neither."""

    def find(word: str) -> int | None:
        known = next((each for each in (word, word.lower()) if each in vectors), None)
        return None if known is None else vectors.row(known)

    return find


def _folded(word: str) -> str:
    """The word in one case: word2vec and gensim take capitals."""
    return word.upper()


def _first_of_each_case(vectors: WordVectors, most_frequent: int) -> WordVectors:
    """The first words, in one case; of words that differ in case alone, the first."""
    rows: dict[str, int] = {}
    for row, word in enumerate(vectors.words[:most_frequent]):
        rows.setdefault(_folded(word), row)
    return WordVectors(list(rows), vectors.matrix[list(rows.values())])


def _answers(vectors: WordVectors, asked: np.ndarray) -> np.ndarray:
    """The row of the nearest word to b - a + c, (questions,); `asked`: rows of a, b and c, (questions, 3)."""
    size = max(1, BATCH_NUMBERS // max(1, len(vectors)))
    answers = [np.empty(0, int)]
    for start in range(0, len(asked), size):
        batch = asked[start : start + size]
        first, second, third = vectors.unit[batch.T]
        scores = (second - first + third) @ vectors.unit.T
        np.put_along_axis(scores, batch, -np.inf, axis=1)
        answers.append(scores.argmax(axis=1))
    return np.concatenate(answers)
