"""The pages of the documentation as programs: their blocks, their commands, and what these say compared with the page.

A page is Markdown. A comment before a fenced block says what the block is: `<!-- file: NAME -->`, a file to put beside
the others; `<!-- output: RECIPE -->`, commands on data that have to be fetched, whose figures are those of the
recipe's record in docs/results; `<!-- vectors: NAME -->`, commands or Python on vectors that have to be fetched;
`<!-- about: NUMBER -->`, a network that another CPU trains to other weights, so that figures may differ by so much, and
what is drawn of them. What follows a line `$ COMMAND` is what the command says; a line `…` or `^C` stands for any
lines; times, speeds, memory and run ids are masked, and figures may differ by what another CPU rounds.
"""

import contextlib
import io
import itertools
import os
import re
import shlex
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from seqlab.cli.application import app
from seqlab.runs import Run

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))

BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>\w+): (?P<of>\S+) -->\n+)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
ANYTHING = {"…", "^C"}
ROUNDING = 0.005
"""By how much a figure may differ: another CPU adds up in another order."""
BAR = re.compile(r"[+]+|-+")
MASKS = (
    (r"\d{8}-\d{6}-([\w-]+?)(-\d+)?(?=\s|$|')", r"RUN-\1"),
    (r"[\d,.]+[kM]?(/s| examples/s)\b", "SPEED"),
    (r"\b(\d+ min )?[\d,.]+ s\b|\b\d+ h \d+ min\b", "SECONDS"),
    (r"\b(peak memory) +[\d,.]+", r"\1 N"),
    (r"\bat step [\d,]+ in epoch \d+", "at step N in epoch N"),
    (r"\.py:\d+$", ".py:N"),
)
SLOW = re.compile(
    r"^[a-z]+ing\b.* SECONDS$"
    r"|^(importing TensorFlow|loading the run|compiling the training step|reading \S+( and \S+)?)$"
    r"|^the latest run is "
)
"""Steps that are worth a line only where they take more than a second, those that are named when they begin,
and which run is the latest, which a page says by its order."""


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    mark: str = ""
    of: str = ""

    @property
    def commands(self) -> "list[Command]":
        """Of a block of the language `console`."""
        found: list[Command] = []
        lines = iter(self.text.splitlines())
        for line in lines:
            if line.startswith("$ "):
                typed = line[2:]
                while typed.endswith("\\"):
                    typed = typed[:-1] + next(lines).strip()
                found.append(Command(typed))
            elif found:
                found[-1].shown.append(line)
        return found


@dataclass(frozen=True)
class Command:
    typed: str
    shown: list[str] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """Of the last command, where several are joined by `&&`: it prints what the page shows."""
        return shlex.split(self._last, comments=True)

    @property
    def needs_data(self) -> bool:
        """`SEQLAB_DATA_DIR=… seqlab …`"""
        return self._last.startswith("SEQLAB_DATA_DIR=")

    @property
    def _last(self) -> str:
        return self.typed.rpartition("&&")[2].strip()


def blocks(page: Path) -> list[Block]:
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [Block(each["language"], each["text"], each["mark"] or "", each["of"] or "") for each in found]


class Shell:
    """Runs the commands of a page in the current directory, one after the other, in this process."""

    def __init__(self) -> None:
        self.code = 0

    def __call__(self, command: Command) -> list[str]:
        """What it says, line by line."""
        words = command.words
        if words == ["echo", "$?"]:
            said, self.code = [str(self.code)], 0
            return said
        assert self.code == 0, "the command before this one failed, and the page does not say so"
        assert words[0] == "seqlab", f"not a command that a page may run: {command.typed}"
        with _ctrl_c_after_epochs(3) if "^C" in command.shown else contextlib.nullcontext():
            said, self.code = run(words[1:])
        return said.splitlines()


def run(arguments: list[str]) -> tuple[str, int]:
    """Standard output and error of `seqlab ARGUMENTS`, interleaved as a terminal shows them, and the exit code."""
    terminal = io.StringIO()
    with contextlib.redirect_stdout(terminal), contextlib.redirect_stderr(terminal):
        try:
            app(arguments, prog_name="seqlab")
        except SystemExit as end:
            return terminal.getvalue(), int(end.code or 0)
    raise AssertionError("a command ends by raising SystemExit")


