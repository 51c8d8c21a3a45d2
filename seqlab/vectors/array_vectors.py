"""Word vectors as NumPy arrays in one file (.npz): `words` (words,) text and `vectors` (words, dimensions) float32.

No pickle: reading such a file runs no code.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seqlab.data.array_file import read_array
from seqlab.data.sources import archives
from seqlab.errors import DataError
from seqlab.text_format import counted, quoted
from seqlab.vectors.word_vectors import WordVectors


def read_arrays(path: Path) -> WordVectors:
    """The vectors of an .npz file, as they are, duplicates included. Raises DataError."""
    arrays = {
        member.name.removesuffix(".npy"): _array(path, member.name, member.read())
        for member in archives.members(path)
        if member.name in {"words.npy", "vectors.npy"}
    }
    if set(arrays) != {"words", "vectors"}:
        raise DataError(f"{path}: it must contain the arrays words and vectors: save them with numpy.savez")
    words, vectors = arrays["words"], arrays["vectors"]
    if words.dtype.kind != "U" or words.ndim != 1:
        raise DataError(f"{path}: words must be an array of texts (words,), got {words.dtype} {words.shape}")
    if vectors.dtype.kind not in "fiu" or vectors.ndim != 2 or len(vectors) != len(words):
        raise DataError(
            f"{path}: vectors must be an array of numbers ({len(words)}, dimensions), a row for each of the words, got "
            f"{vectors.dtype} {vectors.shape}"
        )
    if not vectors.size:
        raise DataError(f"{path}: it has {counted(len(words), 'word')} and vectors {vectors.shape}, no number at all")
    with np.errstate(over="ignore"):  # what becomes infinite is refused
        matrix = vectors.astype(np.float32, copy=False)
    finite = np.isfinite(matrix).all(axis=1)
    if not finite.all():
        word = str(words[int(np.argmin(finite))])
        raise DataError(f"{path}: the vector of {quoted(word)} contains a NaN or an infinity: correct or remove it")
    return WordVectors(_texts(path, words), matrix)


def _texts(path: Path, words: np.ndarray) -> list[str]:
    """Raises DataError for numbers that are no characters, such as halves of some."""
    try:
        texts: list[str] = words.tolist()
        for text in texts:
            text.encode()
    except (SystemError, ValueError) as error:  # ValueError: also of a text that cannot be encoded
        raise DataError(f"{path}: words.npy cannot be read: it contains numbers that are no characters") from error
    return texts


def _array(path: Path, name: str, content: bytes) -> np.ndarray:
    try:
        return read_array(content)
    except ValueError as error:
        raise DataError(f"{path}: {name} cannot be read: {error}") from error
