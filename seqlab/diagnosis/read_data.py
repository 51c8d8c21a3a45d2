"""Reads the data that are examined: of a config, or of a dataset that is named alone."""

from __future__ import annotations

from seqlab.config import Experiment
from seqlab.data.datasets import Dataset
from seqlab.data.splits.load_splits import load, locate
from seqlab.diagnosis.examined import Examined
from seqlab.progress import Progress
from seqlab.runs import Run


def read_data(
    source: Experiment | Dataset, progress: Progress, *, run: Run | None = None, examples: int = 3
) -> Examined:
    """The splits as training has them. Raises what loading them raises: what stops a training stops this."""
    dataset = source.data if isinstance(source, Experiment) else source
    located = locate(dataset, progress)
    experiment = source if isinstance(source, Experiment) else None
    return Examined(located, load(located, progress), experiment, run, examples, progress)
