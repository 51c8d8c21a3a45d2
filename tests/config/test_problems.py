"""How a problem is shown: the line, and a caret below what is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.config.problems import ConfigError, Problem, _columns, excerpt
from seqlab.errors import RequestError


def test_a_block():
    problem = Problem("a.yaml", 3, 11, "training.epochs", "'banana' is text; expected a number", "  epochs: banana")
    assert str(problem) == (
        "a.yaml:3:11: training.epochs: 'banana' is text; expected a number\n"
        "      epochs: banana\n"
        "              ^"
    )  # fmt: skip


def test_the_command_line_has_no_line_numbers_and_a_dict_no_lines():
    assert str(Problem("command line", None, 3, "a", "wrong", "a=b")) == "command line: a: wrong\n    a=b\n      ^"
    assert str(Problem("config", None, None, "a", "wrong", "")) == "config: a: wrong"


def test_long_messages_wrap_between_words():
    lines = str(Problem("a.yaml", 1, 1, "b", "word " * 40, "b")).splitlines()
    assert max(map(len, lines)) <= 79
    assert all(line.startswith("    ") for line in lines[1:])


def test_an_error_has_all_problems_and_exit_code_2():
    problems = [Problem("a", 1, 1, "b", "one", "b"), Problem("a", 2, 1, "c", "two", "c")]
    error = ConfigError(problems)
    assert isinstance(error, RequestError)
    assert (error.exit_code, error.problems) == (2, problems)
    assert str(error) == "a:1:1: b: one\n    b\n    ^\na:2:1: c: two\n    c\n    ^"


@pytest.mark.parametrize(
    ("line", "column", "shown", "caret"),
    [
        ("a: x", 3, "a: x", 3),
        ("中文: x", 4, "中文: x", 6),  # wide characters fill two columns
        ("e\u0301: x", 4, "e\u0301: x", 3),  # a combining accent fills none
        ("😀: x", 3, "😀: x", 4),
        ("\ta: x", 1, r"\ta: x", 2),
        ("a: \x1b[31mx", 3, r"a: \x1b[31mx", 3),
        ("a:\xa0x", 3, r"a:\xa0x", 6),
        ("a: \u202ex", 4, r"a: \u202ex", 9),
        ("a:", 2, "a:", 2),
    ],
)
def test_the_caret_is_below_the_problem(line, column, shown, caret):
    assert excerpt(line, column) == (shown, " " * caret + "^")


@pytest.mark.parametrize("column", [0, 1, 300, 599, 600])
def test_long_lines_are_cut_around_the_caret(column):
    line = "".join(chr(ord("a") + number % 26) for number in range(600))
    shown, caret = excerpt(line, column)
    assert len(shown) <= 75
    assert len(caret) <= 75
    if column < len(line):
        assert shown[caret.index("^")] == line[column]


@given(st.text(), st.data())
def test_an_excerpt_fits_and_has_no_control_characters(line, data):
    column = data.draw(st.integers(0, len(line)))
    shown, caret = excerpt(line, column)
    assert shown.isprintable()
    assert sum(map(_columns, shown)) <= 80  # an accent over a letter fills none
    assert caret.strip() == "^"
