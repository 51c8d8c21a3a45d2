"""WordSim-353 and analogies, worked out by hand and compared with gensim and SciPy."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from seqlab.errors import DataError, RequestError
from seqlab.vectors import WordVectors
from seqlab.vectors.similarity import AnalogyAccuracy, analogies, rank_correlation, wordsim353

ANIMALS = WordVectors(("cat", "tiger", "car", "train"), np.array([[1, 0], [1, 0.1], [0, 1], [0.5, 1]], np.float32))
CITIES = WordVectors(
    ("spain", "madrid", "france", "paris", "Paris", "italy"),
    np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1], [9, -9, 9], [1, 0, 1]], np.float32),
)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_wordsim_compares_the_ranks_of_cosines_and_judgements(tmp_path):
    """Cosines: cat-tiger 0.995, car-train 0.894, cat-car 0; people swap the first two. rho = 1 - 6·2/(3·8) = 0.5."""
    path = written(tmp_path / "pairs.tsv", "# comment\nCat\ttiger\t7\ncar\ttrain\t8\ncat\tcar\t1\ncat\tunicorn\t5\n")
    found = wordsim353(ANIMALS, path)
    assert found.spearman == pytest.approx(0.5)
    assert (found.coverage, found.pairs) == (0.75, 3)


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(-2, 2)), min_size=2, max_size=40))
def test_the_rank_correlation_is_that_of_scipy(pairs):
    first, second = np.array(pairs).T
    if len(set(first)) > 1 and len(set(second)) > 1:
        assert rank_correlation(first, second) == pytest.approx(spearmanr(first, second).statistic, abs=1e-12)


@pytest.mark.parametrize("pairs", ["unicorn\tdragon\t5\n", "cat\tcar\t5\n"])
def test_too_few_pairs_have_no_correlation(tmp_path, pairs):
    assert math.isnan(wordsim353(ANIMALS, written(tmp_path / "pairs.tsv", pairs)).spearman)


def test_analogies_count_the_known_questions_by_group(tmp_path):
    """The nearest to madrid - spain + france is paris; to paris - france + italy it is not spain."""
    text = ": capitals\nSpain Madrid France Paris\nFrance Paris Spain Madrid\n: wrong\nfrance paris italy spain\n"
    path = written(tmp_path / "questions.txt", f"{text}: unknown\nGreece Athens France Paris\n")
    assert analogies(CITIES, path) == AnalogyAccuracy(2 / 3, 0.75, 3, {"capitals": 1.0, "wrong": 0.0})


def test_analogies_know_the_first_words_alone(tmp_path):
    path = written(tmp_path / "questions.txt", "spain madrid france paris\nspain madrid france italy\n")
    found = analogies(CITIES, path, most_frequent=4)
    assert (found.accuracy, found.questions, found.coverage) == (1, 1, 0.5)


def test_no_known_question_has_no_accuracy(tmp_path):
    found = analogies(ANIMALS, written(tmp_path / "questions.txt", "a b c d\n"))
    assert math.isnan(found.accuracy)
    assert (found.coverage, found.groups) == (0, {})


def test_questions_in_several_batches_get_the_same_answers(tmp_path, monkeypatch):
    path = written(tmp_path / "questions.txt", "spain madrid france paris\nfrance paris spain madrid\n" * 3)
    together = analogies(CITIES, path)
    monkeypatch.setattr("seqlab.vectors.similarity.BATCH_NUMBERS", 12)
    assert analogies(CITIES, path) == together


@pytest.mark.parametrize(
    ("score", "text", "message"),
    [
        (wordsim353, "", "contains no pair of words"),
        (wordsim353, "cat\ttiger\t7\ncat\tcar\n", "pairs:2: expected two words and a number"),
        (wordsim353, "cat\ttiger\t7\ncat\tcar\tmuch\n", "pairs:2: expected two words and a number"),
        (analogies, "", "contains no question"),
        (analogies, "a b c d\n: group\na b c\n", "pairs:3: a question has four words, got 3"),
    ],
)
def test_files_of_another_kind_are_refused_with_their_line(tmp_path, score, text, message):
    with pytest.raises(DataError, match=message):
        score(ANIMALS, written(tmp_path / "pairs", text))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises((DataError, RequestError), match="nowhere"):
        wordsim353(ANIMALS, tmp_path / "nowhere.tsv")


def test_gensim_agrees(tmp_path):
    keyed_vectors = pytest.importorskip("gensim.models").KeyedVectors
    generator = np.random.default_rng(1)
    words = [f"w{index}" for index in range(40)] + ["W3"]
    vectors = WordVectors(words, generator.normal(size=(41, 3)).astype(np.float32))
    theirs = keyed_vectors(3)
    theirs.add_vectors(words, vectors.matrix)
    questions = "".join(f": {group}\n" + _question(generator) * 1 for group in range(200))
    path = written(tmp_path / "questions.txt", questions)
    accuracy, _ = theirs.evaluate_word_analogies(str(path), restrict_vocab=30)
    assert analogies(vectors, path, most_frequent=30).accuracy == pytest.approx(accuracy, abs=1e-12)
    pairs = "".join(f"w{a}\tw{b}\t{score}\n" for a, b, score in generator.integers(0, 40, (60, 3)) if a != b)
    path = written(tmp_path / "pairs.tsv", pairs)
    _, spearman, _ = theirs.evaluate_word_pairs(str(path))
    assert wordsim353(vectors, path).spearman == pytest.approx(spearman.statistic, abs=1e-6)


def _question(generator: np.random.Generator) -> str:
    return " ".join(f"w{index}" for index in generator.permutation(40)[:4]) + "\n"
