"""Every format of word vectors is read, and what is wrong with a file is named with its line."""

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from seqlab.errors import DataError, RequestError
from seqlab.vectors import read_vectors
from seqlab.vectors.binary_vectors import FLOAT

GLOVE = b"the 0.5 -1 2e-1\n, 1 2 3\n. -0.25 0 7\n"
MATRIX = np.array([[0.5, -1, 0.2], [1, 2, 3], [-0.25, 0, 7]], np.float32)
WORDS = ["the", ",", "."]


def binary(words: list[bytes], matrix: np.ndarray, *, end: bytes = b"\n", header: bytes | None = None) -> bytes:
    records = b"".join(word + b" " + row.astype(FLOAT).tobytes() + end for word, row in zip(words, matrix, strict=True))
    return (b"%d %d\n" % matrix.shape if header is None else header) + records


def npz(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return file.getvalue()


def written(directory: Path, content: bytes, name: str = "v.txt") -> Path:
    path = directory / name
    path.write_bytes(content)
    return path


class Said:
    """Progress that remembers what is said."""

    def __init__(self):
        from seqlab.progress import SILENT

        self.lines, self.step = [], SILENT.step

    def say(self, text):
        self.lines.append(text)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(GLOVE, id="GloVe"),
        pytest.param(b"3 3\n" + GLOVE, id="word2vec"),
        pytest.param(b"3 3 \r\n" + GLOVE.replace(b"\n", b" \r\n"), id="trailing spaces and CRLF"),
        pytest.param(GLOVE.replace(b" ", b"\t"), id="tabs"),
        pytest.param(GLOVE.replace(b" -", b"   -"), id="several spaces"),
        pytest.param(b"\xef\xbb\xbf" + GLOVE.replace(b"\n", b"\n\n"), id="mark and empty lines"),
        pytest.param(GLOVE.rstrip(), id="no last line end"),
        pytest.param(binary([b"the", b",", b"."], MATRIX), id="binary"),
        pytest.param(binary([b"the", b",", b"."], MATRIX, end=b""), id="binary as gensim writes it"),
        pytest.param(gzip.compress(GLOVE, mtime=0), id="gzip"),
        pytest.param(gzip.compress(binary([b"the", b",", b"."], MATRIX)), id="binary in gzip"),
        pytest.param(zipped(only_txt=GLOVE), id="zip"),
    ],
)
@pytest.mark.parametrize("block", [32, 1 << 22])
def test_formats_are_recognized_by_their_content(tmp_path, monkeypatch, content, block):
    """Whatever the name, and however few bytes are read at once."""
    monkeypatch.setattr("seqlab.vectors.vector_source.BLOCK", block)
    vectors = read_vectors(written(tmp_path, content, "vectors"))
    assert vectors.words == WORDS
    np.testing.assert_array_equal(vectors.matrix, MATRIX)
    assert vectors.matrix.dtype == np.float32
    some = read_vectors(tmp_path / "vectors", only={".", "the", "absent"})
    assert some.words == ["the", "."]
    np.testing.assert_array_equal(some.matrix, MATRIX[[0, 2]])


NFD, NFC = "cafe\u0301", "caf\u00e9"


@pytest.mark.parametrize("only", [None, {NFC, "le"}, {NFD, "le"}])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("v.txt", f"{NFD} 1 2\nle 3 4\n".encode()),
        ("v.txt", f"{NFD} 1 2\nle   3 4\n".encode()),
        ("v.bin", binary([NFD.encode(), b"le"], np.array([[1, 2], [3, 4]], np.float32))),
        ("v.npz", npz(words=np.array([NFD, "le"]), vectors=np.array([[1, 2], [3, 4]], np.float32))),
    ],
)
def test_words_are_read_in_normal_form_c(tmp_path, name, content, only):
    vectors = read_vectors(written(tmp_path, content, name), only=only)
    assert vectors.words == [NFC, "le"]
    assert vectors.neighbors(NFD)[0].word == "le"
    assert NFD in vectors


