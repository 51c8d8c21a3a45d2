"""Reads word vectors from files: GloVe text, word2vec text and binary, fastText (.vec), and .npz.

Any of the texts and binaries may be packed by gzip or be a member of a zip archive. The format is recognized by the
content, except .npz, which is recognized by its name.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from seqlab.progress import SILENT, Progress
from seqlab.text_format import counted, verb
from seqlab.vectors.array_vectors import read_arrays
from seqlab.vectors.binary_vectors import binary_header, read_binary
from seqlab.vectors.collected import CollectedVectors
from seqlab.vectors.text_vectors import read_text
from seqlab.vectors.vector_source import OTHER_FORMATS, VectorSource, open_vectors, refuse_no_file
from seqlab.vectors.word_vectors import WordVectors


def read_vectors(path: str | Path, *, only: Collection[str] | None = None, progress: Progress = SILENT) -> WordVectors:
    """The word vectors in a file, in its order, or those of the words in `only`, whose rows alone are parsed.

    `path`: a file, or `ARCHIVE.zip/MEMBER`. Of a word that has several vectors, the first is kept, and a note says so.
    Raises RequestError if there is no such file, and DataError with file and line for what cannot be read: rows of
    another width, a header that does not fit, numbers that are not finite, damaged archives, files of another kind.
    """
    path = Path(path)
    with progress.step(f"reading {path.name}", unit="words") as step:
        collected = CollectedVectors(only, step)
        if path.suffix == ".npz":
            refuse_no_file(path)
            collected.add_all(read_arrays(path))
            not_utf8 = 0
        else:
            with open_vectors(path) as source:
                not_utf8 = _read(source, collected)
    vectors, repeated = collected.vectors()
    if repeated:
        again = verb(repeated, "occurs", "occur")
        progress.say(f"{path}: {counted(repeated, 'word')} {again} again: the first vector of each is used")
    if not_utf8:
        are = verb(not_utf8, "is", "are")
        progress.say(f"{path}: {counted(not_utf8, 'word')} {are} not UTF-8: what is not is read as U+FFFD")
    return vectors


def _read(source: VectorSource, collected: CollectedVectors) -> int:
    """How many words are not UTF-8."""
    start = source.read()
    if not start.strip():
        raise source.error("it is empty: download it again, or give another file")
    for first_bytes, advice in OTHER_FORMATS:
        if start.startswith(first_bytes):
            raise source.error(advice)
    source.push_back(start)
    header = binary_header(start)
    if header is not None:
        return read_binary(source, header, collected)
    read_text(source, collected)
    return 0
