"""Word vectors as text, and the lines of the README that read them."""

from types import SimpleNamespace

import numpy as np
import pytest

from seqlab.errors import RequestError
from seqlab.exports.word_vectors import FILE, USAGE, write
from seqlab.vectors import WordVectors, read_vectors

VECTORS = WordVectors(("the", "naïve", "日本"), np.array([[0.1, -2.0], [1 / 3, 1e-9], [3e8, 0.0]], np.float32))


def run_with(vectors, sides=("text",)):
    task = SimpleNamespace(vectorizers=dict.fromkeys(sides))
    return SimpleNamespace(run=SimpleNamespace(id="a-run"), task=task, word_vectors=lambda: vectors)


def test_they_are_those_of_the_run(tmp_path, monkeypatch):
    (tmp_path / "model").mkdir()
    written = write(run_with(VECTORS), tmp_path / "model")
    read = read_vectors(tmp_path / "model" / FILE)
    assert list(read.words) == list(VECTORS.words)
    np.testing.assert_array_equal(read.matrix, VECTORS.matrix)
    assert str(written.compare([])) == "3 of 3 words are equal, the largest difference is 0.0e+00"
    monkeypatch.chdir(tmp_path)
    found = {}
    exec(USAGE, found)
    np.testing.assert_allclose(found["vectors"]["naïve"], [1 / 3, 1e-9], rtol=1e-6)
    assert len(USAGE.splitlines()) == 5


def test_a_changed_file_does_not_hold(tmp_path):
    written = write(run_with(VECTORS), tmp_path)
    text = (tmp_path / FILE).read_text(encoding="utf-8")
    (tmp_path / FILE).write_text(text.replace("-2", "-3", 1), encoding="utf-8")
    assert not written.compare([]).holds


def test_words_with_spaces_are_refused(tmp_path):
    pairs = WordVectors(("the", "not bad"), np.zeros((2, 2), np.float32))
    with pytest.raises(RequestError, match=r"1 token of run a-run .* such as 'not bad': `seqlab vectors export a-run"):
        write(run_with(pairs), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_run_with_two_sides_is_told_the_command_that_takes_one(tmp_path):
    with pytest.raises(RequestError, match=r"`seqlab vectors export a-run --side source -o vectors\.txt`"):
        write(run_with(VECTORS, ("source", "target")), tmp_path)
