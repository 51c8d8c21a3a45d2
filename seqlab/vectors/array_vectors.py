"""Word vectors as NumPy arrays in one file (.npz): `words` (words,) text and `vectors` (words, dimensions) float32.

No pickle: reading such a file runs no code.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

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
    if vectors.dtype.kind != "f" or vectors.ndim != 2 or len(vectors) != len(words):
        raise DataError(
            f"{path}: vectors must be an array of floats ({len(words)}, dimensions), a row for each of the words, got "
            f"{vectors.dtype} {vectors.shape}"
        )
    if not vectors.size:
        raise DataError(f"{path}: it has {counted(len(words), 'word')} and vectors {vectors.shape}, no number at all")
    matrix = vectors.astype(np.float32, copy=False)
    finite = np.isfinite(matrix).all(axis=1)
    if not finite.all():
        word = str(words[int(np.argmin(finite))])
        raise DataError(f"{path}: the vector of {quoted(word)} contains a NaN or an infinity: correct or remove it")
    return WordVectors(words.tolist(), matrix)


def _array(path: Path, name: str, content: bytes) -> np.ndarray:
    """The array in the bytes of an .npy file, without a copy. Its size is that of the bytes, whatever its header says.

    Raises DataError.
    """
    file = io.BytesIO(content)
    try:
        major, _ = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read_header(file)
        if dtype.hasobject:
            raise ValueError("it contains Python objects, which are not read")
        array: np.ndarray = np.frombuffer(content, dtype, offset=file.tell())
        return array.reshape(shape, order="F" if fortran else "C")
    except ValueError as error:
        raise DataError(f"{path}: {name} cannot be read: {error}") from error
