"""A run with its model in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seqlab.config import Experiment
from seqlab.data.corpus import load as load_corpus
from seqlab.data.records import SplitName
from seqlab.experiment.scoring import metrics_of, named
from seqlab.progress import SILENT, Progress
from seqlab.reports.verdict import Verdict, verdicts
from seqlab.runs import Run
from seqlab.tasks.task import Task

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class LoadedRun:
    """What a trained run answers."""

    run: Run
    experiment: Experiment
    task: Task
    model: keras.Model

    @property
    def metrics(self) -> dict[str, Any]:
        """The figures of `result.json`."""
        return self.run.result()

    def predict(self, texts: Iterable[str]) -> list[Any]:
        """An answer per text."""
        return list(self.answers(texts))

    def answers(self, texts: Iterable[str]) -> Iterator[Any]:
        """Answers one by one, as the texts come: an endless pipe will do."""
        return self.task.answer(self.model, texts)

    def evaluate(self, split: SplitName = "test", progress: Progress = SILENT) -> dict[str, float]:
        """The figures of a split, from the raw data again, under the keys of `result.json`."""
        corpus = load_corpus(self.experiment.data, progress)
        recorded = self.run.section("data", "splits")
        if self.experiment.training.refit and split != "test":
            progress.say(f"this model was trained on {split} too (training.refit): its figures there are too good")
        elif corpus.fingerprints[split] != recorded.get(split):
            progress.say(f"the {split} split is not the one of the training run: its figures cannot be compared")
        store = self.task.prepare(corpus.splits[split], progress)
        scores = self.task.score(self.model, store, metrics_of(self.experiment), progress)
        return named(split, scores.figures())

    def verdicts(self, result: Mapping[str, Any] | None = None) -> list[Verdict]:
        """The figures against the bands that the config expects."""
        return verdicts(self.metrics if result is None else result, self.experiment.expected.bands)
