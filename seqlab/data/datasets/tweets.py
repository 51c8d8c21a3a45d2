"""31,962 tweets, labelled as hateful or not, in one CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from seqlab.data.datasets.dataset import DOCUMENTS, LABELLED_TEXTS, Dataset, Fraction, SourceSplits
from seqlab.data.datasets.documents import Documents
from seqlab.data.records import Records, SourceFile
from seqlab.data.sources import locations
from seqlab.data.sources.locations import PublishedFile
from seqlab.data.tables import BadRows, CommaDelimited, read_table
from seqlab.errors import DataError, RequestError
from seqlab.progress import Progress
from seqlab.text_format import quoted

FILE = "train_tweet.csv"
LABELS = {"0": "harmless", "1": "hateful"}
PUBLISHED_ROWS = 31_962


class TweetFile(Dataset):
    """The base of labelled tweets and of tweets as documents: their file."""

    licence: ClassVar[str] = "GPL-3.0, as its card says"
    citation: ClassVar[str] = "Twitter Sentiment Analysis, a practice problem of Analytics Vidhya. 2018"
    published: ClassVar[tuple[PublishedFile, ...]] = (
        PublishedFile(
            name=FILE,
            address=f"https://raw.githubusercontent.com/sharmaroshan/Twitter-Sentiment-Analysis/master/{FILE}",
            size=3_103_165,
            sha256="4f1bfabc2908029734fb2acd34028a8dfd1b92098bddfe60b0f0836c964e26ab",
        ),
    )

    def find(self) -> tuple[Path, ...]:
        for location in locations.searched(self.name, self.path):
            for candidate in (location, location / FILE):
                if candidate.is_file():
                    return (candidate,)
        raise locations.not_found(self.name, [FILE], self.published, self.path)

    def _tweets(self, sources: tuple[SourceFile, ...], progress: Progress) -> tuple[Records, tuple[str, ...]]:
        """All tweets with their labels, and notes for the user. Raises DataError if it is another file."""
        path = Path(sources[0].path)
        bad = BadRows(path)
        columns: dict[str, list[str]] = {"text": [], "label": [], "id": []}
        try:
            table = read_table(path, CommaDelimited(), ["label", "tweet"], bad=bad, progress=progress)
        except RequestError as error:  # it lacks a column
            raise DataError(f"{error}; get {FILE} from {self.published[0].address}") from error
        for line, (label, tweet) in table.rows:
            if label not in LABELS:
                bad.add(line, f"there is no class {quoted(label)}", f"it is one of {', '.join(LABELS)}")
            columns["text"].append(tweet)
            columns["label"].append(LABELS.get(label, label))
            columns["id"].append(f"{path.name}:{line}")
        bad.check()
        found = len(table.rows)
        note = f"tweets: {path.name} has {found:,} of the {PUBLISHED_ROWS:,} published rows: say so with every metric"
        return Records(columns), (*table.notes, *([note] if found != PUBLISHED_ROWS else []))


@LABELLED_TEXTS.add
class Tweets(TweetFile):
    """31,962 tweets, 2,242 of them hateful: `harmless` is 93 % of the labels, so that F1 says more than accuracy.

    Names of users are replaced by @user in the published file. There are no official splits.
    """

    name: Literal["tweets"] = "tweets"
    validation: Fraction = 0.1
    """A fraction of the tweets of each class."""
    test: Fraction = 0.1
    """A fraction of the tweets of each class."""

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        tweets, notes = self._tweets(sources, progress)
        return SourceSplits(tweets, notes=notes)


@DOCUMENTS.add
class TweetDocuments(Documents, TweetFile):
    """31,962 tweets without their labels: each is a document. Names of users are replaced by @user."""

    name: Literal["tweets"] = "tweets"
    validation: Fraction = 0.05
    """A fraction of the tweets."""

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        tweets, notes = self._tweets(sources, progress)
        return SourceSplits(tweets.without("label"), notes=notes)
