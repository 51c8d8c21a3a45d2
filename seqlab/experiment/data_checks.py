"""Refuses options that do not fit the data, before there is a run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from seqlab.config import Experiment
from seqlab.config.choices import choices_of
from seqlab.config.experiment import changed_without_effect
from seqlab.data.datasets import Dataset
from seqlab.data.records import SplitName
from seqlab.errors import RequestError
from seqlab.experiment.evaluate import metrics_of
from seqlab.experiment.prepare_data import PreparedData
from seqlab.metrics.metric_names import names_of_classes
from seqlab.registry import did_you_mean
from seqlab.runs import Run
from seqlab.text_format import visible_name


def refuse_what_does_not_fit(run: Run | None, experiment: Experiment, data: PreparedData) -> None:
    """Raises RequestError for metrics of classes that the data do not have, and DataError or RequestError for options
    of training that do not fit the data; if no `run` continues, also for options of the dataset without effect."""
    if run is None:
        refuse_unused_options(experiment.data)
    _refuse_unknown_classes(experiment, data.labels)
    _refuse_too_few_rows(experiment, data)
    data.task.batches(data.stores["train"], experiment.training)


def refuse_unused_options(dataset: Dataset) -> None:
    """Raises RequestError for options that have no effect because of what the files of the dataset hold."""
    for path, message in changed_without_effect(dataset, dataset.unused_with_files()):
        raise RequestError(f"{'.'.join(map(str, ('data', *path)))} {message}")


def refuse_moved_data(run: Run, dataset: Dataset, command: str, split: SplitName | None = None) -> None:
    """Raises RequestError if files of a run's data are gone. `command`: what is asked for; overrides can follow it.

    `split`: the only one that is read, if it has files of its own.
    """
    for key, path in _locations(dataset, split):
        if not Path(path).exists():
            raise RequestError(
                f"run {run.id} reads its data from {path}, which does not exist. If it was moved, say where it is "
                f"now:\n  {command} {shlex.quote(f'{key}=/new/place/{Path(path).name}')}"
            )


def _locations(dataset: Dataset, split: SplitName | None) -> Iterator[tuple[str, str]]:
    """Key of the config → path, of all files and directories that the config names, or of those of the split."""
    options = dataset.model_dump(mode="json")
    for key in [split] if split in dataset.locations else dataset.locations:
        value = options[key]
        for name, path in value.items() if isinstance(value, dict) else [("", value)]:
            if path is not None:
                yield ".".join(filter(None, ("data", key, name))), path


def _refuse_unknown_classes(experiment: Experiment, labels: Sequence[str]) -> None:
    """`validation.f1.positve`: the config cannot know the classes."""
    for key, metric in _named_metrics(experiment):
        name = metric.partition(".")[2]
        for component in metrics_of(experiment, "test") if labels else ():
            known = names_of_classes(component.name, labels)
            families = {each.partition(".")[0] for each in known}
            if "." in name and name.partition(".")[0] in families and name not in known:
                label = name.partition(".")[2]
                raise RequestError(
                    f"{key}: there is no metric '{metric}', because there is no class '{label}'; "
                    f"{did_you_mean(label, list(labels))}the classes are {', '.join(map(visible_name, labels))}"
                )


def _refuse_too_few_rows(experiment: Experiment, data: PreparedData) -> None:
    for side, table in choices_of(experiment).model.tables.items():
        if table.rows is not None and table.rows < (size := data.task.vectorizers[side].size):
            raise RequestError(
                f"model.embedding.rows is {table.rows:,}, but the vocabulary has {size:,} ids, each with a row: raise "
                "rows, leave it out, or lower vectorizer.max_tokens"
            )


def _named_metrics(experiment: Experiment) -> Iterator[tuple[str, str]]:
    """Key of the config → full name of a metric there."""
    if experiment.training.monitor is not None:
        yield "training.monitor", experiment.training.monitor
    for metric in experiment.expected.bands:
        yield "expected", metric
