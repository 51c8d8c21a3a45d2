"""A run with its model in memory."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

from seqlab.config import Experiment
from seqlab.config.overrides import as_arguments
from seqlab.data.records import SplitName
from seqlab.data.splits.load_splits import load, locate
from seqlab.decoding.beam_options import BeamOptions
from seqlab.decoding.sampling_options import SamplingOptions
from seqlab.errors import DataError, RequestError
from seqlab.experiment.evaluate_again import evaluate_again
from seqlab.experiment.explaining import Explains
from seqlab.experiment.input_texts import each_text
from seqlab.experiment.overridden import overridden
from seqlab.experiment.predictions import USELESS_MODEL, Answer, Given, answers_of, each_example, is_useless
from seqlab.experiment.records import Recorded
from seqlab.progress import SILENT, Progress
from seqlab.reports.verdict import Verdict, verdicts
from seqlab.runs import Run
from seqlab.tasks import TASKS, FittedTask, Predictor
from seqlab.tasks.given_rows import Example
from seqlab.tasks.task import lacks_capability
from seqlab.tasks.token_vectors import MatrixName
from seqlab.vectors import Metric, Neighbor, WordVectors

if TYPE_CHECKING:
    import keras

    from seqlab.tasks.translation.results import TranslationResult

REPORTED = ("test.bits_per_character", "test.perplexity")


@dataclass(frozen=True)
class LoadedRun(Recorded, Explains):
    """A trained run that predicts, generates or translates, as its task does.

    >>> run = seqlab.load("latest", progress=False)
    >>> run.metrics["test.accuracy"] == run.evaluate("test")["test.accuracy"]
    True
    """

    run: Run
    experiment: Experiment
    """What the model is applied to: the run's config with the overrides of the command."""
    trained: Experiment
    """What the model was trained on: the run's config."""
    task: FittedTask
    model: keras.Model
    predictor: Predictor
    progress: Progress = SILENT

    def __repr__(self) -> str:
        return f"<seqlab run {self.run.id}: {self.experiment.task}>"

    @overload
    def predict(self, examples: Example, *, threshold: float | None = None) -> Any: ...

    @overload
    def predict(self, examples: Iterable[Example], *, threshold: float | None = None) -> list[Any]: ...

    def predict(self, examples: Given, *, threshold: float | None = None) -> Any:
        """The prediction for a text, or a list with one for each of several texts.

        A run whose data have categories or numbers is given rows: `run.predict([{"size": 3.2, "city": "Rome"}])`.
        Each has `label` and `probability`, or of a regression `prediction`; those of a classifier also have
        `probabilities` (class → share). `threshold`: see `stream_predictions`. Raises RequestError for what is neither.

        >>> run = seqlab.load("latest", progress=False)
        >>> answer = run.predict("The soup was not bad.")
        >>> sorted(answer.probabilities)
        ['negative', 'positive']
        >>> [answer] == run.predict(["The soup was not bad."])
        True
        """
        answers = list(self.stream_predictions(examples, threshold=threshold))
        return answers[0] if isinstance(examples, str | Mapping) else answers

    def stream_predictions(self, examples: Given, *, threshold: float | None = None) -> Iterator[Any]:
        """Predictions one by one, as the texts come: an endless pipe works. A single string is one text.

        `threshold`: of two classes, predict the second from this probability on; None: the most probable class. Raises
        RequestError for a threshold without two classes, and DataError for a prediction that is not a finite number.
        """
        each: Iterable[Example] = each_example(examples, self.experiment.data)
        if self.experiment.data.feature_columns:
            each = list(each)
            for note in self._able_to("notes_on_rows").notes_on_rows(each):
                self.progress.say(note)
        able = self._able_to("predict" if threshold is None else "predict_from")
        for prediction in able.predict(each) if threshold is None else able.predict_from(each, threshold):
            if is_useless(self.answers_of(prediction)):
                raise DataError(f"run {self.run.id} predicts what is not a number: {USELESS_MODEL}")
            yield prediction

    @property
    def answers(self) -> tuple[str, ...]:
        """The names of what a prediction answers: `label` and `probability`, or `prediction`."""
        return TASKS[self.experiment.task].answers

    def answers_of(self, prediction: Any) -> tuple[Answer, ...]:
        """The values of `answers`; the first is None if there was nothing to answer."""
        return answers_of(TASKS[self.experiment.task], prediction)

    def tuned_threshold(self) -> float:
        """The threshold with the best F1 on validation. Raises RequestError if the run recorded none."""
        threshold = self.metrics.get("validation.threshold")
        if not isinstance(threshold, float):
            raise RequestError(
                f"run {self.run.id} has no tuned threshold: runs of two classes have one; of a run that is older than "
                f"thresholds, `seqlab evaluate {shlex.quote(self.run.id)} --split validation` shows it"
            )
        return threshold

    def generate(
        self,
        prompt: str | None = None,
        *,
        length: int = 500,
        samples: int = 1,
        sampling: SamplingOptions | None = None,
        **options: Any,
    ) -> list[str]:
        """Continuations of a prompt, without the prompt.

        `options` are those of `seqlab generate`, such as `temperature=0.5`; `sampling` holds them in one object. The
        seed is 0 by default. Raises RequestError for an unknown option or value, and for a run that writes no text.
        """
        if sampling is not None and options:
            raise RequestError(f"sampling and {', '.join(options)} are given: put all options in one of them")
        sampling = sampling or SamplingOptions(**options)
        pieces = self.stream_text(prompt, length=length, samples=samples, sampling=sampling)
        return ["".join(parts) for parts in zip(*pieces, strict=True)]

    def stream_text(
        self, prompt: str | None, *, length: int, samples: int, sampling: SamplingOptions
    ) -> Iterator[list[str]]:
        """The same piece by piece: for each sample the text since the last piece."""
        for option, value in {"length": length, "samples": samples}.items():
            if type(value) is not int or value < 1:
                raise RequestError(f"{option} is {value}; it must be a whole number above 0")
        predictor = self._able_to("generate")
        pieces: Iterator[list[str]] = predictor.generate(prompt, length=length, samples=samples, sampling=sampling)
        return pieces

    def out_of_vocabulary(self, prompt: str) -> list[str]:
        """The tokens of a prompt that training never had."""
        tokens: list[str] = self._able_to("generate").out_of_vocabulary(prompt)
        return tokens

    def prompt_notes(self, prompt: str) -> list[str]:
        """What the model learned nothing about, or does not read, of a prompt: lines for the user."""
        notes: list[str] = self._able_to("generate").prompt_notes(prompt)
        return notes

    def require_data(self) -> None:
        """Raises RequestError, which says what to put where, unless the data of the run are on this machine."""
        locate(self.experiment.data)

    def report(self, texts: Sequence[str]) -> dict[str, Any]:
        """Diversity and copying of generated texts, beside the model's metrics on text it has not seen."""
        predictor = self._able_to("generate")
        measured = {name: value for name, value in self.metrics.items() if name in REPORTED}
        train = load(self.experiment.data).splits["train"]
        report: dict[str, Any] = predictor.report(texts, self.experiment.data.input_texts(train))
        return measured | report

    @overload  # a string is an iterable of strings too: it is one text
    def translate(self, texts: str, **options: Any) -> str: ...

    @overload
    def translate(self, texts: Iterable[str], **options: Any) -> list[str]: ...

    def translate(self, texts: str | Iterable[str], **options: Any) -> str | list[str]:
        """The translation of a text, or a list with one for each of several texts.

        `options` are those of `seqlab translate`, such as `beam_width=1` and `replace_unknown=True`; `beam` holds those
        of the search in one object. Raises RequestError for an unknown option or value, for a run that does not
        translate, and for anything but strings.
        """
        translations = [each.label for each in self.stream_translations(texts, **options)]
        return translations[0] if isinstance(texts, str) else translations

    def stream_translations(
        self,
        texts: str | Iterable[str],
        *,
        beam: BeamOptions | None = None,
        replace_unknown: bool = False,
        steps: bool = False,
        **options: Any,
    ) -> Iterator[TranslationResult]:
        """The same with scores, attention and, if asked for, the candidates of every step, as the texts come. The
        option `n_best` asks for several hypotheses."""
        if beam is not None and options:
            raise RequestError(f"beam and {', '.join(options)} are given: put all options in one of them")
        predictor = self._able_to("translate")
        beam = beam or predictor.beam.changed(options)
        results: Iterator[TranslationResult] = predictor.translate(
            each_text(texts), beam, replace_unknown=replace_unknown, steps=steps
        )
        return results

    def beam(self, options: Mapping[str, Any]) -> BeamOptions:
        """How this run translates (`model.decoding`), with other values of some options of `seqlab translate`. Raises
        RequestError for an unknown option or value."""
        beam: BeamOptions = self._able_to("translate").beam.changed(options)
        return beam

    def translation_notes(self, beam: BeamOptions, *, replace_unknown: bool = False, steps: bool = False) -> list[str]:
        """Options of a translation that have no effect on this model: lines for the user."""
        predictor = self._able_to("translate")
        return list(predictor.notes_on_options(beam, replace_unknown=replace_unknown, steps=steps))

    def word_vectors(self, side: str | None = None, matrix: MatrixName = "input") -> WordVectors:
        """The vectors of the model's tokens, without special ones such as padding.

        `side`: of a translator, `source` or `target`; `matrix`: `input`, the embedding, or `output`, the rows that give
        the logits of tokens. Raises RequestError for a model without such a matrix.
        """
        vectors: WordVectors = self._able_to("word_vectors").word_vectors(side, matrix)
        return vectors

    def neighbors(
        self,
        word: str,
        *,
        top: int = 10,
        metric: Metric = "cosine",
        side: str | None = None,
        matrix: MatrixName = "input",
    ) -> list[Neighbor]:
        """The words with the nearest vectors, and how near they are. Raises RequestError for a word without a vector.

        >>> run = seqlab.load("latest", progress=False)
        >>> len(run.neighbors("good", top=3))
        3
        """
        return self.word_vectors(side, matrix).neighbors(word, top=top, metric=metric)

    def analogy(
        self,
        a: str,
        b: str,
        c: str,
        *,
        top: int = 10,
        metric: Metric = "cosine",
        side: str | None = None,
        matrix: MatrixName = "input",
    ) -> list[Neighbor]:
        """What `c` is to, as `a` is to `b`: the words nearest to b - a + c. Raises RequestError as `neighbors`."""
        return self.word_vectors(side, matrix).analogy(a, b, c, top=top, metric=metric)

    def evaluate(
        self,
        split: SplitName | None = None,
        progress: Progress | None = None,
        *,
        data: Mapping[str, Any] | None = None,
        threshold: float | None = None,
    ) -> dict[str, float]:
        """The metrics of a split, from the raw data again, under the keys of `result.json`.

        `split`: None: test, or validation if the data have no test split. `progress`: None: that of the loaded run.
        `data`: options of the config's section `data` to change. `threshold`: as in `stream_predictions`.
        """
        if data:
            changes = as_arguments([{f"data.{option}": value for option, value in data.items()}])
            applied = replace(self, experiment=overridden(self.run, self.experiment, changes))
            return applied.evaluate(split, progress, threshold=threshold)
        if threshold is not None:
            self._able_to("predict_from")
        return evaluate_again(self, split, threshold, progress or self.progress)

    def verdicts(self, result: Mapping[str, Any] | None = None) -> list[Verdict]:
        """The metrics against the bands that the config expects."""
        return verdicts(self.metrics if result is None else result, self.experiment.expected.bands)

    def _able_to(self, capability: str) -> Any:
        """The predictor, if its task has the capability."""
        if capability in TASKS[self.experiment.task].capabilities:
            return self.predictor
        raise RequestError(lacks_capability(self.run.id, self.experiment.task, capability))
