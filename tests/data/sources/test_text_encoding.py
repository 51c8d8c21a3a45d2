"""The encoding that is named, no other one, and which one the error recommends."""

import gzip

import pytest
from pydantic import ValidationError

from seqlab.data.sources.text_encoding import TextEncoding, decode, likely_encoding, read_text
from seqlab.errors import DataError

ENGLISH = "text,label\nhe didn’t smile once,neg\nrude “waiter” here – again…,neg\n"
FRENCH = "Le café était fermé, le garçon aussi.\nÀ bientôt, peut-être.\n"
SPANISH = "frase número 1\r\nfrase número 2\r\n"
RUSSIAN = "Еда была холодной, но официант был добр.\nБольше не придём.\n"
JAPANESE = "美味しい料理でした,良い\n二度と行きません,悪い\n"


@pytest.fixture
def file(tmp_path):
    """`file(b"…", name)` writes a file and returns its path."""

    def write(content, name="a.txt"):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


def test_a_text_is_unchanged_but_for_the_byte_order_mark_of_its_file(file):
    assert read_text(file("\ufeffone\r\n\u2028zwei \ufeff".encode())) == "one\r\n\u2028zwei \ufeff"
    assert decode("é\0".encode(), "a") == "é\0"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ENGLISH, "windows-1252"),
        (FRENCH, "latin-1"),
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "utf-16"),
        (SPANISH, "utf-16-le"),
        (SPANISH, "UTF_16_BE"),
        (SPANISH, "utf_32"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "utf-8-sig"),
    ],
)
def test_the_encoding_that_is_named(file, text, encoding):
    assert read_text(file(text.encode(encoding)), encoding) == text
    assert read_text(file(gzip.compress(text.encode(encoding)), "a.txt.gz"), encoding) == text


def test_a_mark_is_dropped_in_every_encoding(file):
    assert read_text(file("\ufeffone".encode("utf-16-be")), "utf-16-be") == "one"


@pytest.mark.parametrize(
    "encoding", ["utf-9", "base64", "", "a\0b", "rot13", "idna", "punycode", "unicode_escape", "UTF7"]
)
def test_what_is_no_encoding(encoding):
    with pytest.raises(ValidationError, match="not the name of a text encoding"):
        TextEncoding(encoding=encoding)


@pytest.mark.parametrize(
    ("text", "encoding", "likely"),
    [
        (ENGLISH, "windows-1252", "windows-1252"),
        (FRENCH, "latin-1", "windows-1252"),
        (FRENCH, "mac_roman", None),
        (FRENCH, "cp850", None),
        ("niño, mañana, corazón\n", "cp850", None),
        ("schöne Grüße\n", "mac_roman", None),
        ("It’s „gut“ – for 5 € … an œuvre by Šime, a bit naïve\n", "windows-1252", "windows-1252"),
        (RUSSIAN, "windows-1251", None),
        (JAPANESE, "shift_jis", None),
        (ENGLISH, "utf-16", "utf-16"),
        (ENGLISH, "utf-16-le", "utf-16-le"),
        (SPANISH, "utf-16-be", "utf-16-be"),
        (RUSSIAN, "utf-16-le", "utf-16-le"),
        (JAPANESE, "utf-16-be", "utf-16-be"),
        (JAPANESE, "utf-16-le", "utf-16-le"),
        ("good", "utf-16-le", "utf-16-le"),
        ("日本語7", "utf-16-le", "utf-16-le"),
        ("日本語7", "utf-16-be", "utf-16-be"),
        ("good", "utf-16-be", "utf-16-be"),
        (SPANISH, "utf-32", "utf-32"),
        (SPANISH, "utf-32-le", "utf-32-le"),
        (SPANISH, "utf-32-be", "utf-32-be"),
    ],
)
def test_which_encoding_bytes_look_like(file, text, encoding, likely):
    content = text.encode(encoding)
    assert likely_encoding(content) == likely
    with pytest.raises(DataError) as error:
        read_text(file(content))
    assert f"set data.encoding to {likely or 'the one that it was saved in'}" in str(error.value)
    if likely:
        assert read_text(file(content), likely) == text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "one\ntw\u00f6".encode("latin-1"),
            r"a is not UTF-8: byte 0xf6 at offset 6 \(line 2\); .*iconv -f WINDOWS-1252",
        ),
        (ENGLISH.encode("windows-1252"), r"byte 0x92 .*\(line 2\).*the line then reads 'he didn’t smile once,neg'"),
        (
            "a long evening, and a beautiful light\nbugün akşam\n".encode("windows-1254"),
            r"reads 'bugün akþam'; if that is wrong, it is another: mac_roman, windows-1254 \(Turkish\), iso-8859-2",
        ),
        (
            "Nr.;Kommentar;Länge;Urteil;Jahr\n1;x;2;y;3\n".encode("windows-1252"),
            "the line then reads 'Nr.;Kommentar;Länge;Urteil;Jahr'",
        ),
        (
            f"Nummer;Kommentar eines Gastes;L\u00e4nge;{'x' * 29}\n".encode("windows-1252"),
            f"the line then reads '…;Kommentar eines Gastes;Länge;{'x' * 25}…'",
        ),
        ("one\rtwö three\rfour\n".encode("windows-1252"), "the line then reads 'twö three'"),
        ("one".encode("utf-16"), r"byte 0xff at offset 0 \(line 1\); it looks like UTF-16"),
        (b"\x00\x80", "it looks like a binary file"),
        (b"\xed\xa0\x80", "byte 0xed at offset 0"),
        ((FRENCH * 3).encode() + b"na\xefve", r"\(line 7\); the rest looks like UTF-8: correct that line"),
        (gzip.compress(b"text", mtime=0), r"it is compressed by gzip: give its name the ending \.gz"),
        (b"PK\x03\x04\xff", "Excel workbook or a ZIP archive: export it as CSV"),
        (b"PAR1\xff", "Parquet file: read it with name: parquet"),
    ],
)
def test_what_is_not_utf8_is_named_with_what_to_do(content, message):
    with pytest.raises(DataError, match=message):
        decode(content, "a")


