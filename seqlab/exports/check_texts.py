"""The texts by which an export is compared with its run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seqlab.data.columns import Texts
from seqlab.data.datasets import Dataset
from seqlab.data.long_text import LongTexts
from seqlab.data.records import Records
from seqlab.data.splits.load_splits import load_for
from seqlab.errors import RequestError, SeqlabError, reason_of
from seqlab.tasks.examples import Examples
from seqlab.tasks.given_rows import Example, columns_of
from seqlab.text.vectorizer import FittedVectorizer

if TYPE_CHECKING:
    from seqlab.experiment.loaded_run import LoadedRun

LONGEST_MADE = 30
"""Tokens of a text that is made of the vocabulary."""
LONGEST_TEXT = 10_000
"""Characters that are read of a text."""


def check_texts(loaded: LoadedRun, most: int) -> tuple[list[Example], str]:
    """Up to so many texts of the validation split, evenly spread over it, or rows of a run that reads columns, and what
    they are.

    Where the data cannot be had as they were, they are made of tokens of the vocabulary, and rows of categories and
    numbers of training; the reason is said.
    """
    data = loaded.experiment.data
    try:
        corpus = load_for("validation", data, loaded.progress)
    except (SeqlabError, OSError) as error:
        gone = isinstance(error, RequestError)
        return _made(loaded, most, "are gone" if gone else "cannot be read", reason_of(error))
    if corpus.fingerprints["validation"] != loaded.run.section("data", "splits").get("validation"):
        return _made(loaded, most, "have changed", "the validation split is not that of the training")
    records = corpus.splits["validation"]
    if data.feature_columns:
        return [_row(data, records, index) for index in _spread(len(records), most)], "rows of the validation split"
    texts = next(iter(data.texts(records).values()))
    if data.single_text or len(texts) == 1:
        lines = (line for text in LongTexts.of(texts).texts for each in text.lines() for line in each.splitlines())
        texts = Texts.of(filter(str.strip, lines))
    return [texts[index][:LONGEST_TEXT] for index in _spread(len(texts), most)], "texts of the validation split"


def _made(loaded: LoadedRun, most: int, what: str, reason: str) -> tuple[list[Example], str]:
    """`what`: that is wrong with the data, in words without places of this machine: the README of an export says it."""
    loaded.progress.say(f"the data of the run {what}, so the export is compared on generated ones: {reason}")
    if loaded.experiment.data.feature_columns:
        return made_rows(loaded, most), f"rows made of its vocabulary and categories, because its data {what}"
    texts = made_texts(next(iter(loaded.task.vectorizers.values())), most)
    return list(texts), f"texts made of its vocabulary, because its data {what}"


def _spread(size: int, most: int) -> list[int]:
    """Up to so many numbers below `size`, evenly spread."""
    chosen: list[int] = np.unique(np.linspace(0, size - 1, min(most, size)).astype(int)).tolist()
    return chosen


def _row(data: Dataset, records: Records, index: int) -> dict[str, str]:
    """Column of the user's own table → its cell."""
    record = records.rows([index])
    fields = data.text_fields if data.text_columns_named else ()
    texts = [record[field][0][:LONGEST_TEXT] for field in fields]
    cells = (*texts, *record["features"][0])
    return dict(zip(columns_of(data), cells, strict=True))


def made_rows(loaded: LoadedRun, count: int) -> list[Example]:
    """Rows of random tokens, categories and numbers, the same ones at every call; some cells are missing."""
    examples: Examples = loaded.predictor.examples  # type: ignore[attr-defined]  # what reads columns has it
    data, random = loaded.experiment.data, np.random.default_rng(0)
    features, texts = examples.features, [""] * count
    assert features is not None
    if examples.vectorizer is not None:
        texts = made_texts(examples.vectorizer, count)
    rows: list[Example] = []
    for text in texts:
        row = dict.fromkeys(data.text_columns_named, "") | dict.fromkeys(data.text_columns_named[:1], text)
        for column in features.categories:
            row[column.column] = str(random.choice(["", "?", *column.values]))
        for number in features.numbers:
            row[number.column] = (
                "" if random.random() < 0.1 else repr(float(random.normal(number.mean, number.deviation)))
            )
        rows.append(row)
    return rows


def made_texts(fitted: FittedVectorizer, count: int) -> list[str]:
    """Texts of random tokens, the same ones at every call."""
    random, first = np.random.default_rng(0), len(fitted.vocabulary.specials)
    rows = (random.integers(first, fitted.size, random.integers(1, LONGEST_MADE + 1)) for _ in range(count))
    return [fitted.decode(row.tolist()) for row in rows]
