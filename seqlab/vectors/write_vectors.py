"""Writes word vectors: word2vec text (.txt, .vec) and binary (.bin), NumPy arrays (.npz), and the two tables that
TensorBoard's projector reads (.tsv).

In word2vec's formats a space ends a word and a line end ends a line, so words that contain white space cannot be
written there: they are refused, not changed. The other formats take any word.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from seqlab import files
from seqlab.errors import RequestError
from seqlab.text_format import counted, quoted, visible
from seqlab.vectors.binary_vectors import FLOAT
from seqlab.vectors.word_vectors import WordVectors

ROWS = 1000
"""Rows that are formatted at once."""
LARGEST_ARRAY = 1 << 30
"""Bytes of the words in an .npz file, where each takes as many as the longest."""


def write_vectors(vectors: WordVectors, path: str | Path) -> list[Path]:
    """Write vectors in the format that the ending of `path` names; returns the files: two for `.tsv`, else one.

    `NAME.tsv` has the vectors, `NAME.metadata.tsv` beside it the words. A file is complete or absent. Raises
    RequestError for other endings, for words that the format cannot hold, and for a `NAME.metadata.tsv` that is there
    with other content: the user did not name it.
    """
    path = Path(path)
    written = dict(zip(files_written(path), (WRITERS[path.suffix], _metadata), strict=False))
    if path.suffix in {".txt", ".vec", ".bin"}:
        _refuse_white_space(vectors, path)
        _refuse_half_characters(vectors, path)
    for beside in [each for each in written if each != path and os.path.lexists(each)]:
        _refuse_other_content(vectors, beside, path)
    for target, write in written.items():
        with files.new_file(target) as file:
            write(vectors, file)
    return list(written)


def files_written(path: Path) -> list[Path]:
    """The files that `write_vectors` writes for a path. Raises RequestError for a name that says no format."""
    if path.suffix not in WRITERS:
        raise RequestError(
            f"cannot write vectors to {path}: its name must end with .txt or .vec (word2vec text), .bin (word2vec "
            "binary), .npz (NumPy) or .tsv (TensorBoard's projector)"
        )
    return [path, path.with_suffix(".metadata.tsv")] if path.suffix == ".tsv" else [path]


def _refuse_other_content(vectors: WordVectors, beside: Path, path: Path) -> None:
    metadata = io.BytesIO()
    _metadata(vectors, metadata)
    same_size = beside.is_file() and beside.stat().st_size == metadata.tell()
    if not same_size or beside.read_bytes() != metadata.getvalue():
        raise RequestError(
            f"{beside} is there with other content, and the words of {path.name} would replace it: choose another name"
        )


def _refuse_white_space(vectors: WordVectors, path: Path) -> None:
    """Readers split at ASCII white space, or as Python does at all white space; so that is what is refused."""
    unwritable = [word for word in vectors.words if word.split() != [word]]
    if unwritable:
        shown = ", ".join(quoted(word) for word in unwritable[:3])
        raise RequestError(
            f"{counted(len(unwritable), 'word')} cannot be written to {path.name}, because white space ends a word "
            f"there: {shown}{', …' if len(unwritable) > 3 else ''}; write .npz or .tsv, which take any word"
        )


def _refuse_half_characters(vectors: WordVectors, path: Path) -> None:
    unwritable = [word for word in vectors.words if any("\ud800" <= each <= "\udfff" for each in word)]
    if unwritable:
        raise RequestError(
            f"{counted(len(unwritable), 'word')} cannot be written to {path.name}, because half a character is none in "
            f"UTF-8: {quoted(unwritable[0])}; write .npz or .tsv, which take any word"
        )


def _text(vectors: WordVectors, file: BinaryIO) -> None:
    file.write(f"{len(vectors)} {vectors.dimensions}\n".encode())
    for words, numbers in _lines(vectors, " "):
        file.write("".join(f"{word} {row}\n" for word, row in zip(words, numbers, strict=True)).encode())


def _binary(vectors: WordVectors, file: BinaryIO) -> None:
    file.write(f"{len(vectors)} {vectors.dimensions}\n".encode())
    for word, row in zip(vectors.words, vectors.matrix.astype(FLOAT, copy=False), strict=True):
        file.write(word.encode() + b" " + row.tobytes() + b"\n")


def _arrays(vectors: WordVectors, file: BinaryIO) -> None:
    longest = max(map(len, vectors.words), default=0)
    if 4 * longest * len(vectors) > LARGEST_ARRAY:
        raise RequestError(f"a word of {longest:,} characters is too long for .npz; write another format")
    if ends := [word for word in vectors.words if word.endswith("\0")]:
        raise RequestError(f"NumPy drops the NUL at the end of {quoted(ends[0])}; write .tsv")
    np.savez(file, words=np.array(vectors.words, dtype=np.str_), vectors=vectors.matrix, allow_pickle=False)


def _projector(vectors: WordVectors, file: BinaryIO) -> None:
    for _, numbers in _lines(vectors, "\t"):
        file.write("".join(f"{row}\n" for row in numbers).encode())


def _metadata(vectors: WordVectors, file: BinaryIO) -> None:
    """One column without a name, as the projector expects it: a word per line, control characters escaped."""
    file.write("".join(f"{visible(word) if word.strip() else repr(word)}\n" for word in vectors.words).encode())


def _lines(vectors: WordVectors, separator: str) -> Iterator[tuple[list[str], list[str]]]:
    """Words, and the text of their numbers: the shortest that is read back as the same float32."""
    for start in range(0, len(vectors), ROWS):
        block = vectors.matrix[start : start + ROWS].astype(np.float32, copy=False)
        texts = block.astype(np.str_)  # the shortest text of each, as `repr` of a float32 has it
        yield list(vectors.words[start : start + ROWS]), [separator.join(row) for row in texts.tolist()]


WRITERS: Mapping[str, Callable[[WordVectors, BinaryIO], None]] = {
    ".txt": _text,
    ".vec": _text,
    ".bin": _binary,
    ".npz": _arrays,
    ".tsv": _projector,
}
"""Ending → what writes it."""
