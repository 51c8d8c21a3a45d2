"""Values of a config and where each is in its source."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.config.source_map import Document, Source, SourceLocation, dotted, paths_of

TEXT = "a: 1\r\nb:\n  c: [2, 3]\u2028d: 4"
FILE = Source("a.yaml", TEXT, is_file=True)


@pytest.mark.parametrize(("found", "line", "column"), [("a:", 1, 1), ("c:", 3, 3), ("3]", 3, 10), ("d:", 4, 1)])
def test_lines_and_columns_start_at_one(found, line, column):
    problem = FILE.problem(TEXT.index(found), ("b", 0), "is\nwrong")
    assert (problem.line, problem.column, problem.path, problem.message) == (line, column, "b.0", "is wrong")


@given(st.text("ab\r\n\u2028\x85", max_size=20), st.data())
def test_the_line_of_a_character_is_one_more_than_the_breaks_before_it(text, data):
    index = data.draw(st.integers(0, len(text)))
    whole = text.replace("\r\n", "\n ")  # one break, and the same length
    before = whole[:index]
    inside_a_break = text[index - 1 : index + 1] == "\r\n"
    breaks = sum(before.count(each) for each in "\n\r\x85\u2028") - inside_a_break
    assert Source("a", text).line(index) == breaks + 1


def test_a_source_without_a_text_has_no_lines():
    problem = Source("python").problem(0, ("a",), "wrong")
    assert (problem.line, problem.column) == (None, None)


@pytest.fixture
def document():
    value = {"a": {"b": [1, 2]}}
    return Document(value, {path: SourceLocation(FILE, number, number) for number, path in enumerate(paths_of(value))})


def test_paths_lead_to_every_value(document):
    assert [dotted(path) for path in paths_of(document.value)] == ["", "a", "a.b", "a.b.0", "a.b.1"]
    assert [document.at(path) for path in (("a", "b", 1), ("a", "c"), ("a", "b", 2), ("a", "b", 0, "d"))] == [
        2,
        None,
        None,
        None,
    ]


def test_a_missing_value_is_located_at_the_value_around_it(document):
    assert document.location(("a", "b", 7, "c")) == document.locations["a", "b"]


def test_replaced_values_have_their_own_locations(document):
    here = SourceLocation(Source("command line"))
    document.replace(("a", "b"), {"c": 5}, {("a", "b"): here, ("a", "b", "c"): here})
    assert document.value == {"a": {"b": {"c": 5}}}
    assert set(document.locations) == {(), ("a",), ("a", "b"), ("a", "b", "c")}
    assert document.location(("a", "b", "c")).on_command_line
    assert document.location(("a",)).origin == "a.yaml:1"
