"""Text for display: what a terminal would execute is escaped, everything else is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import RAW

from seqlab.text_format import (
    counted,
    masked_credentials,
    natural_key,
    number_text,
    one_of,
    part_of,
    quoted,
    quoted_bytes,
    verb,
    visible,
    visible_name,
    without_credentials,
    without_invisible,
)


def test_control_characters_are_escaped_as_python_does():
    assert visible("a\x1b[31m\tb\n") == "a\\x1b[31m\\tb\\n"
    assert visible("\u202eabc\ufeff\ud800") == "\\u202eabc\\ufeff\\ud800"
    assert visible("a\tb\n\x1b", keep="\n\t") == "a\tb\n\\x1b"


@given(st.text())
def test_nothing_dangerous_is_left_and_harmless_text_is_the_same(text):
    shown = visible(text)
    assert not RAW.search(shown)
    assert "\n" not in shown
    shown.encode("utf-8")
    assert visible(shown) == shown


def test_names_that_differ_look_different_and_joiners_stay():
    assert visible_name("no\u200b\u2060\x1b") == "no\\u200b\\u2060\\x1b"
    assert visible_name("\u0645\u06cc\u200c \U0001f469\u200d\U0001f4bb \u2764\ufe0f") == visible(
        "\u0645\u06cc\u200c \U0001f469\u200d\U0001f4bb \u2764\ufe0f"
    )
    assert visible("\u0e01\u200b\u0e02") == "\u0e01\u200b\u0e02", "a space of no width between Thai words"


def test_what_has_no_glyph_is_no_part_of_how_a_text_looks():
    assert without_invisible("a\u200b\ufeffb\u2764\ufe0f\u200d") == "ab\u2764"


def test_values_are_quoted_and_cut():
    assert quoted("a\x1b") == "'a\\x1b'"
    assert quoted("x" * 100) == "'" + "x" * 59 + "…"
    assert quoted(5) == "5"


def test_things_of_which_one_is_meant():
    assert [one_of("abc"[:number]) for number in (1, 2, 3)] == ["a", "a, or b", "a, b, or c"]


def test_numbers_with_their_noun():
    assert [counted(number, "cell") for number in (0, 1, 1234)] == ["0 cells", "1 cell", "1,234 cells"]
    assert [counted(n, "directory", "directories") for n in (0, 1, 2)] == [
        "0 directories",
        "1 directory",
        "2 directories",
    ]
    assert [part_of(number, number, "cell") for number in (1, 1234)] == ["1 of 1 cell", "1,234 of 1,234 cells"]
    assert [verb(number, "is", "are") for number in (0, 1, 2)] == ["are", "is", "are"]


def test_predicted_numbers_have_the_digits_of_their_precision():
    numbers = [3.2000000477, 1234567.25, 12345678.9, 1e15, 1e20, 0.000012345, -0.5, 0.0]
    shown = ["3.2", "1234567", "12345679", "1000000000000000", "1e+20", "1.2345e-05", "-0.5", "0"]
    assert list(map(number_text, numbers)) == shown


def test_bytes_that_are_not_utf8_are_escaped_once():
    assert quoted_bytes(b"caf\xe9") == r"'caf\xe9'"
    assert quoted_bytes("café".encode()) == "'café'"
    assert quoted_bytes(rb"a\b" + b"\x80\n") == r"'a\\b\x80\n'"
    assert quoted_bytes(rb"\udce9") == r"'\\udce9'"  # these are characters, and no byte of another encoding


@given(st.text(max_size=9))
def test_bytes_of_utf8_are_shown_as_their_text(text):
    content = text.encode("utf-8", errors="ignore")
    assert quoted_bytes(content) == quoted(content.decode())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no answer of http://me:hunter2@host/a and b@c", "no answer of http://host/a and b@c"),
        ("https://hunter2@host, http://me:hun@ter2@host", "https://host, http://host"),
        ("http://host/path@2", "http://host/path@2"),
        ("http://host?mail=a@b", "http://host?mail=a@b"),
        ("sqlite:///a@b.db", "sqlite:///a@b.db"),
    ],
)
def test_addresses_lose_their_secrets_alone(text, shown):
    assert without_credentials(text) == shown
    masked = masked_credentials(text)
    assert len(masked) == len(text)
    assert "hunter2" not in masked
    assert [character for character in masked if character not in "*@"] == [each for each in shown if each != "@"]


def test_names_are_sorted_as_people_number_them():
    names = ["a.csv:10", "a.csv:9", "b.csv:1", "a.csv:09x", "row 2", "a", "", "12", "007/1", "7/2", "9" * 5000]
    assert sorted(names, key=natural_key) == [
        "", "007/1", "7/2", "12", "9" * 5000, "a", "a.csv:9", "a.csv:09x", "a.csv:10", "b.csv:1", "row 2",
    ]  # fmt: skip