@pytest.mark.parametrize(
    ("content", "encoding", "message"),
    [
        (b"one\ntwo\0three\n\0", "utf-8", r"a\.txt:2: contains the character NUL \(U\+0000\); it is a binary file"),
        (b"one\ntwo\n" * 9 + ENGLISH.encode("utf-16-le"), "utf-8", "NUL"),
        (SPANISH.encode("utf-16-le"), "latin-1", "NUL .*set data.encoding to utf-16-le"),
        (FRENCH.encode(), "ascii", "is UTF-8, not ascii: leave out data.encoding"),
        (FRENCH.encode(), "windows-1252", "is UTF-8, not windows-1252: leave out data.encoding"),
        (b"plain ascii, of an even length.\n", "utf-16-le", "is UTF-8, not utf-16-le"),
        (b"PK\x03\x04\0\0\0", "utf-8", "contains the character NUL .*Excel workbook or a ZIP archive"),
        (
            b"one\n\x93hi\x94",
            "latin-1",
            r"0x93 \(line 2\) .*'“' in windows-1252: set data.encoding to windows-1252",
        ),
        (b"\x8aime", "iso-8859-2", "'Š' in windows-1250: set data.encoding to windows-1250"),
        (b"smile \x81\n", "windows-1252", "a.txt is not windows-1252: byte 0x81 at offset 6"),
    ],
)
def test_another_encoding_than_the_one_that_is_named(file, content, encoding, message):
    with pytest.raises(DataError, match=message):
        read_text(file(content), encoding)


def test_a_file_that_windows_could_not_have_written_is_read_as_named(file):
    assert read_text(file(b"\x81\x93"), "latin-1") == "\x81\x93"
    assert read_text(file("schön".encode("latin-1")), "latin-1") == "schön"


def test_ascii_is_text_in_most_encodings(file):
    for encoding in ("utf-8", "windows-1252", "shift_jis", "utf-8-sig"):
        assert read_text(file(b"plain\n"), encoding) == "plain\n"


def test_a_damaged_gzip_file_of_the_user_is_not_to_be_downloaded(file):
    with pytest.raises(DataError, match=r"a\.txt\.gz is damaged or incomplete .*; pack it again with gzip"):
        read_text(file(gzip.compress(b"text", mtime=0)[:-4], "a.txt.gz"))


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_single_nul_in_a_long_text_is_refused_with_its_line(file, line_end):
    content = line_end.join(["one"] * 200 + ["two\0three"] + ["four"] * 200).encode()
    for path in (file(content), file(gzip.compress(content), "a.txt.gz")):
        with pytest.raises(DataError) as error:
            read_text(path)
        assert str(error.value) == (
            f"{path}:201: contains the character NUL (U+0000); it is a binary file, or damaged: remove the character"
        )
