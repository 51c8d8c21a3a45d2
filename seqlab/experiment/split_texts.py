"""The texts of a split by their content ids: what predictions leave out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from seqlab.config import Experiment
from seqlab.config import load as load_config
from seqlab.data.records import Records, SplitName
from seqlab.data.splits.load_splits import load_for
from seqlab.errors import DataError
from seqlab.experiment.data_checks import refuse_moved_data
from seqlab.experiment.inspect_data import vectorizers_of
from seqlab.experiment.overridden import overridden
from seqlab.metrics.unspaced_text import lengths_of, writing_of
from seqlab.progress import SILENT, Progress
from seqlab.runs import Run
from seqlab.text.untrained import is_untrained
from seqlab.text.vectorizer import FittedVectorizer


class ShownText(NamedTuple):
    """What a person is shown of an example, and what may make it hard."""

    text: str
    """Of a pair the source."""
    length: int | None
    """In words, or in characters where there are no spaces between words; None for a row without a text."""
    unknown: float | None
    """Share of its tokens that training never had; None without a vectorizer."""


def split_texts(
    run: Run,
    split: SplitName,
    *,
    command: str = "seqlab evaluate RUN",
    overrides: Iterable[str] = (),
    plugins: Iterable[str] = (),
    progress: Progress = SILENT,
) -> Mapping[str, ShownText]:
    """Content id → text of a split, read from the run's data again; no model is loaded.

    `overrides` say where the data are now; `command`: what is asked for, to which an override can be added. Raises
    RequestError if the data are gone, and DataError if they are not what the run recorded.
    """
    plugins = tuple(plugins)
    trained = load_config(run.config_file, plugins=plugins).experiment
    experiment = overridden(run, trained, overrides, plugins)
    refuse_moved_data(run, experiment.data, command, split)
    corpus = load_for(split, experiment.data, progress)
    records = corpus.splits[split]
    if corpus.fingerprints[split] != run.section("data", "splits").get(split):
        raise DataError(f"the {split} split of run {run.id} is no longer what its data hold: they changed")
    found = _shown(experiment, run, records, progress)
    return dict(zip(records.content_ids, found, strict=True))


def _shown(experiment: Experiment, run: Run, records: Records, progress: Progress) -> list[ShownText]:
    """The text of each record; where there is none, its categories and numbers."""
    data = experiment.data
    texts = next(iter(data.texts(records).values()), None)
    if texts is None:
        return [ShownText(data.feature_columns.shown(row), None, None) for row in records["features"]]
    lengths = lengths_of(texts, writing_of(texts))
    unknown = _unknown(experiment, run, texts, progress)
    return [ShownText(*each) for each in zip(texts, lengths, unknown, strict=True)]


def _unknown(experiment: Experiment, run: Run, texts: Sequence[str], progress: Progress) -> list[float] | list[None]:
    vectorizers = vectorizers_of(experiment, run, run.directory.parent, progress) if experiment.vectorizer else {}
    vectorizer: FittedVectorizer | None = next(iter(vectorizers.values()), None)
    if vectorizer is None:
        return [None] * len(texts)
    ids = vectorizer.encode(texts, progress).ids
    before = np.concatenate([[0], np.cumsum(is_untrained(np.asarray(ids.values), vectorizer.vocabulary))])
    unknown = np.diff(before[np.asarray(ids.offsets)])
    shares: list[float] = (unknown / np.maximum(ids.lengths, 1)).tolist()
    return shares
