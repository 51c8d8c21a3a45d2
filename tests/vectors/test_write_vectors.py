"""What is written is read back, by seqlab and by gensim."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from seqlab.errors import RequestError
from seqlab.vectors import WordVectors, read_vectors
from seqlab.vectors.write_vectors import write_vectors

ENDINGS = [".txt", ".vec", ".bin", ".npz"]
WORD = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
WRITABLE = WORD.filter(lambda word: word.split() == [word] and not word.startswith("\ufeff"))


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("vectors")


@pytest.mark.parametrize("ending", ENDINGS)
@given(data=st.data())
def test_what_is_written_is_read_back_exactly(directory, ending, data):
    words = data.draw(st.lists(WORD if ending == ".npz" else WRITABLE, min_size=1, max_size=5, unique=True))
    shape = (len(words), data.draw(st.integers(1, 4)))
    finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
    matrix = data.draw(arrays.arrays(np.float32, shape, elements=finite))
    path = directory / f"v{ending}"
    write_vectors(WordVectors(words, matrix), path)
    found = read_vectors(path)
    assert list(found.words) == words
    np.testing.assert_array_equal(found.matrix, matrix)


@pytest.fixture
def normal() -> WordVectors:
    generator = np.random.default_rng(1)
    return WordVectors([f"wört{index}" for index in range(50)], generator.normal(size=(50, 7)).astype(np.float32))


@pytest.mark.parametrize(("ending", "is_binary"), [(".txt", False), (".vec", False), (".bin", True)])
def test_gensim_reads_them_and_finds_the_same_neighbors(tmp_path, normal, ending, is_binary):
    keyed_vectors = pytest.importorskip("gensim.models").KeyedVectors
    path = tmp_path / f"v{ending}"
    write_vectors(normal, path)
    theirs = keyed_vectors.load_word2vec_format(str(path), binary=is_binary)
    for word in normal.words[:5]:
        expected, found = theirs.most_similar(word, topn=10), normal.neighbors(word, top=10)
        assert [each.word for each in found] == [each for each, _ in expected]
        np.testing.assert_allclose([each.score for each in found], [score for _, score in expected], atol=1e-6)
    theirs.save_word2vec_format(str(path), binary=is_binary)
    np.testing.assert_allclose(read_vectors(path).matrix, normal.matrix, rtol=1e-6)


def test_numpy_reads_the_arrays_without_pickle(tmp_path, normal):
    write_vectors(normal, tmp_path / "v.npz")
    with np.load(tmp_path / "v.npz", allow_pickle=False) as found:
        assert set(found.files) == {"words", "vectors"}
        assert found["words"].tolist() == normal.words
        np.testing.assert_array_equal(found["vectors"], normal.matrix)


def test_the_projector_gets_a_line_per_word_in_both_tables(tmp_path):
    vectors = WordVectors([" ", "a\tb", "ü"], np.array([[1, 2.5], [0.1, -3], [0, 4]], np.float32))
    assert [path.name for path in write_vectors(vectors, tmp_path / "v.tsv")] == ["v.tsv", "v.metadata.tsv"]
    assert (tmp_path / "v.tsv").read_text(encoding="utf-8") == "1.0\t2.5\n0.1\t-3.0\n0.0\t4.0\n"
    assert (tmp_path / "v.metadata.tsv").read_text(encoding="utf-8") == "' '\na\\tb\nü\n"


@pytest.mark.parametrize("ending", [".txt", ".vec", ".bin"])
@pytest.mark.parametrize("word", ["not bad", " ", "\n", "a\u00a0b", "", "\ud83d"])
def test_words_that_a_format_cannot_hold_are_refused(tmp_path, ending, word):
    path = tmp_path / f"v{ending}"
    with pytest.raises(RequestError, match=r"1 word cannot be written.*write \.npz or \.tsv"):
        write_vectors(WordVectors(["good", word], np.ones((2, 2), np.float32)), path)
    assert not path.exists()


@pytest.mark.parametrize("name", ["v", "v.csv", "v.txt.gz"])
def test_other_endings_are_refused(tmp_path, normal, name):
    with pytest.raises(RequestError, match=r"must end with \.txt or \.vec"):
        write_vectors(normal, tmp_path / name)


def test_a_failed_write_keeps_the_file_that_was_there(tmp_path):
    path = tmp_path / "v.npz"
    path.write_bytes(b"before")
    with pytest.raises(RequestError, match="NUL"):
        write_vectors(WordVectors(["a\0"], np.ones((1, 1), np.float32)), path)
    assert path.read_bytes() == b"before"
