"""Published word vectors by name, and any others by path.

Files are searched where those of datasets are: `$SEQLAB_DATA_DIR/glove/`, then the cache, to which they are downloaded.
Reading GloVe's text takes seconds, so that what was read is kept in the cache as arrays, until the file changes.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seqlab import files
from seqlab.data import cache
from seqlab.data.sources import locations
from seqlab.data.sources.locations import PublishedFile
from seqlab.errors import RequestError
from seqlab.progress import SILENT, Progress
from seqlab.text_format import quoted
from seqlab.vectors.read_vectors import read_vectors
from seqlab.vectors.word_vectors import WordVectors

MATRIX, WORDS, SOURCE = "matrix.npy", "words.txt", "source.txt"
"""The files of a cache entry: vectors, words (which contain no line end), and the version of the text they are from."""


@dataclass(frozen=True)
class PublishedVectors:
    """Word vectors as their authors publish them: a text in an archive."""

    folder: str
    """Of `$SEQLAB_DATA_DIR` and of the cache."""
    archive: PublishedFile
    member: str
    """The name in the archive, and of the unpacked file."""
    licence: str
    citation: str

    @property
    def names(self) -> tuple[str, ...]:
        """Names of files that contain the vectors, in the order in which they are searched for."""
        return (self.member, f"{self.member}.gz", self.archive.name)


def _glove(dimensions: int) -> PublishedVectors:
    return PublishedVectors(
        "glove",
        PublishedFile("glove.6B.zip", "https://nlp.stanford.edu/data/glove.6B.zip"),
        f"glove.6B.{dimensions}d.txt",
        "Public Domain Dedication and License 1.0 (PDDL)",
        "Pennington, Socher, Manning: GloVe: Global Vectors for Word Representation. EMNLP 2014",
    )


PUBLISHED: Mapping[str, PublishedVectors] = {f"glove_6b_{width}d": _glove(width) for width in (50, 100, 200, 300)}
"""GloVe of Wikipedia 2014 and Gigaword 5: 6 billion words of text in lower case, 400,000 of them with a vector."""


def load_vectors(reference: str, *, only: Collection[str] | None = None, progress: Progress = SILENT) -> WordVectors:
    """Published vectors by name, or those in a file by its path; of the words in `only`, if it is given.

    Raises RequestError if there are none of that name, DataError as `read_vectors`, SeqlabError if a download fails.
    """
    path = find_vectors(reference, progress)
    if reference not in PUBLISHED:
        return read_vectors(path, only=only, progress=progress)
    vectors = _cached(path, progress)
    if only is None:
        return vectors
    wanted = set(only)
    rows = [row for row, word in enumerate(vectors.words) if word in wanted]
    return WordVectors([vectors.words[row] for row in rows], vectors.matrix[rows])


def find_vectors(reference: str, progress: Progress = SILENT) -> Path:
    """The path that `read_vectors` takes, for a name or a path; published vectors are downloaded if they are missing.

    A folder or file of that name hides no published vectors: a path to it is `./glove_6b_50d`.
    """
    if reference in PUBLISHED:
        return _located(reference, PUBLISHED[reference], progress)
    path = Path(reference).expanduser()
    if path.suffix or path.parent != Path() or path.exists():
        return path
    raise RequestError(
        f"there are no word vectors {quoted(reference)}: give the path of a file, or one of {', '.join(PUBLISHED)}"
    )


def _located(name: str, vectors: PublishedVectors, progress: Progress) -> Path:
    directories = locations.searched(vectors.folder)
    for path in (directory / each for directory in directories for each in vectors.names):
        if path.is_file():
            return path / vectors.member if path.name == vectors.archive.name else path
    if locations.offline():
        raise locations.not_found(vectors.folder, vectors.names, [vectors.archive])
    from seqlab.data.sources import download  # imports urllib: 30 ms

    directory = locations.cached(vectors.folder)
    progress.say(
        f"the vectors {name} are not on this machine; downloading to {directory}\nlicence: {vectors.licence}\n"
        f"citation: {vectors.citation}"
    )
    return download.fetch(vectors.archive, directory, progress) / vectors.member


def _cached(path: Path, progress: Progress) -> WordVectors:
    """The vectors in a text, from the cache if they were read before."""
    file = path if path.is_file() else path.parent
    entry = cache.entry_for({"word vectors": 2, "path": str(path)})
    try:
        version = locations.version(file)
        with cache.locked(entry):
            if entry.is_dir() and (cache.damage(entry) or (entry / SOURCE).read_text(encoding="utf-8") != version):
                shutil.rmtree(entry)
            if not entry.is_dir():
                _fill(entry, version, read_vectors(path, progress=progress))
        words = (entry / WORDS).read_bytes().decode().split("\n")
        return WordVectors(words, np.load(entry / MATRIX, mmap_mode="r", allow_pickle=False))
    except OSError as error:
        progress.say(f"the vectors cannot be kept in {entry.parent} ({error.strerror or error}): reading them again")
        return read_vectors(path, progress=progress)


def _fill(entry: Path, version: str, vectors: WordVectors) -> None:
    with cache.new_entry(entry) as directory:
        np.save(directory / MATRIX, vectors.matrix, allow_pickle=False)
        files.write_text(directory / SOURCE, version)
        (directory / WORDS).write_bytes("\n".join(vectors.words).encode())
