"""A run with its model in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seqlab.config import Experiment
from seqlab.data.records import SplitName
from seqlab.data.splits.load_splits import load as load_corpus
from seqlab.data.splits.load_splits import locate
from seqlab.decoding.beam_options import BeamOptions
from seqlab.decoding.sampling_options import SamplingOptions
from seqlab.errors import RequestError
from seqlab.experiment.evaluate import metrics_of, named
from seqlab.progress import SILENT, Progress
from seqlab.reports.verdict import Verdict, verdicts
from seqlab.runs import Run
from seqlab.tasks.language_modeling.task import LanguageModel
from seqlab.tasks.task import Task
from seqlab.tasks.translation.predictor import Answer
from seqlab.tasks.translation.task import Translation

if TYPE_CHECKING:
    import keras

DEFAULT_SAMPLING = SamplingOptions()
DEFAULT_BEAM = BeamOptions()
REPORTED = ("test.bits_per_character", "test.perplexity")


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

    def generate(
        self,
        prompt: str | None = None,
        *,
        length: int = 500,
        samples: int = 1,
        sampling: SamplingOptions = DEFAULT_SAMPLING,
    ) -> list[str]:
        """Texts that go on from a prompt, which is not given back. Raises RequestError for any other kind of run."""
        pieces = self.written(prompt, length=length, samples=samples, sampling=sampling)
        return ["".join(parts) for parts in zip(*pieces, strict=True)]

    def written(
        self, prompt: str | None, *, length: int, samples: int, sampling: SamplingOptions
    ) -> Iterator[list[str]]:
        """The same piece by piece: of each sample what was written since the last."""
        return self._language_model().write(self.model, prompt, length=length, samples=samples, sampling=sampling)

    def translate(
        self, texts: Iterable[str], *, beam: BeamOptions = DEFAULT_BEAM, replace_unknown: bool = False
    ) -> list[str]:
        """A translation per text. Raises RequestError for any other kind of run."""
        return [answer.label for answer in self.translations(texts, beam=beam, replace_unknown=replace_unknown)]

    def translations(
        self,
        texts: Iterable[str],
        *,
        beam: BeamOptions = DEFAULT_BEAM,
        replace_unknown: bool = False,
        steps: bool = False,
    ) -> Iterator[Answer]:
        """The same with scores, attention and, if asked for, the candidates of every step, as the texts come."""
        if not isinstance(self.task, Translation):
            raise RequestError(f"run {self.run.id} is a {self.task.name}: only a translation run translates")
        return self.task.translate(self.model, texts, beam, replace_unknown=replace_unknown, steps=steps)

    def out_of_vocabulary(self, prompt: str) -> list[str]:
        """Tokens of a prompt that the model never saw, and reads as the unknown one."""
        return self._language_model().out_of_vocabulary(prompt)

    def require_data(self) -> None:
        """Raises RequestError, which says what to put where, unless the data of the run are on this machine."""
        locate(self.experiment.data)

    def report(self, texts: Sequence[str]) -> dict[str, Any]:
        """What generated texts are like, beside what the model is worth on text that it did not see."""
        task = self._language_model()
        measured = {name: value for name, value in self.metrics.items() if name in REPORTED}
        return measured | task.report(texts, load_corpus(self.experiment.data).splits["train"])

    def _language_model(self) -> LanguageModel:
        if not isinstance(self.task, LanguageModel):
            raise RequestError(f"run {self.run.id} is a {self.task.name}: only a language model writes text")
        return self.task

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
