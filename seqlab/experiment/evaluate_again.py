"""Evaluating a trained run on raw data, with what the user should know about the metrics."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from seqlab.data.records import Corpus, SplitName
from seqlab.data.splits.load_splits import load_for
from seqlab.data.store import Store
from seqlab.errors import DataError, RequestError
from seqlab.experiment.data_checks import refuse_moved_data
from seqlab.experiment.encoded_splits import EncodedSplits
from seqlab.experiment.evaluate import metrics_of, with_split
from seqlab.experiment.leakage import notes_on_split
from seqlab.experiment.overridden import notes_on_decoding
from seqlab.experiment.predictions import USELESS_MODEL
from seqlab.experiment.run_session import reference
from seqlab.progress import Progress
from seqlab.text_format import quoted

if TYPE_CHECKING:
    from seqlab.experiment.loaded_run import LoadedRun


def evaluate_again(
    loaded: LoadedRun, split: SplitName | None, threshold: float | None, progress: Progress
) -> dict[str, float]:
    """See `LoadedRun.evaluate`."""
    run, experiment = loaded.run, loaded.experiment
    known = experiment.data.splits
    split = known[-1] if split is None else split
    if split not in known:
        raise RequestError(f"there is no split {quoted(split)}; the splits are {', '.join(known)}")
    refuse_moved_data(run, experiment.data, f"seqlab evaluate {reference(run)}", split)
    for note in notes_on_decoding(loaded.trained, experiment):
        progress.say(note)
    corpus = load_for(split, experiment.data, progress)
    store = _encoded(loaded, corpus, split, progress)
    evaluation: Any = loaded.predictor.evaluate(store, metrics_of(experiment, split), progress)
    metrics = (evaluation if threshold is None else evaluation.at_threshold(threshold)).metrics()
    if not math.isfinite(metrics["loss"]):
        raise DataError(f"the {split} loss of run {run.id} is not a finite number: {USELESS_MODEL}")
    return with_split(split, metrics)


def _encoded(loaded: LoadedRun, corpus: Corpus, split: SplitName, progress: Progress) -> Store:
    """The split as numbers, after telling the user how far its metrics can be trusted."""
    for note in notes_on_split(loaded.run, loaded.trained, loaded.experiment, corpus, split):
        progress.say(note)
    store = loaded.task.encode(corpus.splits[split], progress)
    if corpus.fingerprints[split] != loaded.run.section("data", "splits").get(split):
        encoded = EncodedSplits(loaded.experiment.data, loaded.task.vectorizers)
        encoded.add(split, corpus.splits[split], store)
        rows: Sequence[Sequence[str]] = corpus.splits[split].columns.get("features", ())
        predictor: Any = loaded.predictor
        for note in [*encoded.notes, *(predictor.notes_on_cells(rows) if rows else ())]:
            progress.say(note)
    return store
