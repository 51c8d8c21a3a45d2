"""seqlab from Python: `train`, `plan`, `load`, `evaluate` and `compare`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqlab.errors import RequestError

if TYPE_CHECKING:
    from seqlab.comparison import Comparison
    from seqlab.data.records import SplitName
    from seqlab.experiment import LoadedRun
    from seqlab.experiment.training_cost import TrainingCost
    from seqlab.progress import Progress


def train(
    config: str | Path | Mapping[str, Any],
    *overrides: str | Mapping[str, Any],
    name: str | None = None,
    runs_dir: str | Path | None = None,
    plugins: Iterable[str] = (),
    progress: bool = True,
) -> LoadedRun:
    """Train a model and return the finished run, with the model in memory.

    `config` is the path of a config, the name of a recipe, or a mapping. `overrides` change keys of it, as mappings of
    dotted keys or as on the command line: `{"training.epochs": 3}` or `"training.epochs=3"`. `name` follows the time in
    the run's id. `progress` shows what `seqlab train` shows, on stderr; in a notebook below the cell.

    Raises ConfigError, which lists all problems of the config, and SeqlabError if training fails.

    >>> run = seqlab.train("quickstart", {"data.size": 400, "training.epochs": 2}, progress=False)
    >>> run.metrics["epochs"]
    2
    >>> len(run.history)
    2
    """
    from seqlab import experiment
    from seqlab.config import load as load_config
    from seqlab.config.overrides import as_arguments

    loaded = load_config(config, as_arguments(overrides), plugins=tuple(plugins))
    shown = _shown(progress)
    run = experiment.train(loaded, runs_directory(runs_dir), name=name, progress=shown)
    return experiment.load(run, plugins=plugins, progress=shown)


def plan(
    config: str | Path | Mapping[str, Any],
    *overrides: str | Mapping[str, Any],
    steps: int | None = None,
    runs_dir: str | Path | None = None,
    plugins: Iterable[str] = (),
    progress: bool = True,
) -> TrainingCost:
    """Measure what a training will cost, without training: parameters, memory, steps, seconds.

    `config`, `overrides`, `plugins`, `progress`: as of `train`. A few steps are trained, a part of the validation split
    is evaluated, and nothing is kept but the prepared data. `steps`: of each of the five rounds that are timed; None:
    as many as take half a second. Raises ConfigError and SeqlabError as `train` does.

    >>> cost = seqlab.plan("quickstart", {"data.size": 400}, progress=False)
    >>> cost.amounts.steps, sorted(cost.as_json())[:3]
    (240, ['batch', 'data', 'disk'])
    """
    from seqlab import experiment
    from seqlab.config import load as load_config
    from seqlab.config.overrides import as_arguments

    if steps is not None and steps < 1:
        raise RequestError(f"steps must be at least 1, not {steps}")
    loaded = load_config(config, as_arguments(overrides), plugins=tuple(plugins))
    return experiment.plan(loaded, runs_directory(runs_dir), steps=steps, progress=_shown(progress))


def load(
    run: str | Path = "latest",
    *,
    runs_dir: str | Path | None = None,
    plugins: Iterable[str] = (),
    progress: bool = True,
) -> LoadedRun:
    """Load a trained run: an id, a unique prefix of one, a name, `latest`, or the path of a run directory.

    `progress` shows on stderr what takes long, here and later in `evaluate`. Raises RequestError if there is no such
    run or if it has no trained model.

    >>> run = seqlab.load("latest", progress=False)
    >>> run.predict("The soup was not bad.").label in {"positive", "negative"}
    True
    """
    from seqlab import experiment, runs

    found = runs.find(str(run), runs_directory(runs_dir))
    return experiment.load(found, plugins=plugins, progress=_shown(progress))


def evaluate(
    run: str | Path = "latest",
    *overrides: str | Mapping[str, Any],
    split: SplitName | None = None,
    threshold: float | None = None,
    runs_dir: str | Path | None = None,
    plugins: Iterable[str] = (),
    progress: bool = True,
) -> dict[str, float]:
    """The metrics of a trained run on a split, from the raw data. The keys are those of `result.json`.

    `overrides` change what the model is applied to, as in `train`: `{"data.test": "new.csv"}`. `split`: None: test, or
    validation if the data have no test split. `threshold`: see `LoadedRun.evaluate`.

    >>> metrics = seqlab.evaluate("latest", split="validation", progress=False)
    >>> 0.0 <= metrics["validation.accuracy"] <= 1.0
    True
    """
    from seqlab import experiment, runs
    from seqlab.config.overrides import as_arguments

    changes, found = as_arguments(overrides), runs.find(str(run), runs_directory(runs_dir))
    loaded = experiment.load(found, plugins=plugins, overrides=changes, progress=_shown(progress))
    return loaded.evaluate(split, threshold=threshold)


def compare(
    *runs: str | Path,
    split: SplitName | None = None,
    other_training_data: bool = False,
    runs_dir: str | Path | None = None,
    progress: bool = True,
) -> Comparison:
    """Whether the metrics of the first run, or group of runs, and each other one differ by more than chance.

    `runs`: two or more runs, as `load` takes them, or groups of runs that `seqlab train --seeds` made. `split`: None:
    test, or validation if there is no test split. `other_training_data`: also runs that were trained on other data.
    Only what the runs recorded is read. Raises RequestError for runs that cannot be compared, such as of other splits.

    >>> comparison = seqlab.compare("latest", "latest", progress=False)
    >>> comparison.differences[0]["test.accuracy"].p
    1.0
    """
    from seqlab import comparison

    folder = runs_directory(runs_dir)
    sides = [comparison.find_runs(str(each), folder) for each in runs]
    return comparison.compare(sides, split=split, other_training_data=other_training_data, progress=_shown(progress))


def runs_directory(given: str | Path | None = None) -> Path:
    """The folder of runs: the argument, else $SEQLAB_RUNS_DIR, else `runs/` in the current folder. `~` is expanded."""
    from seqlab import files

    return files.chosen_path(given or os.environ.get("SEQLAB_RUNS_DIR") or "runs", "the folder of runs")


def _shown(progress: bool) -> Progress:
    from seqlab.cli.progress import python_progress
    from seqlab.progress import SILENT

    return python_progress() if progress else SILENT
