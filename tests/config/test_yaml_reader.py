"""The core schema of YAML 1.2, locations, and what is refused."""

import json
import math

import pytest
from counted import calls_of
from hypothesis import given
from hypothesis import strategies as st

from seqlab.config.problems import ConfigError
from seqlab.config.source_map import Source
from seqlab.config.yaml_reader import LARGEST_FILE, MOST_VALUES, plain_value, read_file, read_yaml
from seqlab.errors import RequestError


def read(text):
    return read_yaml(Source("a.yaml", text, is_file=True))


def refused(text):
    """Line, column and message of the error that stopped the parser."""
    with pytest.raises(ConfigError) as caught:
        read(text)
    [problem] = caught.value.problems
    return problem.line, problem.column, problem.message


def noted(text):
    """Problems that do not stop the parser."""
    return [(problem.line, problem.column, problem.path, problem.message) for problem in read(text).problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001), ("1E5", 100000.0), (".5", 0.5), ("5.", 5.0), ("-1.5e+3", -1500.0), ("+12", 12), ("-0", 0),
        ("0x1F", 31), ("0o17", 15), (".inf", math.inf), ("-.Inf", -math.inf),
        ("true", True), ("FALSE", False), ("null", None), ("~", None), ("", None),
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("1:30", "1:30"), ("010", "010"), ("00.5", "00.5"),
        ("2001-01-01", "2001-01-01"), ("1_000", "1_000"), ("1.2.3", "1.2.3"), ("tRUE", "tRUE"), ("e5", "e5"),
        (".", "."), ("-", "-"), ("+", "+"), ("0x", "0x"), ("١٢", "١٢"), ("1\n", "1\n"), ("9" * 5000, math.inf),
    ],
)  # fmt: skip
def test_what_a_plain_scalar_means(text, value):
    assert plain_value(text) == value
    assert type(plain_value(text)) is type(value)


def test_not_a_number():
    assert math.isnan(plain_value(".nan"))


def test_quotes_and_blocks_are_texts():
    assert read("a: '1'\nb: \"true\"\nc: |\n  1\nd: >-\n  null").value == {
        "a": "1",
        "b": "true",
        "c": "1\n",
        "d": "null",
    }


def test_keys_are_the_text_that_was_written():
    assert read("0: a\ntrue: b\n1e-3: c\nno: d").value == {"0": "a", "true": "b", "1e-3": "c", "no": "d"}


def test_locations_of_all_paths():
    text = "a: 1\nb:\n  - x\n  - {c: 2}\nd:\n"
    locations = read(text).locations
    at = {path: (text[location.key :][:1], text[location.value :][:1]) for path, location in locations.items()}
    assert at[("a",)] == ("a", "1")
    assert at[("b",)] == ("b", "-")
    assert at[("b", 0)] == ("x", "x")
    assert at[("b", 1)] == ("{", "{")
    assert at[("b", 1, "c")] == ("c", "2")
    assert at[("d",)] == ("d", "\n")
    assert locations[("b", 1, "c")].origin == "a.yaml:4"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_line_breaks_are_those_of_yaml(end):
    document = read(f"a: 1{end}b: [1, x]{end}")
    document.add_problem(("b", 1), "here")
    [problem] = document.problems
    assert (problem.line, problem.column, problem.source_line) == (2, 8, "b: [1, x]")


def test_what_python_calls_a_line_end_and_yaml_does_not():
    document = read('a: "x y"\nb: 1'.replace(" y", "\u2028y").replace("\u2028", "\xa0"))
    assert document.locations[("b",)].source.line(document.locations[("b",)].key) == 2
    assert refused("a: 1\x0cb: 2\n")[:2] == (1, 5)


def test_small_aliases_are_written_out():
    document = read("a: &x {b: [1, 2]}\nc: *x")
    assert document.value == {"a": {"b": [1, 2]}, "c": {"b": [1, 2]}}
    assert document.locations[("c", "b", 1)].origin == "a.yaml:1"


def test_all_duplicate_keys():
    assert noted("a: 1\na: 2\nb: {c: 1, c: 2}\na: 3") == [
        (2, 1, "a", "duplicate key 'a' (first on line 1); keep one"),
        (3, 11, "b.c", "duplicate key 'c' (first on line 3); keep one"),
        (4, 1, "a", "duplicate key 'a' (first on line 1); keep one"),
    ]


