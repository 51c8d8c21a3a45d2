"""From a dataset's options to a corpus: located, read, completed with the splits it lacks, checked and counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from seqlab.data.datasets.dataset import Dataset, Reading
from seqlab.data.records import SPLITS, Corpus, Records, SourceFile, SplitName
from seqlab.data.splits import content_splits
from seqlab.errors import DataError
from seqlab.progress import SILENT, Progress
from seqlab.text_format import counted, quoted


@dataclass(frozen=True)
class Located:
    """The files of a dataset, found and hashed, before any is read."""

    dataset: Dataset
    parts: Mapping[SplitName, tuple[Dataset, tuple[SourceFile, ...]]]
    """The dataset under `train`, and each split that has files of its own: how to read it, and its files."""

    @property
    def sources(self) -> tuple[SourceFile, ...]:
        """Every file with its checksum: part of the key of prepared data."""
        return tuple(source for _, sources in self.parts.values() for source in sources)


def locate(dataset: Dataset, progress: Progress = SILENT) -> Located:
    """Find and hash every file that `load` reads. Published files that are not on this machine are downloaded first."""
    parts = {split: (part, part.locate(progress)) for split, part in _parts(dataset).items()}
    return Located(dataset, parts)


def load(dataset: Dataset | Located, progress: Progress = SILENT) -> Corpus:
    """The three splits of a dataset, and what a person should know about them.

    Official splits stay as they are; missing ones are cut from the rest by `split_seed` and content (running text by
    position, pairs by connected components); validation examples that duplicate a training example move to training;
    then the training split is shuffled and cut to `take`. Raises RequestError (what is where) and DataError (what is
    in it).
    """
    located = dataset if isinstance(dataset, Located) else locate(dataset, progress)
    dataset = located.dataset
    reading = _read(located.parts, progress)
    completed = _completed(reading, dataset)
    _check_sizes(completed, dataset)

    train, validation, duplicates = content_splits.kept_apart(completed["train"], completed["validation"])
    train = dataset.shortened(dataset.shuffled(train))
    final: dict[SplitName, Records] = {"train": train, "validation": validation, "test": completed["test"]}
    _check_sizes(final, dataset)
    _check_labels(final, dataset)

    sources = located.sources
    overlap = len(content_splits.shared_rows(final["test"], [train, validation]))
    counts = {"duplicates_kept_out_of_validation": duplicates, "test_overlap": overlap}
    notes = (
        *reading.notes,
        *_notes_on_sources(sources),
        *_notes_on_duplicates(counts, completed, dataset.content),
        *dataset.remarks(final),
        *_notes_on_labels(final),
    )
    return Corpus(final, sources, notes, counts, reading.unlabelled)


def _parts(dataset: Dataset) -> dict[SplitName, Dataset]:
    """The dataset itself, and again for each of its splits that has files of its own."""
    own = {split: getattr(dataset, split) for split in SPLITS[1:]}
    elsewhere = {split: place for split, place in own.items() if place is not None and not isinstance(place, float)}
    return {"train": dataset, **{split: dataset.at(place) for split, place in elsewhere.items()}}


def _read(located: Mapping[SplitName, tuple[Dataset, tuple[SourceFile, ...]]], progress: Progress) -> Reading:
    """One reading of all parts: a split with files of its own replaces the one the dataset may have."""
    readings = {split: part.read(found, progress) for split, (part, found) in located.items()}
    own = {split: reading.train for split, reading in readings.items() if split != "train"}
    notes = tuple(note for reading in readings.values() for note in reading.notes)
    return replace(readings["train"], notes=notes, **own)


def _completed(reading: Reading, dataset: Dataset) -> dict[SplitName, Records]:
    """All three splits: the official ones, and those cut from `reading.train` by their shares."""
    shares: dict[SplitName, float] = {}
    given: dict[SplitName, Records] = {}
    for split in SPLITS[1:]:
        records = getattr(reading, split)
        if records is None:
            shares[split] = getattr(dataset, split)
        else:
            given[split] = records
    return {**dataset.cut(reading.train, shares), **given}


def _check_sizes(found: dict[SplitName, Records], dataset: Dataset) -> None:
    for split in SPLITS:
        if len(found[split]) > 0:
            continue
        examples = sum(len(records) for records in found.values())
        labels = {label for records in found.values() for label in records.columns.get("label", ())}
        there_is = f"there {'is' if examples == 1 else 'are'} {counted(examples, 'example')} in all"
        labelled = f", with {counted(len(labels), 'different label')}" if labels else ""
        raise DataError(
            f"{dataset.name}: the {split} split is empty; {there_is}{labelled}. Every split needs at least one "
            f"example, with a {dataset.content} that no other split holds: add examples, or change data.validation and "
            "data.test (each a larger fraction, or a file)"
        )


def _check_labels(found: dict[SplitName, Records], dataset: Dataset) -> None:
    """Training needs two labels, and no other split may hold one that training lacks."""
    if "label" not in found["train"].columns:
        return
    known = set(found["train"]["label"])
    for split in SPLITS[1:]:
        for row, label in enumerate(found[split]["label"]):
            if label not in known:
                place = found[split]["id"][row] if "id" in found[split].columns else f"row {row + 1}"
                remedy = "raise data.take" if dataset.take else "add training examples of it, or remove that row"
                raise DataError(
                    f"{dataset.name}: the label {quoted(label)} of the {split} split ({place}) occurs in no training "
                    f"example, so no model could ever answer it; {remedy}"
                )
    if len(known) == 1:
        remedy = "raise data.take" if dataset.take else "give examples of another label, or another label column"
        label = quoted(known.pop())
        raise DataError(
            f"{dataset.name}: every training example has the label {label}, so there is nothing to tell apart; {remedy}"
        )


def _notes_on_sources(sources: tuple[SourceFile, ...]) -> list[str]:
    return [
        f"{source.path} is not the published file byte for byte; it is used as it is (sha256 {source.sha256})"
        for source in sources
        if source.official is False
    ]


def _notes_on_duplicates(counts: dict[str, int], completed: dict[SplitName, Records], content: str) -> list[str]:
    notes = []
    if moved := counts["duplicates_kept_out_of_validation"]:
        total = len(completed["validation"])
        notes.append(
            f"{moved:,} of {total:,} validation examples have a {content} that also stands in training: moved to "
            "training"
        )
    if overlap := counts["test_overlap"]:
        total = len(completed["test"])
        notes.append(
            f"{overlap:,} of {total:,} test examples have a {content} that also stands in training or validation: "
            "kept, and part of every test figure"
        )
    return notes


def _notes_on_labels(found: dict[SplitName, Records]) -> list[str]:
    """Labels that a split has no example of: its figures say nothing about them."""
    if "label" not in found["train"].columns:
        return []
    notes = []
    for split in SPLITS[1:]:
        missing = sorted(set(found["train"]["label"]).difference(found[split]["label"]))
        if missing:
            names = ", ".join(map(quoted, missing[:5])) + (" …" if len(missing) > 5 else "")
            notes.append(f"the {split} split has no example of {len(missing)} label(s): {names}")
    return notes
