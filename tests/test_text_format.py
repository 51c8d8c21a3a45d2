"""Text for display: what a terminal would execute is escaped, everything else is kept."""

from hypothesis import given
from hypothesis import strategies as st
from shell import RAW

from seqlab.text_format import counted, quoted, visible


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


def test_values_are_quoted_and_cut():
    assert quoted("a\x1b") == "'a\\x1b'"
    assert quoted("x" * 100) == "'" + "x" * 59 + "…"
    assert quoted(5) == "5"


def test_numbers_with_their_noun():
    assert [counted(number, "cell") for number in (0, 1, 1234)] == ["0 cells", "1 cell", "1,234 cells"]
