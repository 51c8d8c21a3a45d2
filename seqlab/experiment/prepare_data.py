"""Prepared data: a task fitted on the training split and every split as numbers, from the cache or made now."""

from __future__ import annotations

import functools
import hashlib
import inspect
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import seqlab.data
import seqlab.encoders
import seqlab.tasks
import seqlab.text
from seqlab import files
from seqlab.config import Experiment
from seqlab.config.choices import choices_of
from seqlab.data import cache
from seqlab.data.records import Corpus, SplitName
from seqlab.data.splits.load_splits import Located, load
from seqlab.data.store import Store
from seqlab.errors import SeqlabError, system_remedy
from seqlab.experiment.background_encoding import run_while_importing_tensorflow
from seqlab.experiment.encoded_splits import EncodedSplits
from seqlab.progress import Progress
from seqlab.runs.machine_cores import usable_cores
from seqlab.tasks import TASKS, Choices, FittedTask, Task
from seqlab.text.by_chunk import several_processes
from seqlab.text.pair_vectorizers import parts_of

METADATA, LABELS = "metadata.json", "classes.json"


@dataclass(frozen=True)
class PreparedData:
    """`metadata` is what a run records about its data: sources, split fingerprints, notes, counts, sizes.

    `labels`: the classes of the training split, in order; empty for data without labels.
    """

    task: FittedTask
    stores: Mapping[SplitName, Store]
    metadata: Mapping[str, Any]
    directory: Path
    """Where they are in the cache, with what the task was fitted on."""
    labels: Sequence[str] = ()
    made: bool = False
    """Whether they were made now: the cache did not hold them."""


def with_model(data: PreparedData, experiment: Experiment) -> PreparedData:
    """The same data, for the model that an experiment has now."""
    return replace(data, task=TASKS[experiment.task].restore(choices_of(experiment), data.directory))


def prepare_data(
    experiment: Experiment,
    located: Located,
    progress: Progress,
    *,
    splits: Sequence[SplitName] | None = None,
    train_on_validation: bool = False,
    corpus: Corpus | None = None,
    import_tensorflow: bool = True,
) -> PreparedData:
    """The prepared `splits` (None: all), from the cache or made now; `train_on_validation` adds validation to training.
    `corpus`: the data, if they were read before. `import_tensorflow`: whether it will be needed next, so that data that
    are made are made beside its import.

    What is wrong with the data is raised before TensorFlow is imported.
    """
    task, choices = TASKS[experiment.task], choices_of(experiment)
    splits = splits or choices.data.splits
    entry = cache.entry_for(_dependencies(task, choices, located, splits, train_on_validation))
    try:
        with cache.locked(entry):
            if entry.is_dir() and (damage := cache.damage(entry)):
                progress.say(f"{damage}: preparing them again")
                shutil.rmtree(entry)
            made = not entry.is_dir()
            if made:
                corpus = corpus or load(located, progress)
                if train_on_validation:
                    corpus = _merged(corpus)
                encode = functools.partial(_encode_in_processes, experiment, entry, corpus, splits, progress)
                if import_tensorflow:
                    run_while_importing_tensorflow(encode, progress)
                else:
                    encode()
            return replace(_open(entry, task, choices), made=made)
    except OSError as error:
        raise SeqlabError(
            f"cannot read or write prepared data in {entry.parent} ({error.strerror or error}): "
            f"{system_remedy(error) or 'free space there, or set SEQLAB_CACHE_DIR to another folder'}"
        ) from error


def _encode_in_processes(
    experiment: Experiment, entry: Path, corpus: Corpus, splits: Sequence[SplitName], progress: Progress
) -> None:
    """As many as the work is worth, up to `runtime.threads`, or one for each core."""
    with several_processes(experiment.runtime.threads or usable_cores(), experiment.plugins):
        _encode(entry, TASKS[experiment.task], choices_of(experiment), corpus, splits, progress)


def _encode(
    entry: Path, task: Task, choices: Choices, corpus: Corpus, splits: Sequence[SplitName], progress: Progress
) -> None:
    """Fit the task on the training split, encode the splits, and write both as a cache entry."""
    fitted = task.fit(choices, corpus.splits["train"], progress)
    encoded = EncodedSplits(choices.data, fitted.vectorizers)
    with cache.new_entry(entry) as directory:
        fitted.save(directory)
        for name in splits:
            store = fitted.encode(corpus.splits[name], progress)
            encoded.add(name, corpus.splits[name], store)
            (directory / name).mkdir()
            store.save(directory / name)
        metadata = {
            "sources": [source.to_json() for source in corpus.sources],
            "splits": corpus.fingerprints,
            "sizes": encoded.sizes,
            "counts": dict(corpus.counts),
            "notes": [*corpus.notes, *encoded.notes],
        }
        files.write_json(directory / METADATA, metadata)
        labels = sorted(map(str, set(corpus.splits["train"].columns.get("label", ()))))
        files.write_json(directory / LABELS, labels)


def _open(entry: Path, task: Task, choices: Choices) -> PreparedData:
    metadata = files.read_json(entry / METADATA)
    stores = {name: Store.open(entry / name) for name in metadata["sizes"]}
    return PreparedData(task.restore(choices, entry), stores, metadata, entry, files.read_json(entry / LABELS))


def _merged(corpus: Corpus) -> Corpus:
    """Training and validation split as one training split."""
    splits = dict(corpus.splits)
    train = splits.pop("train").followed_by(splits.pop("validation"))
    return replace(corpus, splits={"train": train, **splits})


def _dependencies(
    task: Task, choices: Choices, located: Located, splits: Sequence[SplitName], train_on_validation: bool
) -> dict[str, Any]:
    """Everything that prepared data depend on, the source code that makes them included."""
    return {
        "task": task.name,
        "data": choices.data.model_dump(exclude={"path"}),
        "sources": sorted((source.name, source.sha256) for source in located.sources),
        "vectorizer": None if choices.vectorizer is None else choices.vectorizer.model_dump(),
        **_taken_vocabularies(choices),
        "prepared_for": choices.model.prepared_for,
        "splits": list(splits),
        "train_on_validation": train_on_validation,
        "code": _code_version(
            () if choices.vectorizer is None else choices.vectorizer.plugin_sources,
            type(choices.data),
            type(choices.vectorizer or choices.data),
            task.fit,
        ),
    }


def _taken_vocabularies(choices: Choices) -> dict[str, Any]:
    """The vocabularies that are not learned from these data."""
    parts = {} if choices.vectorizer is None else parts_of(choices.vectorizer)
    known = {side: each.sha256 for part in parts.values() for side, each in part.known.items()}
    return {"vocabularies": known} if known else {}


def _code_version(plugin_sources: Iterable[Path], *components: Any) -> str:
    """sha256 over the source of everything that turns raw text into numbers, plug-ins included."""
    packages = [Path(package.__path__[0]) for package in (seqlab.data, seqlab.encoders, seqlab.text)]
    sources = {source for package in packages for source in package.rglob("*.py")}
    sources |= {*plugin_sources, *(Path(inspect.getfile(component)) for component in components)}
    sources |= set(Path(seqlab.tasks.__path__[0]).glob("*.py"))  # what several tasks share
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(source.read_bytes())
    return digest.hexdigest()
