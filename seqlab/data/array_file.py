"""NumPy arrays in .npy files: those that nobody vouches for, and those that may be larger than memory."""

from __future__ import annotations

import io
import tokenize
import warnings
from pathlib import Path

import numpy as np

from seqlab.data.spool import portions

MALFORMED = (ValueError, TypeError, SyntaxError, tokenize.TokenError, OverflowError, MemoryError, RecursionError)
"""What NumPy raises for a header that is no description of an array: it evaluates it as Python's literals."""


def read_array(content: bytes) -> np.ndarray:
    """The array in `content`, without a copy. Its size is that of the bytes, whatever its header says.

    No pickle: reading runs no code. Raises ValueError.
    """
    file = io.BytesIO(content)
    try:
        major, _ = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
        with warnings.catch_warnings(action="ignore"):  # of headers that Python 2 wrote
            shape, fortran, dtype = read_header(file)
        if dtype.hasobject:
            raise ValueError("it contains Python objects, which are not read")
        array: np.ndarray = np.frombuffer(content, dtype, offset=file.tell())
        return array.reshape([int(length) for length in shape], order="F" if fortran else "C")
    except MALFORMED as error:
        first, *_ = [*str(error).splitlines(), "its header is damaged"]
        raise ValueError(first) from error


def save_array(path: Path, array: np.ndarray) -> None:
    """Write an array (rows, …) as `numpy.save` does; of a mapped one, no more than a part is in memory."""
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(array))
        for part in portions(array):
            file.write(np.ascontiguousarray(part).data)
