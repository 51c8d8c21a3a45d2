"""Bytes and arrays that are written once and may be larger than memory.

A few bytes stay in memory. More are in a file without a name, which the operating system removes once nothing refers to
it, however the process ends.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from seqlab.errors import SeqlabError, system_remedy

IN_MEMORY = 2**24
"""Bytes of a spool that are kept in memory; with more, all are in a file."""
AT_ONCE = 2**20
"""Values of an array that are looked at together."""
_MOST_READ = 2**30
"""Bytes that are asked of the system in one call, which gives 2 GB at most."""


class Spool:
    """Bytes that are appended and can be read at any position."""

    def __init__(self) -> None:
        self._memory = bytearray()
        self._file: BinaryIO | None = None
        self._lock = threading.Lock()
        self._flushed = True
        self.size = 0

    def __del__(self) -> None:
        if self._file is not None:
            self._file.close()

    def append(self, content: bytes | memoryview) -> None:
        """Raises SeqlabError if there is no space left."""
        self.size += len(content)
        if self._file is None and self.size <= IN_MEMORY:
            self._memory += content
            return
        try:
            if self._file is None:
                self._file = _unnamed_file()
                self._file.write(self._memory)
                self._memory = bytearray()
            self._file.write(content)
            self._flushed = False
        except OSError as error:
            raise _unwritable(error) from error

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` to `stop`. Of a file, nothing of them counts as memory of the process; a forked
        process reads it too."""
        if self._file is None:
            return bytes(self._memory[start:stop])
        if not self._flushed:
            self._flush()
        if stop - start <= _MOST_READ and hasattr(os, "pread"):
            return os.pread(self._file.fileno(), stop - start, start)
        with self._lock:
            self._file.seek(start)
            return self._file.read(stop - start)

    def array(self, dtype: np.dtype) -> np.ndarray:
        """All bytes as an array (values,) that cannot be written; of a file, it is mapped into memory."""
        if self._file is None:
            return np.frombuffer(bytes(self._memory), dtype)
        self._flush()
        return np.frombuffer(mmap.mmap(self._file.fileno(), self.size, access=mmap.ACCESS_READ), dtype)

    def _flush(self) -> None:
        assert self._file is not None
        try:
            with self._lock:
                self._file.flush()
        except OSError as error:
            raise _unwritable(error) from error
        self._flushed = True


class ArrayWriter:
    """Collects the portions of an array whose size is not known."""

    def __init__(self, dtype: type | np.dtype | str) -> None:
        self._dtype = np.dtype(dtype)
        self._spool = Spool()

    def append(self, portion: np.ndarray) -> None:
        """Portions are flat."""
        self._spool.append(np.ascontiguousarray(portion, self._dtype).view(np.uint8).data)

    def finish(self) -> np.ndarray:
        """All portions, one after the other: in memory or mapped."""
        return self._spool.array(self._dtype)


def zeros(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An array to write into: in memory, or mapped if it is large."""
    size = int(np.prod(shape)) * dtype.itemsize
    if size <= IN_MEMORY:
        return np.zeros(shape, dtype)
    try:
        with _unnamed_file() as file:
            file.truncate(size)
            return np.frombuffer(mmap.mmap(file.fileno(), size), dtype).reshape(shape)
    except OSError as error:
        raise _unwritable(error) from error


def portions(array: np.ndarray, size: int = AT_ONCE) -> Iterator[np.ndarray]:
    """The array in consecutive parts of `size`. What was read of a mapped one does not stay in memory."""
    mapped = _mapping(array)
    for start in range(0, len(array), size):
        yield array[start : start + size]
        if mapped is not None:
            _release(mapped)


def release(array: np.ndarray) -> None:
    """Give back the memory that holds what was read of a mapped array, or written: the file has it, and it is read
    again if needed."""
    if (mapped := _mapping(array)) is not None:
        _release(mapped)


def _release(mapped: mmap.mmap) -> None:
    if hasattr(mmap, "MADV_DONTNEED"):  # Windows has none
        mapped.madvise(mmap.MADV_DONTNEED)


def _mapping(array: np.ndarray) -> mmap.mmap | None:
    """The mapping of a file in which an array lies."""
    base: object = array
    while base is not None and not isinstance(base, mmap.mmap):
        base = base.obj if isinstance(base, memoryview) else getattr(base, "base", None)
    return base


def _directory() -> Path:
    from seqlab.data.sources.locations import cache_directory  # imports the records, whose texts are here

    return cache_directory() / "temporary"


def _unnamed_file() -> BinaryIO:
    directory = _directory()
    directory.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=directory)


def _unwritable(error: OSError) -> SeqlabError:
    return SeqlabError(
        f"cannot write to {_directory()}, where data that are larger than memory are kept while they "
        f"are read ({error.strerror or error}): "
        f"{system_remedy(error) or 'free space there, or set SEQLAB_CACHE_DIR to another folder'}"
    )
