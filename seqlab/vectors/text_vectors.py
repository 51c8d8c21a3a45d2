"""Reads word vectors from text: a line per word with its numbers, with or without a header `words dimensions`.

GloVe writes no header; word2vec and fastText (.vec) do. Numbers are parsed by blocks of lines, in C. Lines that are not
`word number number …` with one space between them (words that contain spaces, several spaces) are looked at one by one.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from seqlab.errors import DataError
from seqlab.text_format import counted, quoted_bytes
from seqlab.vectors.collected import MOST_DIMENSIONS, CollectedVectors
from seqlab.vectors.vector_source import VectorSource

NUMBER = re.compile(rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf|infinity)", re.IGNORECASE)
FRACTION = re.compile(rb"(?=.*[.eE])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
"""A number that no word is: years are words."""
HEADER = re.compile(rb"[ \t]*(\d{1,15})[ \t]+(\d{1,15})[ \t\r]*")
"""A first line `words dimensions`."""
SAMPLE = 20
"""First lines that tell the number of dimensions where there is no header."""
LONGEST_LINE = 1 << 24
"""Bytes. 100,000 dimensions fit."""
NO_VECTORS = "it is no file of word vectors: each line must be a word and its numbers, separated by spaces"


@dataclass(frozen=True)
class Header:
    """What the first line says."""

    words: int
    dimensions: int


def header_of(line: bytes) -> Header | None:
    match = HEADER.fullmatch(line)
    return Header(int(match[1]), int(match[2])) if match else None


def read_text(source: VectorSource, collected: CollectedVectors) -> None:
    """Add the vectors of a text to `collected`. Raises DataError with the line of what cannot be read."""
    lines = _Lines(source, collected)
    for block in _whole_lines(source):
        lines.add(block)
    if not lines.rows:
        raise source.error(NO_VECTORS)
    if lines.header is not None and lines.rows != lines.header.words:
        raise source.error(
            f"the header (line 1) says {counted(lines.header.words, 'word')}, but there are {lines.rows:,}: the file "
            "is not complete, or the header is wrong; download the file again, or correct its first line"
        )


def _whole_lines(source: VectorSource) -> Iterator[bytes]:
    """Blocks that end where a line ends, without byte order mark and last line end."""
    rest, first, old_mac = b"", True, False
    while content := source.read():
        if first:
            content, first = content.removeprefix(b"\xef\xbb\xbf"), False
            old_mac = b"\r" in content[:-1] and b"\n" not in content
        content = rest + (content.replace(b"\r", b"\n") if old_mac else content)
        end = content.rfind(b"\n")
        if end < 0:
            if len(content) > LONGEST_LINE:
                raise source.error(NO_VECTORS)
            rest = content
            continue
        yield content[:end]
        rest = content[end + 1 :]
    if rest:
        yield rest


@dataclass
class _Rows:
    """Words, their numbers as text, and the lines on which they are."""

    lines: list[int] = field(default_factory=list)
    words: list[bytes] = field(default_factory=list)
    numbers: list[bytes] = field(default_factory=list)

    def add(self, line: int, word: bytes, numbers: bytes) -> None:
        self.lines.append(line)
        self.words.append(word)
        self.numbers.append(numbers)

    def lines_again(self) -> Iterator[tuple[int, bytes]]:
        """Line number and line."""
        for line, word, numbers in zip(self.lines, self.words, self.numbers, strict=True):
            yield line, word + b" " + numbers


@dataclass
class _Lines:
    """Parses one block of lines after the other."""

    source: VectorSource
    collected: CollectedVectors
    header: Header | None = None
    dimensions: int = 0
    """0 before the first block."""
    line: int = 1
    """The number of the next block's first line."""
    rows: int = field(default=0, init=False)

    def add(self, block: bytes) -> None:
        lines = (block.replace(b"\t", b" ") if b"\t" in block else block).split(b"\n")
        start, self.line = self.line, self.line + len(lines)
        if not self.dimensions:
            self._begin(lines, block)
            if self.header is not None:
                start, lines = start + 1, lines[1:]
        regular = block.count(b" ") == self.dimensions * len(lines)
        rows = self._rows(start, lines) if regular else self._rows_of_irregular(start, lines)
        if rows.words:
            self._parse(rows)

    def _begin(self, lines: Sequence[bytes], block: bytes) -> None:
        """Recognize the header and the number of dimensions by the first lines."""
        first = [line.split() for line in lines[: SAMPLE + 1] if line.strip()]
        header = header_of(lines[0])
        if header and (header.dimensions == 1 or len(first) == 1 or len(first[1]) > 2):
            self.header, self.dimensions = header, header.dimensions
        else:
            widths = Counter(map(_numbers_at_end, first)) or {0: 0}
            self.dimensions = max(widths, key=lambda width: (widths[width], width))
            self._refuse_no_words(first)
        if not self.dimensions or b"\0" in block[:4096]:
            number, line = next(((at, each) for at, each in enumerate(lines, 1) if b"\0" in each), (1, lines[0]))
            raise self.source.error(f"{NO_VECTORS}; line {number:,} is {quoted_bytes(line.strip())}")
        if self.dimensions > MOST_DIMENSIONS:
            raise self.source.error(f"{self.dimensions:,} dimensions are more than {MOST_DIMENSIONS:,}; {NO_VECTORS}")
        self.collected.dimensions = self.dimensions

    def _refuse_no_words(self, first: Sequence[Sequence[bytes]]) -> None:
        """Raises DataError for lines of numbers alone: the projector's tables keep their words in another file."""
        if first and all(FRACTION.fullmatch(parts[0]) for parts in first):
            raise self.source.error(
                f"its lines have numbers alone, such as {quoted_bytes(first[0][0])}, and no words: if they are "
                "TensorBoard's projector's, export the vectors as .txt, .bin or .npz instead"
            )

    def _rows(self, start: int, lines: Sequence[bytes]) -> _Rows:
        """The wanted of the lines, where there are as many spaces as there should be."""
        self._count(len(lines))
        rows = _Rows()
        for number, line in enumerate(lines, start):
            word, _, numbers = line.partition(b" ")
            if not self.collected.wants(word):
                continue
            if not word or numbers.count(b" ") != self.dimensions - 1:
                word, numbers = self._unusual(number, line)
            rows.add(number, word, numbers)
        return rows

    def _rows_of_irregular(self, start: int, lines: Sequence[bytes]) -> _Rows:
        """The same of other lines, each of which is checked for its width, wanted or not."""
        rows, read = _Rows(), 0
        for number, line in enumerate(map(bytes.rstrip, lines), start):
            if not line:
                continue
            read += 1
            word, _, numbers = line.partition(b" ")
            if not word or numbers.count(b" ") != self.dimensions - 1:
                word, numbers = self._unusual(number, line)
            if self.collected.wants(word):
                rows.add(number, word, numbers)
        self._count(read)
        return rows

    def _count(self, rows: int) -> None:
        self.rows += rows
        self.collected.advance(rows)

    def _unusual(self, number: int, line: bytes) -> tuple[bytes, bytes]:
        """Word and numbers of a line with more or fewer spaces than usual: a word may contain spaces."""
        parts = line.split()
        extra = parts[1 : -self.dimensions]
        if len(parts) <= self.dimensions or (extra and all(map(NUMBER.fullmatch, extra))):
            if len(parts) == self.dimensions and all(map(NUMBER.fullmatch, parts)):
                raise self._error(number, f"there is no word before {counted(len(parts), 'number')}: correct the line")
            shown = quoted_bytes(parts[0])
            raise self._error(
                number,
                f"{counted(len(parts) - 1, 'number')} after {shown}, expected {self.dimensions} as {self._why()}",
            )
        start = line if not extra else line.rsplit(None, self.dimensions)[0]
        return (parts[0] if not extra else start.lstrip()), b" ".join(parts[-self.dimensions :])

    def _why(self) -> str:
        if self.header is not None:
            return "the header (line 1) says: correct the line, or the header"
        return "in the first lines: correct the line, or download the file again"

    def _parse(self, rows: _Rows) -> None:
        matrix = _numbers(rows.numbers)
        if matrix.size != len(rows.words) * self.dimensions:
            # Between the numbers are several spaces, or something is not a number.
            texts = [self._unusual(*each)[1] for each in rows.lines_again()]
            matrix = _numbers(texts)
            if matrix.size != len(rows.words) * self.dimensions:
                raise self._no_number(rows)
        matrix = matrix.reshape(len(rows.words), self.dimensions)
        finite = np.isfinite(matrix).all(axis=1)
        if not finite.all():
            row = int(np.argmin(finite))
            value = rows.numbers[row].split()[int(np.argmin(np.isfinite(matrix[row])))]
            raise self._error(
                rows.lines[row],
                f"the vector of {quoted_bytes(rows.words[row])} contains {value.decode()}, which is no finite number "
                "in 32 bits: correct or remove the line",
            )
        self.collected.add(self._decoded(rows), matrix)

    def _decoded(self, rows: _Rows) -> list[str]:
        try:
            return b"\n".join(rows.words).decode("utf-8").split("\n")
        except UnicodeDecodeError:
            for number, word in zip(rows.lines, rows.words, strict=True):
                if word.decode("utf-8", errors="replace").encode() != word:
                    raise self._error(
                        number,
                        f"the word {quoted_bytes(word)} is not UTF-8: save the file as UTF-8, or remove the line",
                    ) from None
            raise

    def _no_number(self, rows: _Rows) -> DataError:
        for number, word, text in zip(rows.lines, rows.words, rows.numbers, strict=True):
            for part in text.split():
                if not NUMBER.fullmatch(part):
                    return self._error(
                        number,
                        f"{quoted_bytes(part)} in the vector of {quoted_bytes(word)} is not a number: correct the line",
                    )
        return self.source.error(NO_VECTORS)

    def _error(self, number: int, problem: str) -> DataError:
        return DataError(f"{self.source.name}:{number}: {problem}")


def _numbers(texts: Sequence[bytes]) -> np.ndarray:
    """All numbers of the texts, float32; empty if one of them is no number."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # numpy before 2.3 warns of what it cannot parse
            return np.fromstring(b" ".join(texts), np.float32, sep=" ")
    except (ValueError, DeprecationWarning):
        return np.empty(0, np.float32)


def _numbers_at_end(parts: Sequence[bytes]) -> int:
    """How many numbers follow the word of a line, which may be a number itself."""
    count = 0
    while count < len(parts) - 1 and NUMBER.fullmatch(parts[-1 - count]):
        count += 1
    return count
