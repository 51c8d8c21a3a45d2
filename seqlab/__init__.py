"""seqlab: train, score and reuse text-sequence models from one YAML file.

import seqlab

run = seqlab.train("quickstart")
run.metrics["test.accuracy"]
run.predict(["Not bad at all."])
seqlab.load("latest").evaluate()

Importing seqlab is cheap: TensorFlow is imported when the first model is built.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqlab.experiment import LoadedRun

__all__ = ["evaluate", "load", "train"]
__version__ = "0.1.0"


def train(
    config: str | Path | Mapping[str, Any],
    *overrides: str,
    name: str | None = None,
    runs_dir: str | Path | None = None,
    plugins: Iterable[str] = (),
) -> LoadedRun:
    """Train `config` (a path, a recipe's name, or a mapping) and return the finished run, its model in memory.

    `overrides` are `key=value` as on the command line: `seqlab.train("imdb/bigram", "training.epochs=3")`.
    """
    from seqlab import config as configs
    from seqlab import experiment

    run = experiment.train(configs.load(config, overrides, plugins=tuple(plugins)), runs_directory(runs_dir), name=name)
    return experiment.load(run, plugins=plugins)


def load(run: str | Path = "latest", *, runs_dir: str | Path | None = None, plugins: Iterable[str] = ()) -> LoadedRun:
    """Load a trained run by id, unique prefix of an id, name, `latest`, or directory."""
    from seqlab import experiment, runs

    return experiment.load(runs.find(str(run), runs_directory(runs_dir)), plugins=plugins)


def evaluate(
    run: str | Path = "latest", *, split: Any = "test", runs_dir: str | Path | None = None
) -> dict[str, float]:
    """Score a run on a split, from the raw data. Keys as in `result.json`."""
    return load(run, runs_dir=runs_dir).evaluate(split)


def runs_directory(given: str | Path | None = None) -> Path:
    """The folder of runs: the argument, else $SEQLAB_RUNS_DIR, else `runs/` in the current folder. `~` is expanded."""
    from seqlab import files

    return files.chosen_directory(given or os.environ.get("SEQLAB_RUNS_DIR") or "runs", "the folder of runs")
