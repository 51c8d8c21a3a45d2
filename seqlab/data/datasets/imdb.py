"""IMDB: 25,000 + 25,000 film reviews with their sentiment, read from the archive or its extracted directory."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar, Literal

from seqlab.data.datasets.dataset import DOCUMENTS, LABELLED_TEXTS, TEXTS, BuiltIn, Dataset, Fraction, SourceSplits
from seqlab.data.datasets.documents import Documents
from seqlab.data.records import Records, SourceFile
from seqlab.data.sources import archives, locations, text_encoding
from seqlab.data.sources.locations import PublishedFile
from seqlab.errors import DataError
from seqlab.progress import Progress, tracked

ARCHIVE = "aclImdb_v1.tar.gz"
UNLABELLED_ARCHIVE = "aclImdb_unsup.tar.gz"
FOLDER = "aclImdb"
LABELS = {"neg": "negative", "pos": "positive"}
UNLABELLED = "unsup"
PUBLISHED_REVIEWS = 25_000

LARGEST_REVIEW = 1 << 20
"""Bytes; the longest review has 14 thousand."""

Review = tuple[str, str, str, bytes]
"""A stored review: split, class, file name, content."""
Reviews = dict[tuple[str, str], dict[str, str]]
"""(split, class) → file name → text, sorted by name."""


class ImdbFiles(Dataset):
    """The base of labelled reviews and of reviews as text: their files."""

    licence: ClassVar[str] = "no licence stated; its authors ask for the citation"
    citation: ClassVar[str] = (
        "Maas, Daly, Pham, Huang, Ng, Potts: Learning Word Vectors for Sentiment Analysis. ACL 2011"
    )
    hub: ClassVar[str] = "stanfordnlp/imdb"
    published: ClassVar[tuple[PublishedFile, ...]] = (
        PublishedFile(
            name=ARCHIVE,
            address="https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
            size=84_125_825,
            md5="7c2ac02c03563afcf9b574c7e56c153a",
        ),
    )

    unlabelled: bool
    test: BuiltIn = None
    """IMDB has an official test split."""

    def find(self) -> tuple[Path, ...]:
        """The archive or the extracted directory, and the archive of unlabelled reviews next to it if requested."""
        for location in locations.searched(self.name, self.path):
            for candidate in (location, location / ARCHIVE, location / FOLDER):
                if candidate.is_file() or (candidate / "train").is_dir():
                    return (candidate, *self._beside(candidate))
        raise locations.not_found(self.name, [ARCHIVE, f"{FOLDER}/"], self.published, self.path)

    def sources(self) -> tuple[SourceFile, ...]:
        return tuple(
            locations.directory_source(path, _files(path, self._classes), official=False)
            if path.is_dir()
            else locations.file_source(path, self.published)
            for path in self.find()
        )

    def _official(self, sources: tuple[SourceFile, ...], progress: Progress) -> tuple[Records, Records, Records | None]:
        """Training and test reviews, and the unlabelled ones if requested."""
        reviews = _reviews(sources, self._classes, progress)
        train, test = (_labelled(reviews, split) for split in ("train", "test"))
        for split, records in (("train", train), ("test", test)):
            if set(records["label"]) != set(LABELS.values()):
                raise DataError(
                    f"{sources[0].path} has no {split}/neg/*.txt or no {split}/pos/*.txt: it is not the IMDB "
                    f"archive; get {ARCHIVE} from {self.published[0].address}"
                )
        return train, test, _unlabelled(reviews, sources) if self.unlabelled else None

    @property
    def _classes(self) -> set[str]:
        return {*LABELS, UNLABELLED} if self.unlabelled else set(LABELS)

    def _beside(self, path: Path) -> Iterator[Path]:
        extra = path.parent / UNLABELLED_ARCHIVE
        if self.unlabelled and path != extra and extra.is_file():
            yield extra


@LABELLED_TEXTS.add
class Imdb(ImdbFiles):
    """IMDB film reviews: 25,000 for training and 25,000 for testing, half of them positive (Maas et al. 2011).

    Without an official validation split: the last `validation` share of each class's sorted training files after a
    shuffle seeded with `split_seed`, as in Chollet's Deep Learning with Python (2021, section 11.3.1).
    """

    name: Literal["imdb"] = "imdb"
    unlabelled: bool = False
    """Has no effect on a classifier; in a language model, also train on the 50,000 unlabelled reviews."""
    validation: Fraction = 0.2
    """A fraction of the training reviews of each class."""

    def unused_options(self) -> Mapping[str, str]:
        return {**super().unused_options(), "unlabelled": "a classifier learns from the labelled reviews alone"}

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        train, test, _ = self._official(sources, progress)
        kept, held_out = _course_split(train, self.validation, self.split_seed)
        return SourceSplits(train.rows(kept), train.rows(held_out), test, notes=_notes(train, test))


@TEXTS.add
class ImdbTexts(ImdbFiles):
    """IMDB film reviews as running text (Maas et al. 2011): each review is a document, without its label.

    Without an official validation split: a share of the labelled training reviews, chosen by their content, the same
    with and without `unlabelled`, except for reviews that are also among the unlabelled ones.
    """

    name: Literal["imdb"] = "imdb"
    unlabelled: bool = False
    """Also train on the 50,000 unlabelled reviews."""
    validation: Fraction = 0.1
    """A fraction of the labelled training reviews."""

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        train, test, unlabelled = self._official(sources, progress)
        parts = self.cut(train.without("label"), {"validation": self.validation})
        texts = parts["train"] if unlabelled is None else parts["train"].followed_by(unlabelled)
        return SourceSplits(texts, parts["validation"], test.without("label"), notes=_notes(train, test))


@DOCUMENTS.add
class ImdbDocuments(Documents, ImdbFiles):
    """The labelled training reviews of IMDB as documents, with or without their labels (Maas et al. 2011)."""

    name: Literal["imdb"] = "imdb"
    unlabelled: bool = False
    """Also read the 50,000 unlabelled reviews."""
    labels: bool = False
    """Tell the model the labels of training reviews. Validation is then that of a classifier with the same `validation`
    and `split_seed`, so that its labels stay unknown."""
    validation: Fraction = 0.05
    """A fraction of all these reviews; with `labels`, of the labelled ones of each class."""

    @property
    def has_classes(self) -> bool:
        return self.labels

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        train, test, unlabelled = self._official(sources, progress)
        notes = _notes(train, test)
        texts = train.without("label")
        if not self.labels:
            return SourceSplits(texts if unlabelled is None else texts.followed_by(unlabelled), notes=notes)
        kept, held_out = _course_split(train, self.validation, self.split_seed)
        known = texts.rows(kept).with_column("class", train.rows(kept)["label"])
        others = texts.rows(held_out)
        if unlabelled is not None:
            known = known.followed_by(_without_class(unlabelled))
        # One that is also among the unlabelled reviews is moved to training, and is not labelled there either.
        return SourceSplits(known, _without_class(others), notes=notes)


def _course_split(train: Records, share: float, seed: int) -> tuple[list[int], list[int]]:
    """Rows for training and validation: per class, sort by name, shuffle, take the last share."""
    kept: list[int] = []
    held_out: list[int] = []
    for label in LABELS.values():
        rows = sorted((row for row, other in enumerate(train["label"]) if other == label), key=train["id"].__getitem__)
        random.Random(seed).shuffle(rows)
        edge = len(rows) - int(share * len(rows))
        kept += rows[:edge]
        held_out += rows[edge:]
    return sorted(kept), sorted(held_out)


def _reviews(sources: tuple[SourceFile, ...], classes: set[str], progress: Progress) -> Reviews:
    reviews: Reviews = defaultdict(dict)
    for path in (Path(source.path) for source in sources):
        members = _stored(path, classes) if path.is_dir() else _archived(path, classes)
        for split, class_name, name, content in tracked(members, progress, f"reading {path.name}", None, "reviews"):
            reviews[split, class_name][name] = text_encoding.decode(content, f"{path}: {split}/{class_name}/{name}")
    return {key: dict(sorted(texts.items())) for key, texts in reviews.items()}


def _labelled(reviews: Reviews, split: str) -> Records:
    columns: dict[str, list[str]] = {"text": [], "label": [], "id": []}
    for class_name, label in LABELS.items():
        texts = reviews.get((split, class_name), {})
        columns["text"] += texts.values()
        columns["label"] += [label] * len(texts)
        columns["id"] += [f"{split}/{class_name}/{name}" for name in texts]
    return Records(columns)


def _unlabelled(reviews: Reviews, sources: tuple[SourceFile, ...]) -> Records:
    texts = reviews.get(("train", UNLABELLED))
    if not texts:
        raise DataError(
            f"{sources[0].path} has no unlabelled reviews (train/{UNLABELLED}/*.txt): set data.unlabelled to false, "
            f"or put {UNLABELLED_ARCHIVE} next to it"
        )
    return Records({"text": list(texts.values()), "id": [f"train/{UNLABELLED}/{name}" for name in texts]})


def _without_class(records: Records) -> Records:
    return records.with_column("class", [""] * len(records))


def _notes(train: Records, test: Records) -> tuple[str, ...]:
    return tuple(
        f"imdb: found {len(records):,} {split} reviews; the published data have {PUBLISHED_REVIEWS:,}"
        for split, records in (("training", train), ("test", test))
        if len(records) != PUBLISHED_REVIEWS
    )


def _stored(directory: Path, classes: set[str]) -> Iterator[Review]:
    """The reviews in an extracted directory."""
    for file in _files(directory, classes):
        yield file.parts[-3], file.parts[-2], file.name, locations.read_bytes(file)


def _files(directory: Path, classes: set[str]) -> Iterator[Path]:
    for split in ("train", "test"):
        for class_name in sorted(classes):
            yield from sorted((directory / split / class_name).glob("*.txt"))


def _archived(archive: Path, classes: set[str]) -> Iterator[Review]:
    """The reviews in an archive, in one pass. Raises DataError if it is damaged or unsafe."""
    for member in archives.members(archive):
        parts = member.name.split("/")
        if len(parts) >= 3 and parts[-3] in {"train", "test"} and parts[-2] in classes and parts[-1].endswith(".txt"):
            if member.size > LARGEST_REVIEW:
                raise DataError(f"{archive}: {member.name} has {member.size:,} bytes; no review is that long")
            yield parts[-3], parts[-2], parts[-1], member.read()