def test_the_first_of_duplicates_counts():
    assert read("a: 1\n'a': 2").value == {"a": 1}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: !!python/object:os.x 1", (1, 4, "a", "tags such as '!!python/object:os.x' are not supported; remove it")),
        ("a: !x {}", (1, 4, "a", "tags such as '!x' are not supported; remove it")),
        ("a: ! 1", (1, 4, "a", "tags such as '!' are not supported; remove it")),
        ("b: 1\n<<: {c: 1}", (2, 1, "<<", "merge keys ('<<') are not supported; write the keys")),
        ("? [a]\n: 1", (1, 3, "?", "a list or a mapping cannot be a key")),
        ("{{a: b}: 1}", (1, 2, "?", "a list or a mapping cannot be a key")),
        ("?\n: 1", (1, 2, "", "a key is missing before ':'")),
    ],
)
def test_reading_continues_after_an_error(text, problem):
    assert noted(text + "\n") == [problem]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a:\n\tb: 1", (2, 1, "a tab; YAML requires spaces")),
        ("a:\t1", (1, 3, "a tab; YAML requires spaces")),
        ("a: 1\n---\nb: 2", (2, 1, "a second document starts here; a config is one document")),
        ("a: [1, 2\nb: 3", (2, 2, "expected ',' or ']'")),
        ("a: [1, 2", (1, 4, "this '[' is never closed")),
        ("a: {b: 1, c", (1, 4, "this '{' is never closed")),
        ("x: 1\na: 'b\nc: 1", (2, 4, "this quote is never closed")),
        ("a: b: c", (1, 5, "unexpected ':'; indent the line like those above, or quote the text")),
        ("a: 1\n b: 2", (2, 3, "unexpected ':'; indent the line like those above, or quote the text")),
        ("a:\n  b: 1\n c: 2", (3, 2, "does not continue the lines above; indent it like them, or quote all of it")),
        ("a: 'b' c", (1, 8, "does not continue the lines above; indent it like them, or quote all of it")),
        ("a: - b", (1, 4, "unexpected list item; put it on its own line")),
        ("a: @x", (1, 4, "a text cannot start with this character; quote it")),
        ("a: 1\nb\nc: 2", (2, 1, "a key without ':'")),
        ("a: [1,,2]", (1, 7, "expected a value")),
        ('a: "\\q"', (1, 6, r"unknown escape; write '\\' for a backslash, or use single quotes")),
        ("a: *x", (1, 4, "this alias has no anchor above it")),
        ("a: &x 1\nb: &x 2", (2, 4, "duplicate anchor")),
        ("a: !x!y 1", (1, 4, "tags are not supported; remove it")),
        ("%YAML 2.0\n---\na: 1", (1, 1, "not YAML: found incompatible YAML document (version 1.* is required)")),
        ("a: \x00", (1, 4, "YAML does not allow the control character U+0000; remove it")),
        ("a: b\x1b[31m", (1, 5, "YAML does not allow the control character U+001B; remove it")),
        ("a: \udc80", (1, 4, "YAML does not allow the control character U+DC80; remove it")),
    ],
)
def test_refused_with_a_location(text, problem):
    assert refused(text) == problem


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 50_000, "a: &a [*a]", "a: &a {b: *a}"])
def test_nested_too_deep(text):
    assert refused(text)[2] == "nested deeper than 32 levels, the limit for a config"


def test_an_alias_bomb():
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for name, before in zip("bcdefgh", "abcdefg", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    assert refused("\n".join(lines))[2] == f"more than {MOST_VALUES} values, the limit for a config"


def test_the_largest_file_is_given_up_when_there_are_too_many_values():
    problem, calls = calls_of(lambda: refused("- a\n" * (LARGEST_FILE // 4)))
    assert problem[2] == f"more than {MOST_VALUES} values, the limit for a config"
    assert calls < 500 * MOST_VALUES  # a fixed number for each value, and none for those after the last


def test_an_empty_file_is_nothing():
    assert read("").value is None
    assert read("# a comment\n---\n...\n").value is None


class TestFile:
    def test_byte_order_mark_and_dos_line_ends(self, tmp_path):
        (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
        source = read_file(tmp_path / "a.yaml")
        assert read_yaml(source).value == {"a": 1, "b": 2}
        assert source.text[0] == "a"

    def test_not_utf8(self, tmp_path):
        (tmp_path / "a.yaml").write_bytes("ä: 1\n".encode() + b"b: caf\xe9\n")
        with pytest.raises(ConfigError) as caught:
            read_file(tmp_path / "a.yaml")
        [problem] = caught.value.problems
        assert (problem.line, problem.column) == (2, 7)
        assert problem.message == "byte 0xe9 at offset 12 is not UTF-8; save the file as UTF-8"

    def test_utf16(self, tmp_path):
        (tmp_path / "a.yaml").write_bytes("a: 1\n".encode("utf-16"))
        with pytest.raises(ConfigError) as caught:
            read_file(tmp_path / "a.yaml")
        assert caught.value.problems[0].message == "byte 0xff at offset 0 is not UTF-8; save the file as UTF-8"

    def test_absurdly_large(self, tmp_path):
        with (tmp_path / "a.yaml").open("wb") as file:
            file.truncate(1 << 40)
        with pytest.raises(RequestError, match=r"a\.yaml is larger than 256 KiB, the limit for a config"):
            read_file(tmp_path / "a.yaml")

    def test_a_folder_and_nothing(self, tmp_path):
        with pytest.raises(RequestError, match="is a directory; a config is a YAML file"):
            read_file(tmp_path)
        with pytest.raises(RequestError, match=r"b\.yaml cannot be read: No such file or directory"):
            read_file(tmp_path / "b.yaml")


@given(st.text(alphabet=st.sampled_from("ab01:-? []{},#&*!|>'\"%@`\t\n\r\x85\u2028~.e\\\ufeff")))
def test_any_text_is_read_or_refused_with_a_location(text):
    try:
        document = read(text)
    except ConfigError as error:
        problems = error.problems
    else:
        problems = document.problems
        assert all(0 <= location.key <= len(text) for location in document.locations.values())
    assert all(problem.line >= 1 and 1 <= problem.column <= len(problem.source_line) + 1 for problem in problems)
    assert all(str(problem) for problem in problems)


def test_json_with_its_pairs_of_escapes_is_read_as_it_is_meant():
    given = {"emoji \U0001f600": ["\U0001f600", "שלום", "\x1b"]}
    assert read(json.dumps(given)).value == given
    assert noted('a: "x\\ud83d"') == [
        (1, 4, "a", "the lone surrogate U+D83D is not a character; complete or remove it")
    ]
