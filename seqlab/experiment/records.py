"""What a run recorded, as lists and mappings of plain values, of which pandas makes tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seqlab import notebook_html
from seqlab.comparison.prediction_lines import read_predictions
from seqlab.errors import RequestError
from seqlab.runs import Run
from seqlab.runs.selection import flattened, is_number

if TYPE_CHECKING:
    import pandas

SPLITS = ("test", "validation")
"""Splits with predictions, in the order in which one asks for them."""
BESIDE = {
    "parameters": "{:,} parameters",
    "epochs": "{} epochs",
    "best_epoch": "best epoch {}",
    "train.seconds": "training time {:,.1f} s",
}
"""What is shown of a run besides the metrics of its splits."""
OF_TRAINING = ("train.seconds", "train.examples_per_second")
"""No metrics of the split."""


class History(list[dict[str, Any]]):
    """The metrics of each epoch, as dicts with the keys of `metrics.jsonl`: `epoch`, `train.loss`, `seconds` …"""

    def to_pandas(self) -> pandas.DataFrame:
        """A DataFrame with a row per epoch and a column per metric. Raises RequestError if pandas is not installed."""
        return data_frame(list(self))

    def _repr_html_(self) -> str:
        metrics = dict.fromkeys(name for line in self for name in line if "." in name and is_overall(name))
        names = ["epoch", *metrics, "seconds"]
        return notebook_html.table(names, [[line.get(name) for name in names] for line in self])


class Metrics(dict[str, Any]):
    """The content of `result.json`: `test.accuracy`, `validation.loss`, `train.seconds` …"""

    def __init__(self, run: Run) -> None:
        super().__init__(run.result())
        self._id = run.id

    def to_pandas(self) -> pandas.DataFrame:
        """A DataFrame with one row, whose index is the id of the run, and a column per metric: `pandas.concat` makes a
        table of several runs. Raises RequestError if pandas is not installed."""
        return data_frame([dict(self)], index=[self._id])

    def _repr_html_(self) -> str:
        return self.as_html()

    def as_html(self) -> str:
        """A table with a row per metric and a column per split; metrics of single classes are left out."""
        splits = [split for split in (*SPLITS, "train") if f"{split}.loss" in self]
        of_splits = (name.partition(".") for name in self if is_overall(name) and name not in OF_TRAINING)
        metrics = dict.fromkeys(metric for split, _, metric in of_splits if split in splits)
        rows = [[metric, *(self.get(f"{split}.{metric}") for split in splits)] for metric in metrics]
        return notebook_html.table(["", *splits], rows)


class SplitPredictions(list[dict[str, Any]]):
    """The predictions of a split, a dict per item: `id`, `target`, `prediction`, `scores`."""

    def to_pandas(self) -> pandas.DataFrame:
        """A DataFrame with a row per item; each score has a column of its own, `scores.positive`. Raises RequestError
        if pandas is not installed."""
        return data_frame([dict(flattened(line)) for line in self])


class Predictions(Mapping[str, SplitPredictions]):
    """The recorded predictions of a run by split: `test`, `validation`. A split is read when it is asked for."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def __getitem__(self, split: str) -> SplitPredictions:
        if split not in SPLITS:
            raise KeyError(split)
        if not self._run.predictions_file(split).exists():
            raise KeyError(split)
        return SplitPredictions(read_predictions(self._run, split, lambda line: line))

    def __iter__(self) -> Iterator[str]:
        return (split for split in SPLITS if self._run.predictions_file(split).exists())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<predictions of run {self._run.id}: {', '.join(self)}>"

    def to_pandas(self) -> pandas.DataFrame:
        """A DataFrame of all splits, with the column `split`. Raises RequestError if pandas is not installed."""
        return data_frame([{"split": split, **dict(flattened(line))} for split in self for line in self[split]])


class Recorded:
    """The part of `LoadedRun` that reads what its run recorded."""

    run: Run

    @property
    def metrics(self) -> Metrics:
        """The metrics of `result.json`, a dict; `to_pandas()` makes a DataFrame of it."""
        return Metrics(self.run)

    @property
    def history(self) -> History:
        """The metrics of each epoch, a list of dicts; `to_pandas()` makes a DataFrame of it.

        >>> history = seqlab.load("latest", progress=False).history
        >>> [epoch["epoch"] for epoch in history]
        [1, 2]
        """
        return History(self.run.metrics())

    @property
    def predictions(self) -> Predictions:
        """The recorded predictions by split, a list of dicts each; `to_pandas()` makes DataFrames of them.

        >>> predictions = seqlab.load("latest", progress=False).predictions
        >>> sorted(predictions["test"][0])
        ['id', 'prediction', 'scores', 'target']
        """
        return Predictions(self.run)

    def _repr_html_(self) -> str:
        """What a notebook shows of the run: what it is, and its metrics."""
        metadata, metrics = self.run.metadata(), self.metrics
        config: Mapping[str, Any] = metadata.get("config") or {}
        names = [config.get("task"), *((config.get(section) or {}).get("name") for section in ("data", "model"))]
        known = {"parameters": metadata.get("parameters"), **metrics}
        told = [words.format(known[name]) for name, words in BESIDE.items() if is_number(known.get(name))]
        lines = [" · ".join(str(name) for name in (*names, self.run.status()) if name), " · ".join(told)]
        return notebook_html.block(
            f"run {self.run.id}", *map(notebook_html.paragraph, filter(None, lines)), metrics.as_html()
        )


def is_overall(name: str) -> bool:
    """Whether a metric is of a whole split: no single class, and no bound of an interval."""
    return name.count(".") <= 1 and not name.endswith(("_low", "_high"))


def data_frame(rows: Sequence[Mapping[str, Any]], index: Sequence[str] | None = None) -> pandas.DataFrame:
    """Raises RequestError if pandas is not installed."""
    try:
        import pandas
    except ImportError as error:
        raise RequestError("to_pandas() needs pandas: pip install pandas") from error
    return pandas.DataFrame(list(rows), index=index)
