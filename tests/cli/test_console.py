"""Data is printed as data."""

import io
import json
import math
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from seqlab.cli import console


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[b]not markup[/b] :smile:", "[b]not markup[/b] :smile:"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("tab\tline\nend\r", r"tab\tline\nend\r"),
        ("NUL\x00 BEL\x07 C1\x9b", r"NUL\x00 BEL\x07 C1\x9b"),
        ("\u0085\u2028\u2029\ufeff", r"\x85\u2028\u2029\ufeff"),
        ("\u202eevil\u202c", r"\u202eevil\u202c"),
        ("lone \udcff", r"lone \udcff"),
        ("שלום עולם — ¿qué? 👩‍👩‍👧 日本語", "שלום עולם — ¿qué? 👩‍👩‍👧 日本語"),
    ],
)
def test_control_characters_are_escaped(text: str, shown: str) -> None:
    assert console.visible(text) == shown


def test_messages_keep_their_lines() -> None:
    assert console.visible("one\ntwo\x1b", keep="\n") == "one\ntwo\\x1b"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.89641, "0.8964"),
        (12_400.4, "12,400"),
        (2_000.4, "2,000"),
        (31.7, "31.7000"),
        (3.1e-05, "3.1e-05"),
        (0.0, "0.0000"),
        (1e60, "1e+60"),
        (-2.5e16, "-2.5e+16"),
        (9.9e15, "9,900,000,000,000,000"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
    ],
)
def test_numbers(value: float, shown: str) -> None:
    assert console.format_number(value) == shown


def test_a_table_outside_a_terminal_is_neither_cut_nor_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    console.print_table(("run", "n"), [("x" * 300, 7), ("[b]é\n", None)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "x" * 300 + "  7"
    assert lines[2] == r"[b]é\n"


def test_a_table_fits_the_terminal() -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=40, no_color=True)
    screen.print(console.table(("run", "result"), [("20261121-203015-imdb", "a long reason " * 5)], "runs"))
    lines = screen.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert all(len(line.rstrip()) <= 40 for line in lines if "\x1b" not in line)


def test_json_is_one_object_or_one_per_line(capsys: pytest.CaptureFixture[str]) -> None:
    console.print_json({"text": "ñ\n"})
    console.print_json({"text": "ñ\n"}, indent=None)
    assert capsys.readouterr().out == '{\n  "text": "ñ\\n"\n}\n{"text": "ñ\\n"}\n'


def test_json_survives_any_text_and_any_number(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"text": "\x1b\x9b\u2028\u202e\udcff\x00", "loss": [math.nan, 0.5]}
    console.print_json(value)
    printed = capsys.readouterr().out
    assert printed.isprintable() or set(filter(lambda c: not c.isprintable(), printed)) == {"\n"}
    assert json.loads(printed) == {"text": value["text"], "loss": [None, 0.5]}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    written = []
    for value in ("", "1"):
        monkeypatch.setenv("NO_COLOR", value)
        monkeypatch.setattr("sys.stderr", Terminal())
        console.print_error("no")
        written.append(sys.stderr.getvalue())  # type: ignore[attr-defined]
    assert ["31m" in each for each in written] == [True, False]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_what_stderr_cannot_take_is_lost_without_an_error():
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        stream = console.error_stream(full.fileno(), full)
        print("lost", file=stream, flush=True)
    reader, writer = os.pipe()
    stream = console.error_stream(writer, sys.stdout)
    print("kept", file=stream, flush=True)
    assert os.read(reader, 10) == b"kept\n"
    os.close(reader)
    print("lost", file=stream, flush=True)
    os.close(writer)


RUN = "20261121-203015-" + "a-very-long-name-" * 5
MESSAGES = [
    f"it stopped. To resume:\n  seqlab train --resume {RUN}",
    f"to continue, use `seqlab train --resume {RUN} training.epochs=20`, which starts a new run",
    f"cannot read /home/{RUN}/{RUN}/texts.csv: no such file",
]


@pytest.mark.parametrize("text", MESSAGES)
@pytest.mark.parametrize("printed", [console.print_error, console.print_note, console.print_sentence])
def test_what_a_user_copies_is_not_broken(
    printed: Callable[[str], None], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    for stream in ("stdout", "stderr"):
        monkeypatch.setattr(sys, stream, Terminal())
    printed(text)
    lines = (sys.stdout.getvalue() + sys.stderr.getvalue()).splitlines()  # type: ignore[attr-defined]
    assert " ".join(lines).removeprefix("error: ") == text.replace("\n", " ")
    (line,) = [line for line in lines if RUN in line]
    quoted = re.search("`.*`|^  .*", text, re.MULTILINE)
    assert (quoted[0] if quoted else RUN) in line


def test_a_terminal_breaks_messages_between_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr("sys.stderr", Terminal())
    console.print_error(f"{'word ' * 40}\n  mine.yaml:3:1: {'an indented line stays whole ' * 4}")
    *lines, last = sys.stderr.getvalue().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 3
    assert all(len(line) <= 80 for line in lines)
    assert " ".join(lines).split() == ["error:", *["word"] * 40]
    assert last.startswith("  mine.yaml:3:1: an indented")
    assert len(last) > 80
