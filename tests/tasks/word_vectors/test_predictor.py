"""What word vectors are judged by."""

import numpy as np
import pytest
from quick import WORD_VECTORS, trained, weights_of

from seqlab import experiment
from seqlab.tasks.word_vectors.predictor import neighbor_precision
from seqlab.vectors import WordVectors

CLASSES = {"a": "first", "b": "first", "c": "first", "x": "second", "y": "second"}


def vectors(**of):
    return WordVectors(list(of), np.array(list(of.values()), np.float32))


def test_the_best_precision_is_one():
    found = neighbor_precision(vectors(a=[1, 0], b=[9, 1], c=[5, 1], x=[0, 1], y=[0, 3]), CLASSES)
    assert found == {"neighbors.precision": 1.0}


def test_each_neighbor_of_another_class_counts():
    """x is between a and b: a has b and x as nearest two of (b, c, x, y), c is alone on the other side."""
    found = neighbor_precision(vectors(a=[1, 0], x=[10, 1], b=[8, 2], y=[-1, 5], c=[-5, 1]), CLASSES)
    # a: x, b → 1/2; b: x, a → 1/2; c: y, then b → 1/2; x: a → 0; y: c → 0.
    assert found["neighbors.precision"] == pytest.approx(np.mean([0.5, 0.5, 0.5, 0, 0]))


def test_words_without_a_class_are_no_neighbors():
    plain = vectors(a=[1, 0], b=[9, 1], x=[0, 1], y=[0, 3])
    among = vectors(a=[1, 0], b=[9, 1], x=[0, 1], y=[0, 3], the=[1, 0.01])
    assert neighbor_precision(among, CLASSES) == neighbor_precision(plain, CLASSES)


def test_without_known_classes_there_is_no_figure():
    assert neighbor_precision(vectors(a=[1, 0], x=[0, 1]), {}) == {}
    assert neighbor_precision(vectors(a=[1, 0], x=[0, 1]), CLASSES) == {}


def test_similarity_sets_that_are_here_are_scored_and_those_that_are_not_are_left_out(tmp_path, monkeypatch):
    """Only a trained model is: not after every epoch, so that they choose no checkpoint."""
    run = trained(tmp_path / "runs", "data.size=200", "training.epochs=1", given=WORD_VECTORS)
    assert "wordsim353.spearman" not in run.result()
    folder = tmp_path / "data" / "wordsim"
    folder.mkdir(parents=True)
    monkeypatch.setenv("SEQLAB_DATA_DIR", str(tmp_path / "data"))
    (folder / "wordsim353.tsv").write_text("cat\tdog\t9\ncat\tmonday\t1\ncat\tnoword\t5\nred\tgreen\t8\n", "utf-8")
    (folder / "questions-words.txt").write_text(": days\nmonday tuesday friday saturday\na b c d\n", "utf-8")
    found = experiment.load(run).evaluate()
    assert found["wordsim353.coverage"] == 0.75
    assert -1 <= found["wordsim353.spearman"] <= 1
    assert found["analogies.coverage"] == 0.5
    assert found["analogies.accuracy"] == found["analogies.days"]
    beside = trained(tmp_path / "beside", "data.size=200", "training.epochs=1", given=WORD_VECTORS)
    assert "wordsim353.spearman" in beside.result()
    assert not [name for line in beside.metrics() for name in line if name.startswith(("wordsim", "analogies"))]
    assert weights_of(beside) == weights_of(run)
    (folder / "wordsim353.tsv").write_text("no\tword\t9\n", "utf-8")
    assert not [name for name in experiment.load(run).evaluate() if name.startswith("wordsim")]