def test_two_forms_of_a_word_are_one(tmp_path):
    said = Said()
    vectors = read_vectors(written(tmp_path, f"{NFD} 1 2\n{NFC} 3 4\n".encode()), progress=said)
    assert (vectors.words, vectors.matrix.tolist()) == ([NFC], [[1, 2]])
    assert said.lines == [f"{tmp_path / 'v.txt'}: 1 word occurs again: the first vector of each is used"]


@pytest.mark.parametrize("block", [32, 1 << 22])
def test_lines_that_end_in_cr_alone_are_lines(tmp_path, monkeypatch, block):
    monkeypatch.setattr("seqlab.vectors.vector_source.BLOCK", block)
    vectors = read_vectors(written(tmp_path, GLOVE.replace(b"\n", b"\r")))
    assert vectors.words == WORDS
    np.testing.assert_array_equal(vectors.matrix, MATRIX)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b" 1 0 0\nqueen 0.9 0.1 0\n", "v.txt:1: there is no word before 3 numbers"),
        (b"king 0x1 0 0\nqueen 1 0 0\n", "v.txt:1: '0x1' in the vector of 'king' is not a number"),
        (b"0.5\t-1.0\n1e-05\t3.0\n", "numbers alone, such as '0.5', and no words: if they are TensorBoard's"),
    ],
)
def test_the_line_at_fault_is_named(tmp_path, content, message):
    with pytest.raises(DataError, match=message):
        read_vectors(written(tmp_path, content))


def test_years_are_words(tmp_path):
    assert read_vectors(written(tmp_path, b"1999 5\n2000 7\n")).words == ["1999", "2000"]


@pytest.mark.parametrize("shape", [[0, 3], [2, 0]])
def test_npz_without_a_number_is_refused(tmp_path, shape):
    content = npz(words=np.array(["a", "b"][: shape[0]], "U1"), vectors=np.empty(shape, np.float32))
    with pytest.raises(DataError, match="no number at all"):
        read_vectors(written(tmp_path, content, "v.npz"))


