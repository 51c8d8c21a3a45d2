"""Reads the data that are examined: of a config, or of a dataset that is named alone."""

from __future__ import annotations

from pathlib import Path

from seqlab.config import Experiment
from seqlab.data.datasets import Dataset
from seqlab.data.splits.load_splits import load, locate
from seqlab.diagnosis.examined import Examined
from seqlab.diagnosis.label_errors import refuse_other_data
from seqlab.progress import Progress
from seqlab.runs import Run


def read_data(
    source: Experiment | Dataset,
    progress: Progress,
    *,
    run: Run | None = None,
    runs_dir: Path = Path("runs"),
    examples: int = 3,
) -> Examined:
    """The splits as training has them. Raises what loading them raises: what stops a training stops
    this. Raises RequestError for a run of other data."""
    dataset = source.data if isinstance(source, Experiment) else source
    located = locate(dataset, progress)
    experiment = source if isinstance(source, Experiment) else None
    corpus = load(located, progress)
    if run is not None:
        refuse_other_data(run, corpus)
    return Examined(located, corpus, experiment, run, runs_dir, examples, progress)
