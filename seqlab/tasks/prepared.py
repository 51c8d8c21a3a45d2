"""Prepared data: a task fitted on the training split and every split as numbers, made once and kept in the cache.

The key of an entry is everything that it depends on: the dataset's options and the sha256 of its files, the vectorizer,
what the model reads, and the source code that did the work. The second run of a config starts at once, and an entry is
never stale. It is written by one process at a time and appears whole.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

import seqlab.data
from seqlab import files
from seqlab.data.datasets import Dataset
from seqlab.data.records import SPLITS, Corpus, SourceFile, SplitName
from seqlab.data.sources.locations import cache_directory
from seqlab.data.splits.load_splits import load, locate
from seqlab.data.store import Store
from seqlab.errors import DataError, SeqlabError
from seqlab.progress import Progress
from seqlab.registry import Component
from seqlab.tasks.task import Task
from seqlab.text import Vectorizer

METADATA, CHECKSUMS = "facts.json", "checksums.json"

Read = Callable[[], Corpus]
Encode = Callable[[Corpus, Progress], None]
"""The two halves of preparing data. What is wrong with them shows in the first; the second takes most of the time."""


@dataclass(frozen=True)
class Prepared:
    """`metadata` are what the run records of its data: sources, split fingerprints, notes, counts, sizes."""

    task: Task
    stores: Mapping[SplitName, Store]
    metadata: Mapping[str, Any]


def one_after_the_other(read: Read, encode: Encode, progress: Progress) -> None:
    encode(read(), progress)


def prepare(
    task: type[Task],
    data: Dataset,
    vectorizer: Vectorizer,
    model: Component,
    progress: Progress,
    *,
    splits: Sequence[SplitName] = SPLITS,
    train_on_validation: bool = False,
    carry_out: Callable[[Read, Encode, Progress], None] = one_after_the_other,
) -> Prepared:
    """Prepared data from the cache, or made now: those of the `splits` that will be asked for.

    `train_on_validation` adds the validation split to the training split. `carry_out` does the two halves of making
    them; the second leaves an entry in the cache and nothing else, so that another process may do it.
    """

    def read() -> Corpus:
        corpus = load(data, progress)
        return _merged(corpus) if train_on_validation else corpus

    def encode(corpus: Corpus, told: Progress) -> None:
        files.sweep(entry.parent, entry.name)
        _encode(entry, task, data, vectorizer, model, corpus, splits, told)

    sources = locate(data, progress)
    key = _key(task, data, vectorizer, model, sources, splits, train_on_validation)
    entry = cache_directory() / "prepared" / key
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{entry}.lock"):
            if not entry.is_dir():
                carry_out(read, encode, progress)
            try:
                return _open(entry, task, data, vectorizer, model)
            except DataError as error:
                progress.say(f"{error}: they are made again")
                shutil.rmtree(entry)
                carry_out(read, encode, progress)
                return _open(entry, task, data, vectorizer, model)
    except OSError as error:
        raise SeqlabError(
            f"prepared data cannot be written to {entry.parent} ({error.strerror or error}): free space there, or "
            "name another folder with SEQLAB_CACHE_DIR"
        ) from error


def _encode(
    entry: Path,
    task: type[Task],
    data: Dataset,
    vectorizer: Vectorizer,
    model: Component,
    corpus: Corpus,
    splits: Sequence[SplitName],
    progress: Progress,
) -> None:
    """Learn from the training split, make numbers of all that will be asked for, and write the entry."""
    fitted = task.learn(data, vectorizer, model, corpus.splits["train"], progress)
    sizes = {}
    with files.new_directory(entry) as directory:
        fitted.save(directory)
        for name in splits:
            records = corpus.splits[name]
            store = fitted.prepare(records, progress, keep_text=name == "test")
            sizes[name] = fitted.summary(store)
            (directory / name).mkdir()
            store.save(directory / name)
        metadata = {
            "sources": [asdict(source) for source in corpus.sources],
            "splits": corpus.fingerprints,
            "sizes": sizes,
            "counts": dict(corpus.counts),
            "notes": list(corpus.notes),
        }
        files.write_json(directory / METADATA, metadata)
        files.write_json(directory / CHECKSUMS, files.checksums(directory, _all_files(directory)))


def _all_files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def _open(entry: Path, task: type[Task], data: Dataset, vectorizer: Vectorizer, model: Component) -> Prepared:
    """Raises DataError where a byte of the entry is not what was written.

    Reading every byte costs little (1 GB a second) beside an epoch, which reads them all.
    """
    try:
        damaged = files.changed(entry, _all_files(entry), files.read_json(entry / CHECKSUMS))
    except (OSError, ValueError, AttributeError):
        damaged = [CHECKSUMS]
    if damaged:
        raise DataError(f"the prepared data in {entry} are damaged ({damaged[0]} is not what was written)")
    metadata = files.read_json(entry / METADATA)
    stores = {name: Store.open(entry / name) for name in metadata["sizes"]}
    return Prepared(task.restore(data, vectorizer, model, entry), stores, metadata)


def _merged(corpus: Corpus) -> Corpus:
    """Training and validation split as one training split."""
    train = corpus.splits["train"].followed_by(corpus.splits["validation"])
    return replace(corpus, splits={"train": train, "test": corpus.splits["test"]})


def _key(
    task: type[Task],
    data: Dataset,
    vectorizer: Vectorizer,
    model: Component,
    sources: tuple[SourceFile, ...],
    splits: Sequence[SplitName],
    train_on_validation: bool,
) -> str:
    depends_on = {
        "task": task.name,
        "data": data.model_dump(exclude={"path"}),
        "sources": sorted((source.name, source.sha256) for source in sources),
        "vectorizer": vectorizer.model_dump(),
        "reads": getattr(model, "reads", None),
        "splits": list(splits),
        "train_on_validation": train_on_validation,
        "code": _code_version(type(data), type(vectorizer), task),
    }
    return hashlib.sha256(json.dumps(depends_on, sort_keys=True).encode()).hexdigest()[:32]


def _code_version(*parts: type) -> str:
    """sha256 over the source of everything that turns raw text into numbers, plug-ins included."""
    sources = set(Path(seqlab.data.__path__[0]).rglob("*.py")) | {Path(inspect.getfile(part)) for part in parts}
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(source.read_bytes())
    return digest.hexdigest()
