"""AG News: 120,000 + 7,600 news articles by subject, each with a title and a description, read from two CSV files."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from seqlab.data.datasets.dataset import LABELLED_TEXTS, BuiltIn, Dataset, Fraction, SourceSplits
from seqlab.data.records import Records, SourceFile
from seqlab.data.sources import locations
from seqlab.data.sources.locations import PublishedFile
from seqlab.data.sources.text_lines import read_lines
from seqlab.data.splits import content_splits
from seqlab.data.tables import BadRows, CommaDelimited, rows_of
from seqlab.errors import DataError
from seqlab.progress import Progress, tracked
from seqlab.text_format import counted, quoted

TRAIN, TEST = "train.csv", "test.csv"
CLASSES = {"1": "World", "2": "Sports", "3": "Business", "4": "Sci/Tech"}
BOTH = ("title", "description")
PUBLISHED_ROWS = {TRAIN: 120_000, TEST: 7_600}
ADDRESS = "https://raw.githubusercontent.com/mhjabreel/CharCnn_Keras/master/data/ag_news_csv"


@LABELLED_TEXTS.add
class AgNews(Dataset):
    """AG News: articles on the world, sports, business, and science and technology (Zhang et al. 2015, section 4).

    Without an official validation split: a share of each class, with equal titles in the same split, and independent
    of `fields`, so that models of titles and of both are evaluated on the same articles.
    Escapes are decoded: a backslash is a line break, and is removed before a dollar. HTML entities, complete
    (`&lt;b&gt;`) or cut (` #39;s`), are kept as published; `standardize: html` removes them.
    """

    licence: ClassVar[str] = "for research and other non-commercial use"
    citation: ClassVar[str] = (
        "Zhang, Zhao, LeCun: Character-level Convolutional Networks for Text Classification. NIPS 2015"
    )
    hub: ClassVar[str] = "fancyzhx/ag_news"
    published: ClassVar[tuple[PublishedFile, ...]] = (
        PublishedFile(
            name=TRAIN,
            address=f"{ADDRESS}/{TRAIN}",
            size=29_470_338,
            md5="b1a00f826fdfbd249f79597b59e1dc12",
        ),
        PublishedFile(
            name=TEST,
            address=f"{ADDRESS}/{TEST}",
            size=1_857_427,
            sha256="521465c2428ed7f02f8d6db6ffdd4b5447c1c701962353eb2c40d548c3c85699",
        ),
    )

    name: Literal["ag_news"] = "ag_news"
    fields: Literal["title", "description", "both"] = "both"
    """What the model reads; both: the title, a space, the description."""
    validation: Fraction = 0.1
    """A fraction of the training articles of each class."""
    test: BuiltIn = None
    """AG News has an official test split."""

    @property
    def text_fields(self) -> tuple[str, ...]:
        return BOTH if self.fields == "both" else (self.fields,)

    @property
    def vocabulary_fields(self) -> tuple[str, ...]:
        """A vocabulary can be learned from the titles alone, whatever the model reads."""
        return BOTH

    def find(self) -> tuple[Path, ...]:
        """Both files, from one directory."""
        for location in locations.searched(self.name, self.path):
            if (location / TRAIN).is_file() and (location / TEST).is_file():
                return location / TRAIN, location / TEST
        raise locations.not_found(self.name, [f"{TRAIN} and {TEST}"], self.published, self.path)

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        official, test = (_articles(Path(source.path), progress) for source in sources)
        train, validation = _cut(official, self.validation, self.split_seed)
        return SourceSplits(train, validation, test, notes=(*_notes(official, test), *self._overlap(official, test)))

    def _overlap(self, train: Records, test: Records) -> tuple[str, ...]:
        """If the model reads one field only: the number of test texts that are also in the training file."""
        if self.fields == "both":
            return ()
        known = set(train[self.fields])
        shared = sum(text in known for text in test[self.fields])
        return (f"ag_news: {shared:,} of {len(test):,} test {self.fields}s are also in {TRAIN}: kept",)


def _articles(path: Path, progress: Progress) -> Records:
    """The rows of a file. Raises DataError with the line if it is not AG News."""
    columns: dict[str, list[str]] = {column: [] for column in (*BOTH, "label", "id")}
    bad = BadRows(path)
    rows = rows_of(read_lines(path), bad, CommaDelimited())
    for line, cells in tracked(rows, progress, f"reading {path.name}", None, "rows"):
        if len(cells) != 3:
            raise DataError(
                f'{path}:{line}: {counted(len(cells), "cell")}, AG News has 3, "class","title","description"; get '
                f"{path.name} from {ADDRESS}/{path.name}, or read a table of your own with name: csv"
            )
        number, title, description = cells
        if number not in CLASSES:
            known = ", ".join(f"{number} ({label})" for number, label in CLASSES.items())
            raise DataError(f"{path}:{line}: AG News has no class {quoted(number)}; it has {known}")
        columns["title"].append(_unescaped(title))
        columns["description"].append(_unescaped(description))
        columns["label"].append(CLASSES[number])
        columns["id"].append(f"{path.name}:{line}")
    bad.check()
    if not columns["label"]:
        raise DataError(f"{path} is empty; get {path.name} from {ADDRESS}/{path.name}")
    return Records(columns, BOTH)


def _unescaped(cell: str) -> str:
    """The files encode line breaks as backslashes (in a tenth of the training rows), and `$` as `\\$`."""
    return cell.replace("\\$", "$").replace("\\", "\n")


def _cut(records: Records, share: float, seed: int) -> tuple[Records, Records]:
    """Training and validation. Equal titles are in one split, because a model may read titles alone."""
    by_title = content_splits.cut(Records(records.columns, ("title",)), {"validation": share}, seed)
    return Records(by_title["train"].columns, BOTH), Records(by_title["validation"].columns, BOTH)


def _notes(train: Records, test: Records) -> tuple[str, ...]:
    return tuple(
        f"ag_news: {name} has {len(records):,} of the {PUBLISHED_ROWS[name]:,} published rows: say so with every metric"
        for name, records in ((TRAIN, train), (TEST, test))
        if len(records) != PUBLISHED_ROWS[name]
    )
