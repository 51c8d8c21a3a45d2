"""Published vectors: where they are searched, what is kept in the cache, and the message where they are missing."""

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pytest

from seqlab.errors import RequestError
from seqlab.vectors import published
from seqlab.vectors.published import find_vectors, load_vectors

TEXT = "the 1 2\nof 3 4\nköln 5 6\n".encode()
MATRIX = [[1, 2], [3, 4], [5, 6]]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty `$SEQLAB_DATA_DIR/glove`, an empty cache, and no network."""
    monkeypatch.setenv("SEQLAB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("SEQLAB_OFFLINE", "1")
    (tmp_path / "data" / "glove").mkdir(parents=True)
    return tmp_path / "data" / "glove"


def write_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for width in (50, 100):
            archive.writestr(f"glove.6B.{width}d.txt", TEXT if width == 50 else b"the 1\n")


@pytest.mark.parametrize("form", ["text", "gzip", "zip", "downloaded"])
def test_vectors_are_found_in_each_form(folder, tmp_path, form):
    if form == "text":
        (folder / "glove.6B.50d.txt").write_bytes(TEXT)
    elif form == "gzip":
        (folder / "glove.6B.50d.txt.gz").write_bytes(gzip.compress(TEXT))
    elif form == "zip":
        write_zip(folder / "glove.6B.zip")
    else:
        (tmp_path / "cache" / "datasets" / "glove").mkdir(parents=True)
        write_zip(tmp_path / "cache" / "datasets" / "glove" / "glove.6B.zip")
    vectors = load_vectors("glove_6b_50d")
    assert (list(vectors.words), vectors.matrix.tolist()) == (["the", "of", "köln"], MATRIX)
    some = load_vectors("glove_6b_50d", only=["köln", "absent"])
    assert (list(some.words), some.matrix.tolist()) == (["köln"], [[5, 6]])


def test_a_text_is_read_once_and_read_again_when_it_changed_or_the_cache_is_damaged(folder, tmp_path, monkeypatch):
    path, read = folder / "glove.6B.50d.txt", []
    monkeypatch.setattr(
        published, "read_vectors", lambda *a, _read=published.read_vectors, **k: (read.append(a), _read(*a, **k))[1]
    )
    path.write_bytes(TEXT)
    assert [load_vectors("glove_6b_50d").matrix.tolist() for _ in range(3)] == [MATRIX] * 3
    assert len(read) == 1
    path.write_bytes(b"the 7 8\n")
    assert load_vectors("glove_6b_50d").matrix.tolist() == [[7, 8]]
    assert len(read) == 2
    for matrix in (tmp_path / "cache").rglob("matrix.npy"):
        content = bytearray(matrix.read_bytes())
        content[-1] ^= 1
        matrix.write_bytes(content)
    assert load_vectors("glove_6b_50d").matrix.tolist() == [[7, 8]]
    assert len(read) == 3


def test_a_cache_that_cannot_be_written_is_no_error(folder, tmp_path):
    (folder / "glove.6B.50d.txt").write_bytes(TEXT)
    (tmp_path / "cache").write_text("a file where the cache should be", encoding="utf-8")
    assert load_vectors("glove_6b_50d").matrix.tolist() == MATRIX


def test_missing_vectors_are_explained_offline(folder):
    with pytest.raises(RequestError) as caught:
        load_vectors("glove_6b_100d")
    message = str(caught.value)
    assert "for: glove.6B.100d.txt or glove.6B.100d.txt.gz or glove.6B.zip" in message
    assert "SEQLAB_OFFLINE is set: get glove.6B.zip from https://nlp.stanford.edu/data/glove.6B.zip" in message
    assert f"put it at {folder / 'glove.6B.zip'}" in message


def test_missing_vectors_are_downloaded_with_licence_and_citation(folder, monkeypatch):
    monkeypatch.delenv("SEQLAB_OFFLINE")
    said = []

    class Progress:
        def say(self, text):
            said.append(text)

    def fetch(file, directory, progress):
        directory.mkdir(parents=True)
        write_zip(directory / file.name)
        return directory / file.name

    monkeypatch.setattr("seqlab.data.sources.download.fetch", fetch)
    assert find_vectors("glove_6b_100d", Progress()).parts[-2:] == ("glove.6B.zip", "glove.6B.100d.txt")
    assert "PDDL" in said[0]
    assert "Pennington" in said[0]


def test_a_path_is_read_as_it_is(folder, tmp_path):
    (tmp_path / "mine.vec").write_bytes(TEXT)
    vectors = load_vectors(str(tmp_path / "mine.vec"), only=["of"])
    np.testing.assert_array_equal(vectors.matrix, [[3, 4]])
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("name", ["glove", "glove_6b_51d", ""])
def test_other_names_are_refused_with_those_that_exist(folder, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    if name:
        with pytest.raises(RequestError, match=rf"no word vectors '{name}'.*glove_6b_50d, glove_6b_100d"):
            load_vectors(name)
    else:
        with pytest.raises(RequestError, match="directory"):
            load_vectors(name)
