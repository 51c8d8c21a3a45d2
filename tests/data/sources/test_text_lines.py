"""Lines and pieces read one by one, against the whole file: the same text, and the same message if it is wrong."""

import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.data.sources import archive_checks, text_lines
from seqlab.data.sources.text_encoding import read_text
from seqlab.data.sources.text_lines import read_lines, read_pieces
from seqlab.errors import DataError
from seqlab.text_format import unix_newlines


def both(path, encoding, ends):
    """Lines one by one, and those of the whole file; the message of an error."""
    found = []
    for read in (read_lines, lambda path, encoding, ends: io.StringIO(read_text(path, encoding), newline=ends)):
        try:
            found.append("".join(read(path, encoding, ends)))
        except DataError as error:
            found.append(str(error))
    return found


@given(
    text=st.text(alphabet="aé\r\n\u2028\x85ÿ", max_size=12),
    ends=st.sampled_from(["", "\n", None]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1", "utf-16-le"]),
)
def test_the_lines_are_those_of_the_file(tmp_path_factory, text, ends, encoding):
    path = tmp_path_factory.mktemp("lines") / "a.txt"
    path.write_bytes(text.encode(encoding, "ignore"))
    one, other = both(path, encoding, ends)
    assert one == other


def pieces_and_whole(path, encoding):
    """The text in pieces, read a few bytes at a time, and that of the whole file; the message of an error."""
    found = []
    for read in (read_pieces, lambda path, encoding: [unix_newlines(read_text(path, encoding))]):
        try:
            found.append("".join(read(path, encoding)))
        except DataError as error:
            found.append(str(error))
    return found


@given(
    text=st.text(alphabet="aé\r\n\u2028\x85ÿ😀\ufeff", max_size=12),
    encoding=st.sampled_from(
        ["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1", "utf-16-le", "shift_jis", "iso2022_jp", "gb18030", "hz"]
    ),
    packed=st.booleans(),
    block=st.integers(1, 5),
    without_mark=st.booleans(),
)
def test_the_pieces_are_the_file_whatever_they_cut(tmp_path_factory, text, encoding, packed, block, without_mark):
    path = tmp_path_factory.mktemp("pieces") / ("a.txt.gz" if packed else "a.txt")
    content = text.encode(encoding, "ignore")
    if without_mark and encoding in {"utf-16", "utf-32"}:
        content = content[2 if encoding == "utf-16" else 4 :]
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_lines, "_BLOCK", block)
        one, other = pieces_and_whole(path, encoding)
    assert one == other


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"a\n\xff\n", "utf-8"),
        (b"a\0b\n", "utf-8"),
        ("é\n".encode(), "latin-1"),
        ("é\n".encode("latin-1"), "utf-8"),
        (b"caf\xe9 \x93x\x94\n", "iso-8859-1"),
        (b"caf\xe9 \x81\n", "iso-8859-1"),
        ("plain".encode("utf-16-le"), "utf-8"),
        (b"plain\n", "utf-16"),
        (b"abc", "utf-16-le"),
        ("né\n".encode("utf-16-le"), "utf-16"),
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xef\xbb\xbfa\n", "utf-8"),
        (b"x" * 9_000 + b"\n" + b"y\xff" * 9_000, "utf-8"),
    ],
)
def test_what_is_wrong_is_said_as_of_the_whole_file(tmp_path, content, encoding):
    (tmp_path / "a.txt").write_bytes(content)
    one, other = both(tmp_path / "a.txt", encoding, "")
    assert one == other
    one, other = pieces_and_whole(tmp_path / "a.txt", encoding)
    assert one == other


def test_packed_files_and_their_damages(tmp_path, monkeypatch):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(packed := gzip.compress("é\r\nb\n".encode() * 1_000))
    assert list(read_lines(path, "utf-8", None)) == ["é\n", "b\n"] * 1_000
    path.write_bytes(packed[:-6])
    with pytest.raises(DataError, match=r"a\.txt\.gz"):
        list(read_lines(path))
    path.write_bytes(packed)
    monkeypatch.setattr(text_lines, "BOUNDS", archive_checks.Bounds(size=100))
    with pytest.raises(DataError, match="more than 100 bytes"):
        list(read_lines(path))
    with pytest.raises(DataError, match=r"b\.txt cannot be read"):
        list(read_lines(tmp_path / "b.txt"))


def test_a_file_is_closed_when_its_reader_stops(tmp_path):
    (tmp_path / "a.txt").write_text("a\nb\n", encoding="utf-8")
    lines = read_lines(tmp_path / "a.txt")
    assert next(lines) == "a\n"
    lines.close()