def test_of_an_archive_only_what_may_be_vectors_is_a_candidate(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("en/ok.txt", "__MACOSX/en/._ok.txt", "en/.DS_Store", "README", "LICENSE.txt", "notes.md"):
            archive.writestr(name, GLOVE)
    assert read_vectors(written(tmp_path, file.getvalue(), "v.zip")).words == WORDS


def test_npz_is_read_as_numpy_saves_it(tmp_path):
    content = npz(words=np.array(WORDS), vectors=MATRIX.astype(np.float64))
    vectors = read_vectors(written(tmp_path, content, "v.npz"), only=["."])
    assert vectors.words == ["."]
    np.testing.assert_array_equal(vectors.matrix, MATRIX[2:])


def test_a_member_of_an_archive_is_named_in_the_path(tmp_path):
    path = written(tmp_path, zipped(small_txt=b"a 1\n", large_txt=b"a 1 2\n"), "g.zip")
    assert read_vectors(path / "large.txt").dimensions == 2
    with pytest.raises(RequestError, match=r"2 files: give the path of one: .*g\.zip/small\.txt"):
        read_vectors(path)
    with pytest.raises(RequestError, match=r"g\.zip has no 'other\.txt'; it contains small\.txt, large\.txt"):
        read_vectors(path / "other.txt")


@pytest.mark.parametrize("header", [b"", b"5 2\n"])
@pytest.mark.parametrize("only", [None, [". . .", "at me@x", "1999"]])
def test_words_may_contain_spaces_and_be_numbers(tmp_path, header, only):
    content = header + b"1999 1 2\n. . . 3 4\nat me@x 5 6\n7 8 9\n.. 0 1\n"
    vectors = read_vectors(written(tmp_path, content), only=only)
    assert vectors.words == ["1999", ". . .", "at me@x", "7", ".."][: 3 if only else 5]
    np.testing.assert_array_equal(vectors.matrix[:3], [[1, 2], [3, 4], [5, 6]])


@pytest.mark.parametrize("content", [b"3 1\na 1\nb 2\nc 3\n", b"a 1\nb 2\nc 3\n"])
def test_one_dimension_with_and_without_header(tmp_path, content):
    assert read_vectors(written(tmp_path, content)).matrix.tolist() == [[1], [2], [3]]


@pytest.mark.parametrize(
    "content", [b"a 1 2\nb 3 4\na 5 6\n", binary([b"a", b"b", b"a"], np.array([[1, 2], [3, 4], [5, 6]]))]
)
def test_the_first_vector_of_a_word_is_used_and_said(tmp_path, content):
    said = Said()
    vectors = read_vectors(written(tmp_path, content), progress=said)
    assert (vectors.words, vectors.matrix.tolist()) == (["a", "b"], [[1, 2], [3, 4]])
    assert "1 word occur" in said.lines[0]


def test_words_of_a_binary_that_are_not_utf8_are_kept_and_said(tmp_path):
    said = Said()
    vectors = read_vectors(written(tmp_path, binary([b"a", b"caf\xc3"], np.ones((2, 2)))), progress=said)
    assert vectors.words == ["a", "caf\ufffd"]
    assert "1 word" in said.lines[0]
    assert "not UTF-8" in said.lines[0]


NOVEL = b"It was the best of times,\nit was the worst of times,\nit was the age of wisdom 1775\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "v.txt: it is empty"),
        (b"\n \n", "it is empty"),
        (gzip.compress(b"", mtime=0), "it is empty"),
        (b"a 1 2\nb 3 4\nc 5\n", "v.txt:3: 1 number after 'c', expected 2 as in the first lines"),
        (b"a 1 2\nb 3 4\nc 5 6 7\n", "v.txt:3: 3 numbers after 'c', expected 2"),
        (b"a 1 2\nb 3\nc 4 5 6\nd 7 8\n", "v.txt:2: 1 number after 'b', expected 2"),
        (b"a 1 2\nb\nc 4 5\n", "v.txt:2: 0 numbers after 'b', expected 2"),
        (b"a 1 2\n 3 4\nc 4 5\n", "v.txt:2: there is no word before 2 numbers"),
        (b"2 3\na 1 2\nb 3 4\n", "v.txt:2: 2 numbers after 'a', expected 3 as the header .line 1. says"),
        (b"3 2\na 1 2\nb 3 4\n", "says 3 words, but there are 2: the file is not complete, or the header is wrong"),
        (b"1 2\na 1 2\nb 3 4\n", "says 1 word, but there are 2"),
        (b"0 5\n", "it is no file of word vectors"),
        (b"9 0\na 1 2\n", "it is no file of word vectors"),
        (b"9 999999\na 1 2\n", "999,999 dimensions are more than"),
        (b"a 1 2\nb 3 x\nc 5 6\n", "v.txt:2: 'x' in the vector of 'b' is not a number"),
        (b"a 1 2\nb 3 1.2.3\nc 5 6\n", "v.txt:2: '1.2.3' in the vector of 'b'"),
        (b"a 1 2\nb 3 1,5\nc 5 6\n", "v.txt:2: '1,5' in the vector of 'b'"),
        (b"a 1 2\nb 3 nan\nc 5 6\n", "v.txt:2: the vector of 'b' contains nan"),
        (b"a 1 2\nb -inf 3\nc 5 6\n", "v.txt:2: the vector of 'b' contains -inf"),
        (b"a 1 2\nb 1e39 3\nc 5 6\n", "v.txt:2: the vector of 'b' contains 1e39"),
        (b"a 1 2\ncaf\xe9 3 4\nc 5 6\n", r"v.txt:2: the word 'caf\\xe9' is not UTF-8"),
        (NOVEL, "no file of word vectors: each line must be a word and its numbers.*line 1 is 'It was the best"),
        (b"word,x,y\na,1,2\nb,3,4\n", "no file of word vectors"),
        (b"a 1 2\nb 3\0 4\nc 5 6\n", r"no file of word vectors.*line 2 is 'b 3\\x00 4'"),
        (bytes(range(256)) * 9, "no file of word vectors"),
        (b"x" * (1 << 25), "no file of word vectors"),
        ("a 1 2\n".encode("utf-16"), "UTF-16: save it as UTF-8"),
        (b"\x80\x04\x95 pickled", "pickle, which can run code"),
        (b"\xba\x16\x4f\x2f model", r"a model of fastText: use its \.vec file"),
        pytest.param(gzip.compress(GLOVE * 999)[:-20], "is damaged or incomplete", id="gzip without its end"),
        pytest.param(gzip.compress(bytes(99) + GLOVE)[:30], "is damaged or incomplete", id="gzip of 30 bytes"),
        (zipped(v_txt=GLOVE * 99)[:-80], "is damaged or incomplete"),
        (binary([b"a", b"b"], MATRIX[:2], header=b"3 3\n"), "it ends after 2 of the 3 words of 3 dimensions"),
        (binary([b"a", b"b"], MATRIX[:2], header=b"999999999999 3\n"), "it ends after 2 of the 999,999,999,999 words"),
        (binary([b"a", b"b"], MATRIX[:2], header=b"1 3\n"), "there is more after the 1 word of"),
        (binary([b"a", b"b"], MATRIX[:2])[:-5], "it ends after 1 of the 2 words"),
        (binary([b"a", b"b"], MATRIX[:2], header=b"2 99999\n"), "it ends after 0 of the 2 words"),
        (binary([b"a", b"b"], MATRIX[:2], header=b"2 9999999\n"), "9,999,999 dimensions"),
        (binary([b"a", b"b"], MATRIX[:2] * np.nan), "the vector of 'a' contains a NaN"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_explained(tmp_path, content, message):
    with pytest.raises(DataError, match=message):
        read_vectors(written(tmp_path, content))


def test_an_npz_of_whole_numbers(tmp_path):
    counts = np.arange(6).reshape(3, 2)
    vectors = read_vectors(written(tmp_path, npz(words=np.array(WORDS), vectors=counts), "v.npz"))
    assert vectors.matrix.dtype == np.float32
    assert vectors.matrix.tolist() == counts.tolist()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npz(words=np.array(WORDS)), "it must contain the arrays words and vectors"),
        (npz(words=np.array(WORDS), vectors=MATRIX[:2]), r"vectors must be an array of numbers \(3, dimensions\)"),
        (npz(words=np.array([1, 2, 3]), vectors=MATRIX), "words must be an array of texts"),
        (npz(words=np.array(WORDS), vectors=MATRIX + np.inf), "the vector of 'the' contains a NaN or an infinity"),
        (npz(words=np.array(WORDS, object), vectors=MATRIX), "Python objects, which are not read"),
        (npz(words=np.array(WORDS), vectors=MATRIX)[:200], "damaged or incomplete"),
        (zipped(words_npy=b"\x93NUMPY junk", vectors_npy=b""), "cannot be read"),
        (
            npz(words=np.array([0x7FFFFFFF, 97], "<u4").view("<U1"), vectors=MATRIX[:2]),
            "numbers that are no characters",
        ),
        (npz(words=np.array([0xD800, 97], "<u4").view("<U1"), vectors=MATRIX[:2]), "numbers that are no characters"),
    ],
)
def test_an_npz_that_cannot_be_read_is_explained(tmp_path, content, message):
    with pytest.raises(DataError, match=message):
        read_vectors(written(tmp_path, content, "v.npz"))


def test_an_npz_with_a_header_that_promises_more_is_refused(tmp_path):
    """Before memory is taken for it."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (10**12, 3)})
    with pytest.raises(DataError, match="cannot be read"):
        read_vectors(written(tmp_path, zipped(words_npy=file.getvalue(), vectors_npy=file.getvalue()), "v.npz"))


def test_what_is_no_file_is_named(tmp_path):
    with pytest.raises(RequestError, match="is a directory; give a file"):
        read_vectors(tmp_path)
    with pytest.raises(RequestError, match="there is no file"):
        read_vectors(tmp_path / "nothing.txt")
    with pytest.raises(RequestError, match="there is no file"):
        read_vectors(tmp_path / "nothing.npz")