@contextlib.contextmanager
def _ctrl_c_after_epochs(epochs: int):
    """Press Ctrl-C when the run that is made has written the figures of some epochs."""
    written, append = itertools.count(1), Run.append_metrics

    def then_press(run: Run, figures: Mapping[str, float]) -> None:
        append(run, figures)
        if next(written) == epochs:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "append_metrics", then_press)
        yield


def run_page(page: Path, folder: Path) -> None:
    """Write the files of a page into `folder`, run its commands and its Python there, compare what they say.

    Commands that are not seqlab's are for the reader to type.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in ("SEQLAB_RUNS_DIR", "SEQLAB_DATA_DIR", "SEQLAB_DEBUG"):
            patch.delenv(name, raising=False)
        _run_blocks(page)


def _run_blocks(page: Path) -> None:
    shell, found = Shell(), blocks(page)
    for block, after in zip(found, [*found[1:], None], strict=True):
        if block.mark == "file":
            Path(block.of).write_text(block.text, encoding="utf-8")
        elif block.language == "python" and not block.mark:
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                exec(compile(block.text, page.name, "exec"), {})
            if after and after.language == "text":
                assert_shown(after.text.splitlines(), said.getvalue().splitlines())
        elif block.language == "console" and block.mark in {"", "about"}:
            rounding = float(block.of or ROUNDING)
            for command in block.commands:
                if command.words[0] in {"seqlab", "echo"} and not command.needs_data:
                    assert_shown(command.shown, shell(command), rounding)


def assert_shown(shown: list[str], said: list[str], rounding: float = ROUNDING) -> None:
    """A page shows what was said, apart from what it leaves out by `…`; a command alone shows nothing."""
    if not shown:
        return
    wanted, found = masked(shown), [line for line in masked(said) if line and not SLOW.match(line)]
    pieces: list[list[str]] = [[]]
    for line in wanted:
        if line in ANYTHING:
            pieces.append([])
        elif line and not SLOW.match(line):
            pieces[-1].append(line)
    place, final = 0, len(pieces) - 1
    for number, piece in enumerate(pieces):
        ends_here = number == final and (piece or final == 0)
        starts = [start for start in range(place, len(found) - len(piece) + 1) if number > 0 or start == 0]
        starts = [start for start in starts if not ends_here or start + len(piece) == len(found)]
        start = next((start for start in starts if _begins(piece, found[start:], rounding)), None)
        assert start is not None, _complaint(piece, said)
        place = start + len(piece)


def _begins(piece: list[str], lines: list[str], rounding: float) -> bool:
    pairs = zip(piece, lines, strict=False)
    return len(lines) >= len(piece) and all(_equal(shown.split(), said.split(), rounding) for shown, said in pairs)


def _equal(shown: list[str], said: list[str], rounding: float) -> bool:
    if rounding > ROUNDING:
        shown, said = _without_bars(shown), _without_bars(said)
    pairs = zip(shown, said, strict=False)
    return len(shown) == len(said) and all(one == other or _near(one, other, rounding) for one, other in pairs)


def _without_bars(words: list[str]) -> list[str]:
    """The words without bars of signs and shades; the dot of a map is a 0."""
    words = [word.strip("░▒▓█") for word in words if not BAR.fullmatch(word)]
    return ["0" if word == "·" else word for word in words if word]


def _near(shown: str, said: str, rounding: float) -> bool:
    """Both are numbers, with a fraction unless much may differ, and nearly equal."""
    fraction = r"(?:\.\d+)?" if rounding > ROUNDING else r"\.\d+"
    numbers = [re.fullmatch(rf"\(?([+-]?\d+{fraction}(?:e[+-]\d+)?)[,)%]*", word) for word in (shown, said)]
    values = [float(number[1]) for number in numbers if number]
    return len(values) == 2 and abs(values[0] - values[1]) <= rounding


def _complaint(missing: list[str], said: list[str]) -> str:
    return "\n".join(["the page shows", *missing, "", "where this was said", *said])


def masked(lines: list[str]) -> list[str]:
    """Lines without what differs from run to run, words one space apart."""
    found = []
    for line in lines:
        for pattern, mask in MASKS:
            line = re.sub(pattern, mask, line)  # noqa: PLW2901
        found.append(" ".join(line.split()))
    return found
