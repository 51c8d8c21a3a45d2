"""Finds a sentence encoder by the `source` of a config: the name of a package, a path, or a handle of TensorFlow Hub.

A handle (`https://tfhub.dev/...`) is looked up where tensorflow_hub keeps what it downloaded, in a folder named by the
sha1 of the handle, then in the cache of seqlab. Nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from seqlab import files
from seqlab.data.sources.locations import cache_directory, unreadable
from seqlab.encoders.packages import PACKAGES
from seqlab.encoders.text_encoder import TextEncoder
from seqlab.encoders.trust import refuse_unnamed, remember_if_named
from seqlab.errors import RequestError
from seqlab.registry import did_you_mean

GRAPHS = ("saved_model.pb", "saved_model.pbtxt")
"""One of them is in every SavedModel."""


@dataclass(frozen=True)
class FoundEncoder:
    """An encoder that is on this machine, not loaded yet."""

    source: str
    """As a config names it."""
    version: str
    """On which its vectors depend: package and version, or the sha256 of a SavedModel."""
    directory: Path | None = None
    """Of a SavedModel."""

    def copy_to(self, new: Path) -> None:
        """The files of an encoder that has some, into a folder that is there."""
        if self.directory is not None:
            shutil.copytree(self.directory, new, dirs_exist_ok=True)

    def load(self) -> TextEncoder:
        """Raises RequestError if it does not work, or is a SavedModel that the user never named."""
        if self.directory is None:
            return PACKAGES[self.source].encoder()
        refuse_unnamed(self.directory, self.version)
        from seqlab.encoders.saved_model import load_saved_model

        return load_saved_model(self.directory)


def is_handle(source: str) -> bool:
    """Whether a source is an address of TensorFlow Hub."""
    return source.startswith(("https://", "http://"))


def find_encoder(source: str) -> FoundEncoder:
    """Raises RequestError, which says what to install or to put where, for an encoder that is not on this machine."""
    if source in PACKAGES:
        return FoundEncoder(source, PACKAGES[source].version)
    found = at_directory(source, _of_handle(source) if is_handle(source) else Path(source))
    remember_if_named(source, found.version)
    return found


def at_directory(source: str, directory: Path) -> FoundEncoder:
    """The SavedModel in a directory. Raises RequestError if there is none."""
    if not directory.is_dir():
        if directory.exists():
            raise RequestError(f"the encoder {directory} is a file: give the folder of a SavedModel")
        known = " and ".join(f"'{name}'" for name in PACKAGES)
        hint = did_you_mean(directory.name, list(PACKAGES)).strip() or "correct the path"
        raise RequestError(f"the encoder {directory} is not there: {hint} (packages are {known})")
    if not any((directory / name).is_file() for name in GRAPHS):
        raise RequestError(f"{directory} is no SavedModel: it has no {GRAPHS[0]}; give the folder that contains it")
    return FoundEncoder(source, sha256_of(directory), directory)


def sha256_of(directory: Path) -> str:
    """sha256 of the names and contents of all files in a directory."""
    digest = hashlib.sha256()
    for path in sorted(each for each in directory.rglob("*") if not each.is_dir()):
        if not path.is_file():
            raise RequestError(f"{path} is no regular file: a SavedModel consists of files and folders")
        try:
            content = files.sha256_of_file(path)
        except OSError as error:
            raise unreadable(path, error) from error
        name = path.relative_to(directory).as_posix()
        digest.update(f"{len(name)} {name} {content}\n".encode("utf-8", errors="surrogateescape"))
    return digest.hexdigest()


def _of_handle(handle: str) -> Path:
    folder = hashlib.sha1(handle.encode(), usedforsecurity=False).hexdigest()
    candidates = list(_caches(folder))
    for directory in candidates:
        if any((directory / name).is_file() for name in GRAPHS):
            return directory
    looked = "\n".join(f"  {each}" for each in candidates)
    raise RequestError(
        f"the encoder {handle} is not on this machine; looked in:\n{looked}\n"
        f"Download {handle}?tf-hub-format=compressed and unpack it (tar -xzf) into the last of these folders"
    )


def _caches(folder: str) -> Iterator[Path]:
    of_hub = os.environ.get("TFHUB_CACHE_DIR")
    yield (Path(of_hub).expanduser() if of_hub else Path(tempfile.gettempdir(), "tfhub_modules")) / folder
    yield cache_directory() / "encoders" / folder
