"""UTF-8 and nothing else."""

import pytest

from seqlab.data.sources.text_encoding import decode, read_text
from seqlab.errors import DataError


def test_a_text_is_unchanged_but_for_the_byte_order_mark_of_its_file(tmp_path):
    (tmp_path / "a.txt").write_bytes("\ufeffone\r\n\u2028zwei \ufeff".encode())
    assert read_text(tmp_path / "a.txt") == "one\r\n\u2028zwei \ufeff"
    assert decode("é\0".encode(), "a") == "é\0"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "one\ntw\u00f6".encode("latin-1"),
            r"a is not UTF-8: byte 0xf6 at offset 6 \(line 2\); .*iconv -f WINDOWS-1252",
        ),
        ("one".encode("utf-16"), r"byte 0xff at offset 0 \(line 1\); it looks like UTF-16"),
        (b"\x00\x80", "it looks like a binary file"),
        (b"\xed\xa0\x80", "byte 0xed at offset 0"),
    ],
)
def test_other_encodings_are_named_with_what_to_do(content, message):
    with pytest.raises(DataError, match=message):
        decode(content, "a")
