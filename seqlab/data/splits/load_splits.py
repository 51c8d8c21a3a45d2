"""Loads a dataset: locates and reads its files, cuts missing splits, checks and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from seqlab.data.datasets.dataset import Dataset, SourceSplits
from seqlab.data.datasets.take import TakeOfSplits
from seqlab.data.records import Corpus, Records, SourceFile, SplitName
from seqlab.data.sources import locations
from seqlab.data.splits import content_splits
from seqlab.data.splits.feature_checks import check_features, notes_on_features
from seqlab.data.splits.label_checks import check_labels, notes_on_labels
from seqlab.data.tables import TableFormat
from seqlab.errors import DataError, SeqlabError
from seqlab.progress import SILENT, Progress
from seqlab.text_format import counted, part_of, quoted, verb


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
    """The splits of a dataset, and with notes for the user.

    Official splits are used unchanged. Missing ones are cut by `split_seed` and content (running text by position,
    pairs by connected components). Validation examples that duplicate training examples are moved to training. Then
    the training split is shuffled, and all splits are cut to `take`. Raises RequestError for missing files and
    DataError for problems in them.
    """
    located = dataset if isinstance(dataset, Located) else locate(dataset, progress)
    dataset = located.dataset
    completed, read_notes = _split(located, progress)
    _check_sizes(completed, dataset)

    sizes = {split: len(records) for split, records in completed.items()}
    train, validation, duplicates = content_splits.kept_apart(completed["train"], completed["validation"])
    apart: dict[SplitName, Records] = {**completed, "train": train, "validation": validation}
    del completed, train, validation  # of large data, each holds what the next needs room for
    _check_sizes(apart, dataset)
    final = _taken(apart, dataset)
    del apart
    _check_sizes(final, dataset)
    check_labels(final, dataset)
    check_features(final, dataset)

    counts = {"duplicates_kept_out_of_validation": duplicates}
    if "test" in final:
        seen = [final["train"], final["validation"]]
        counts["test_overlap"] = len(content_splits.shared_rows(final["test"], seen))
    notes = (
        *read_notes,
        *_notes_on_duplicates(counts, sizes, dataset.content),
        *dataset.split_notes(final),
        *notes_on_labels(final),
        *notes_on_features(final, dataset),
    )
    return Corpus(final, located.sources, notes, counts)


def _split(located: Located, progress: Progress) -> tuple[dict[SplitName, Records], tuple[str, ...]]:
    """All splits as they are read or cut, and notes on the files."""
    source_splits = _read(located.parts, progress)
    locations.refuse_changed(located.sources)  # they were hashed for the key of prepared data
    notes = (*source_splits.notes, *_notes_on_sources(located.sources))
    repeated = _note_on_repeated_rows(source_splits.train, located.dataset)
    return _completed(source_splits, located.dataset), (*notes, *repeated)


def load_for(split: SplitName, dataset: Dataset, progress: Progress = SILENT) -> Corpus:
    """The same to evaluate one split. If it has files of its own, it is returned alone when the others are gone."""
    try:
        located = locate(dataset, progress)
    except SeqlabError:
        part = None if split == "train" else _parts(dataset).get(split)
        if part is None or dataset.take is not None:  # shares of the training split
            raise
        sources = part.locate(progress)
        read = part.read(sources, progress)
        return Corpus({split: read.train}, sources, (*read.notes, *_notes_on_sources(sources)))
    return load(located, progress)


def _taken(splits: Mapping[SplitName, Records], dataset: Dataset) -> dict[SplitName, Records]:
    """The training split in its order, and all splits cut to `take`. A split that is whole keeps the order it has."""
    taken = {**splits, "train": dataset.shuffled(splits["train"])}
    sizes = {split: dataset.size_of(records) for split, records in splits.items()}
    if isinstance(dataset.take, TakeOfSplits):
        for split, size in sizes.items():
            kept = dataset.take.of(split, size, training=sizes["train"], fewest=dataset.fewest)
            if kept < size:
                taken[split] = dataset.truncated(splits[split], kept)
    return taken


def _parts(dataset: Dataset) -> dict[SplitName, Dataset]:
    """The dataset, and a copy for each split that has files of its own."""
    options = {split: getattr(dataset, split) for split in dataset.splits[1:]}
    files = {split: value for split, value in options.items() if value is not None and not isinstance(value, float)}
    return {"train": dataset, **{split: dataset.at(location) for split, location in files.items()}}


def _read(located: Mapping[SplitName, tuple[Dataset, tuple[SourceFile, ...]]], progress: Progress) -> SourceSplits:
    """Read all parts: a split with files of its own replaces the official one."""
    parts = {split: part.read(files, progress) for split, (part, files) in located.items()}
    own = {split: part.train for split, part in parts.items() if split != "train"}
    notes = tuple(note for part in parts.values() for note in part.notes)
    return replace(parts["train"], notes=notes, **own)


def _completed(source_splits: SourceSplits, dataset: Dataset) -> dict[SplitName, Records]:
    """All splits: the official ones, and those cut from the training records by their shares."""
    shares: dict[SplitName, float] = {}
    given: dict[SplitName, Records] = {}
    for split in dataset.splits[1:]:
        records = getattr(source_splits, split)
        if records is None:
            shares[split] = getattr(dataset, split)
        else:
            given[split] = records
    return {**dataset.cut(source_splits.train, shares), **given}


def _check_sizes(splits: dict[SplitName, Records], dataset: Dataset) -> None:
    for split in dataset.splits:
        if len(splits[split]) > 0:
            continue
        examples = sum(len(records) for records in splits.values())
        contents = _different_contents(splits)
        if contents == 1 < examples:
            raise _all_equal(split, next(filter(len, splits.values())), examples, dataset)
        labels = {label for records in splits.values() for label in records.columns.get("label", ())}
        total = f"there {verb(examples, 'is', 'are')} {counted(examples, 'example')} in all"
        different = [counted(len(labels), "different label")] if labels else []
        if contents < examples:
            different.insert(0, counted(contents, f"different {_kind(dataset)}"))
        all_of_them = f"{total}, with {' and '.join(different)}" if different else total
        raise DataError(
            f"{dataset.name}: the {split} split is empty; {all_of_them}. Every split needs at least one "
            f"example, with a {dataset.content} that is in no other split: add examples, or change "
            f"{' and '.join(f'data.{each}' for each in dataset.splits[1:])} (to larger fractions, or files)"
        )


def _different_contents(splits: Mapping[SplitName, Records]) -> int:
    first, *others = (records.content_ids for records in splits.values())
    for other in others:
        first = first.followed_by(other)
    return first.distinct()


def _all_equal(split: SplitName, records: Records, examples: int, dataset: Dataset) -> DataError:
    """The error for a split that is empty because all examples are the same one."""
    text = " → ".join(texts[0] for texts in dataset.texts(records).values())
    shown = f" ({quoted(text)})" if text else ""
    same = f"{_kind(dataset)}s are the same" if dataset.has_text else "rows have the same features"
    all_of_them = f"all {examples:,} {same}{shown}"
    return DataError(
        f"{dataset.name}: the {split} split is empty, because {all_of_them}, and equal ones are kept in one split: add "
        f"a {dataset.content} that is in no other split"
    )


def _kind(dataset: Dataset) -> str:
    """`pair` of "pair of sentences"."""
    return dataset.content.split()[0]


def _notes_on_sources(sources: tuple[SourceFile, ...]) -> list[str]:
    return [
        f"{source.path} is not identical to the published file; it is used anyway (sha256 {source.sha256})"
        for source in sources
        if source.official is False
    ]


def _note_on_repeated_rows(train: Records, dataset: Dataset) -> list[str]:
    """That the user's own file repeats rows, of which splits are cut. Those of published data are known."""
    is_cut = any(isinstance(getattr(dataset, split), float) for split in dataset.splits[1:])
    if dataset.path is None or dataset.published or not is_cut:
        return []
    repeated = len(train) - train.content_ids.distinct()
    what = "row" if isinstance(dataset, TableFormat) else "example"
    if repeated and not dataset.has_text:
        of_another = f"{verb(repeated, 'has', 'have')} the features of another row"
        return [f"{counted(repeated, what)} {of_another}; such rows are kept in one split"]
    are = "is a duplicate" if repeated == 1 else "are duplicates"
    return [f"{counted(repeated, what)} {are}; equal {_kind(dataset)}s are kept in one split"] if repeated else []


def _notes_on_duplicates(counts: Mapping[str, int], sizes: Mapping[SplitName, int], content: str) -> list[str]:
    notes = []
    if moved := counts["duplicates_kept_out_of_validation"]:
        total = sizes["validation"]
        notes.append(
            f"{part_of(moved, total, 'validation example')} {verb(moved, 'has', 'have')} a {content} that is also in "
            "training: moved to training"
        )
    if overlap := counts.get("test_overlap"):
        total = sizes["test"]
        notes.append(
            f"{part_of(overlap, total, 'test example')} {verb(overlap, 'has', 'have')} a {content} that is also in "
            "training or validation: kept, and part of every test metric"
        )
    return notes
