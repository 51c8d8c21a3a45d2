"""What the vectorizer of a config, fitted on the training split, leaves out: unknown tokens and ends that are cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seqlab.data.records import SplitName
from seqlab.data.store import Store
from seqlab.diagnosis.duplicates import training
from seqlab.diagnosis.examined import Examined
from seqlab.diagnosis.findings import Finding, Outcome
from seqlab.experiment.encoded_splits import HARDLY_KNOWN
from seqlab.experiment.inspect_data import encoded_data
from seqlab.experiment.prepare_data import PreparedData
from seqlab.runs import UnknownRun
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text.vocabulary import NO_ID

MANY_CUT = 0.2
"""The share of texts of a split from which on it is worth knowing that they are cut."""
MANY_UNKNOWN = 0.1
NOT_HERE = "no vectorizer: name a config that has one"


@dataclass(frozen=True)
class Coverage:
    """What of a side of a split a model reads."""

    tokens: int
    unknown_share: float
    """Of the tokens; of bags, which have each token of a text once, of the different ones."""
    cut_share: float
    """Of the texts."""
    cut_tokens_share: float
    """Of the tokens of all texts: those behind the cut."""


def coverage(data: Examined) -> Outcome:
    """The share of unknown tokens and of cut texts, by split and side."""
    if data.experiment is None or data.experiment.vectorizer is None:
        return Outcome(skipped=NOT_HERE)
    try:
        prepared = encoded_data(data.experiment, data.located, data.corpus, data.runs_dir, data.progress)
    except UnknownRun as error:
        return Outcome(skipped=str(error))
    figures = {
        side: {split: _coverage(store, side, vectorizer) for split, store in prepared.stores.items()}
        for side, vectorizer in prepared.task.vectorizers.items()
    }
    findings = [finding for side, of_split in figures.items() for finding in _findings(side, of_split, len(figures))]
    findings += _notes(data, prepared)
    return Outcome(findings, {side: {s: vars(each) for s, each in found.items()} for side, found in figures.items()})


def _coverage(store: Store, side: str, vectorizer: FittedVectorizer) -> Coverage:
    ids = np.asarray(store.ragged(f"{side}_ids").values)
    unknown = NO_ID if vectorizer.vocabulary.unknown is None else vectorizer.vocabulary.unknown
    cut = np.asarray(store.flat(f"{side}_cut_off")) if f"{side}_cut_off" in store else np.zeros(len(store), int)
    behind = int(cut.sum())
    return Coverage(
        tokens=len(ids),
        unknown_share=float((ids == unknown).mean()) if len(ids) else 0.0,
        cut_share=float((cut > 0).mean()) if len(cut) else 0.0,
        cut_tokens_share=behind / max(behind + len(ids), 1),
    )


def _findings(side: str, of_split: dict[SplitName, Coverage], sides: int) -> Iterator[Finding]:
    which = f"{side} " if sides > 1 else ""
    for split, each in of_split.items():
        if each.unknown_share >= MANY_UNKNOWN:
            message = f"{each.unknown_share:.1%} of the {which}tokens of {training(split)} are unknown"
            yield Finding("error" if each.unknown_share >= HARDLY_KNOWN else "warning", message)
        if each.cut_share >= MANY_CUT:
            message = (
                f"{each.cut_share:.1%} of the {which}texts of {training(split)} are cut, and with them "
                f"{each.cut_tokens_share:.1%} of all tokens"
            )
            yield Finding("warning", message)


def _notes(data: Examined, prepared: PreparedData) -> Iterator[Finding]:
    """What training would say of the encoded data."""
    for note in prepared.metadata["notes"]:
        if note not in data.corpus.notes:
            yield Finding("note", note)
