"""Translation: a sentence given another."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from seqlab.data.batching import plan
from seqlab.data.batching.padding import padded
from seqlab.data.batching.pipeline import Batch, Signature
from seqlab.data.batching.plan import Batching, Plan
from seqlab.data.datasets import PAIRS, Dataset
from seqlab.data.ragged import Ragged
from seqlab.data.records import Records
from seqlab.data.store import Store
from seqlab.decoding.options import Beam
from seqlab.metrics.translation import TRANSLATION_METRICS, TranslationOutputs, grouped
from seqlab.models.translation.translator import TRANSLATORS, TranslatorContext, TranslatorPart
from seqlab.progress import SILENT, Progress
from seqlab.registry import Component
from seqlab.tasks.task import LossFunction, Problem, Task, refuse_without_meaning
from seqlab.tasks.translation.evaluate import TranslationEvaluation
from seqlab.tasks.translation.loss import TranslationLoss
from seqlab.tasks.translation.predictor import Answer, Hypothesis
from seqlab.tasks.translation.translate import Found, score_pairs, translate
from seqlab.text import VECTORIZERS, Vectorizer
from seqlab.text.pair_vectorizers import PAIR_VECTORIZERS, OfPairs, Shared, Sides, options_of
from seqlab.text.sentences import END_ID, UNKNOWN_ID, Sentences
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text.vocabulary import END, UNKNOWN

if TYPE_CHECKING:
    import keras

ANSWERED_AT_ONCE = 64
"""Sentences of an endless pipe that are read before the first is answered."""


class Translation(Task):
    """A sentence given another."""

    name = "translation"
    datasets = PAIRS
    vectorizers = PAIR_VECTORIZERS
    models = TRANSLATORS
    metrics = TRANSLATION_METRICS
    monitor = "validation.loss"
    ask = 'seqlab translate --run {run} "A sentence of your own."'

    def __init__(self, data: Dataset, model: TranslatorPart, source: Sentences, target: Sentences) -> None:
        self.data, self.model, self.source, self.target = data, model, source, target

    @classmethod
    def problems(cls, data: Dataset, vectorizer: Any, model: Component, batching: Batching) -> Iterator[Problem]:
        for place, part in _places(vectorizer):
            if part.traits.output != "ids":
                yield (*place, "output"), "sentences are read in order: a translator needs output: ids"
            if part.traits.ngrams != 1:
                yield (*place, "ngrams"), "a translator writes each word once: leave ngrams out"
            if not part.traits.splits_texts:
                yield (*place, "split"), "a whole sentence as one word cannot be translated: split it"
            if part.fit.fields is not None:
                yield (*place, "fit", "fields"), "each side is learned from its own sentences: leave fields out"
            room = part.traits.max_tokens
            if room is not None and room <= END_ID + 1:
                yield (*place, "max_tokens"), f"{room} leaves no room for a word beside {END_ID + 1} special ids"
        if options_of(vectorizer)[1].traits.reverses:
            place = next(iter(reversed(list(_places(vectorizer)))))[0]
            yield (*place, "reverse"), "the target is written from its beginning: reverse the source alone"

    @classmethod
    def learn(cls, data: Dataset, vectorizer: Any, model: Component, train: Records, progress: Progress) -> Self:
        sides = [list(train["source"]), list(train["target"])]
        if isinstance(vectorizer, Shared):
            take = vectorizer.shared.fit.take
            both = Sentences.learn(vectorizer.shared, [*sides[0][:take], *sides[1][:take]], progress)
            return cls(data, model, both, both)  # type: ignore[arg-type]
        learned = [
            Sentences.learn(part, texts[: part.fit.take], progress)
            for part, texts in zip(options_of(vectorizer), sides, strict=True)
        ]
        return cls(data, model, *learned)  # type: ignore[arg-type]

    @classmethod
    def restore(cls, data: Dataset, vectorizer: Any, model: Component, directory: Path) -> Self:
        if isinstance(vectorizer, Shared):
            both = Sentences.restore(vectorizer.shared, directory, "shared")
            return cls(data, model, both, both)  # type: ignore[arg-type]
        names = zip(options_of(vectorizer), ("source", "target"), strict=True)
        restored = [Sentences.restore(part, directory, side) for part, side in names]
        return cls(data, model, *restored)  # type: ignore[arg-type]

    def save(self, directory: Path) -> None:
        if self.shared:
            self.source.save(directory, "shared")
            return
        self.source.save(directory, "source")
        self.target.save(directory, "target")

    @property
    def shared(self) -> bool:
        """Whether both sides have one vocabulary."""
        return self.source is self.target

    def prepare(self, records: Records, progress: Progress, *, keep_text: bool = False) -> Store:
        """The raw sentences are kept for every split: they are what translations are compared with."""
        source, target = (list(records[side]) for side in ("source", "target"))
        longest = self.model.longest
        return Store(
            {
                "source": self.source.encode(source, progress, start=False, longest=longest),
                "target": self.target.encode(target, progress, start=True, longest=longest),
                "content_ids": np.array(records.content_ids, "S32"),
                "source_text": Ragged.from_texts(source),
                "target_text": Ragged.from_texts(target),
            }
        )

    def summary(self, store: Store) -> dict[str, float]:
        ids = [np.asarray(store.ragged(side).values) for side in ("source", "target")]
        tokens = sum(map(len, ids))
        unknown = sum(int((each == UNKNOWN_ID).sum()) for each in ids)
        return {
            "examples": len(store),
            "tokens": tokens,
            "unknown_share": unknown / tokens,
            "mean_tokens": tokens / len(store),
        }

    @property
    def vocabulary_size(self) -> int:
        return self.target.size

    @property
    def vectorizers_by_side(self) -> Mapping[str, FittedVectorizer]:
        return {"source": self.source.vectorizer, "target": self.target.vectorizer}

    def lengths(self, store: Store) -> np.ndarray:
        return store.ragged("source").lengths + store.ragged("target").lengths

    def order(self, store: Store, batching: Batching, *, seed: int, epoch: int) -> Plan:
        """Pairs of like lengths together, first of the target, then of the source."""
        source, target = (store.ragged(side).lengths for side in ("source", "target"))
        if batching.tokens is not None:
            return plan.by_tokens(np.maximum(source, target), batching.tokens, seed=seed, epoch=epoch)
        if not batching.buckets:
            return plan.shuffled(len(store), batching.batch_size, seed=seed, epoch=epoch)
        lengths = target * (source.max() + 1) + source
        return plan.bucketed(lengths, batching.batch_size, mixed=True, seed=seed, epoch=epoch)

    @property
    def signature(self) -> Signature:
        return {"source": ("int32", (None, None)), "target": ("int32", (None, None))}

    def gather(self, store: Store, rows: np.ndarray, batching: Batching) -> Batch:
        chosen = {side: store.ragged(side).gather(rows) for side in ("source", "target")}
        return {side: padded(each, int(each.lengths.max())) for side, each in chosen.items()}

    def example(self, records: Records, store: Store, row: int, batching: Batching) -> Mapping[str, str]:
        source, target = (str(records[side][row]) for side in ("source", "target"))
        tokens = {
            "source tokenized": self.source.tokens(store.ragged("source")[row]),
            "target tokenized": self.target.tokens(store.ragged("target")[row]),
        }
        texts = {"source text": source, "target text": target}
        return texts | {name: " | ".join(each) for name, each in tokens.items()}

    def build(self, train: Store | None) -> keras.Model:
        return self.model.build(TranslatorContext(self.source.size, self.target.size, self.shared))

    def loss_function(
        self,
        train: Store,
        model: keras.Model,
        batching: Batching,
        *,
        loss: Any,
        class_weights: Any,
        label_smoothing: float,
    ) -> LossFunction:
        refuse_without_meaning("translator", loss=loss, class_weights=class_weights)
        return TranslationLoss(
            model,
            label_smoothing=label_smoothing,
            forcing=self.model.forcing,
            negatives=self.model.negatives,
            target_size=self.target.size,
        )

    def score(
        self, model: keras.Model, store: Store, metrics: Sequence[Component], progress: Progress
    ) -> TranslationEvaluation:
        source, target = store.ragged("source"), store.ragged("target")
        log_probabilities, right, lengths = score_pairs(model, source, target, progress)
        free = None
        if not self.model.forcing.always:
            free, _, _ = score_pairs(model, source, target, progress, free_running=True)
        texts = [[store.ragged(f"{side}_text").text(row) for row in range(len(store))] for side in ("source", "target")]
        references = grouped(*texts)
        first = {text: row for row, text in reversed(list(enumerate(texts[0])))}
        rows = np.array([first[text] for text in references], np.int64)

        @functools.cache
        def translations(width: int | None, length_penalty: float | None) -> list[str]:
            beam = Beam() if width is None else Beam(width)
            beam = beam if length_penalty is None else replace(beam, length_penalty=length_penalty)
            found = translate(model, source.gather(rows), self.target.size, beam, progress, longest=self.model.longest)
            return [self.target.text(each.ids[0]) for each in found]

        translated = TranslationOutputs(
            log_probabilities,
            right,
            free,
            list(references),
            list(references.values()),
            translations,
            self.target.lowercases,
            self.target.standardize if self.target.strips_punctuation else None,
            _tokenized(),
        )
        sums = np.add.reduceat(log_probabilities, np.cumsum(lengths) - lengths)
        contents = [content.decode() for content in store.flat("content_ids").tolist()]
        pairs = list(zip(contents, texts[0], sums.tolist(), lengths.tolist(), strict=True))
        return TranslationEvaluation(
            translated, pairs, tuple(metrics), lambda: dict(zip(references, translations(None, None), strict=True))
        )

    def answer(self, model: keras.Model, texts: Iterable[str]) -> Iterator[Answer]:
        """Answers in the order of the texts, which are read a batch at a time: an endless pipe will do."""
        return self.translate(model, texts, Beam())

    def translate(
        self,
        model: keras.Model,
        texts: Iterable[str],
        beam: Beam,
        *,
        replace_unknown: bool = False,
        steps: bool = False,
    ) -> Iterator[Answer]:
        """Answers in the order of the texts; a blank one stays blank.

        `replace_unknown`: an unknown word is written as the source word at which the model looked most (Luong et al.
        2015b). `steps`: with the candidates of every step.
        """
        texts = iter(texts)
        while batch := list(islice(texts, ANSWERED_AT_ONCE)):
            words = [text for text in batch if text.strip()]
            found: Iterator[tuple[np.ndarray, Found]] = iter(())
            if words:
                limit = self.model.longest
                source = self.source.encode(words, start=False, longest=limit)
                several = translate(model, source, self.target.size, beam, SILENT, longest=limit, steps=steps)
                found = zip((source[row] for row in range(len(source))), several, strict=True)
            for text in batch:
                yield self._answer(text, *next(found), replace_unknown=replace_unknown) if text.strip() else Answer()

    def _answer(self, text: str, read_ids: np.ndarray, found: Found, *, replace_unknown: bool) -> Answer:
        read = found.attention[0].shape[1] - 1  # the end's id is read too, and what was cut off is not
        source = tuple(self.source.vectorizer.tokens(text)[:read]) or (UNKNOWN,)
        hypotheses = []
        for ids, score, log_probability, attention in zip(
            found.ids, found.scores, found.log_probabilities, found.attention, strict=True
        ):
            tokens = self.target.tokens(ids)
            written = self.target.text(ids)
            if replace_unknown and attention.any():
                looked = attention[: len(ids), : len(source)].argmax(axis=1)
                places = zip(ids, tokens, looked, strict=True)
                tokens = [source[place] if index == UNKNOWN_ID else token for index, token, place in places]
                written = self.target.detokenize(tokens)
            looks = attention.astype(float).round(4).tolist()
            hypotheses.append(Hypothesis(written, tuple(tokens), score, log_probability, looks))
        steps = tuple(tuple((self._beginning(ids), value) for ids, value in step) for step in found.steps)
        unknown = int((read_ids == UNKNOWN_ID).sum())
        backwards = 2 * unknown > len(source) and self._unknown_to_target(text) < unknown / len(source)
        return Answer(source, tuple(hypotheses), steps, unknown, backwards)

    def _unknown_to_target(self, text: str) -> float:
        """The share of the text's tokens that the target's vocabulary lacks; the model may have read a part alone."""
        ids = self.target.vectorizer.encode([text]).ids.values
        return float((ids == UNKNOWN_ID).mean()) if len(ids) else 1.0

    def _beginning(self, ids: Sequence[int]) -> str:
        """The tokens of a candidate, its end shown."""
        return " ".join([*self.target.tokens(ids), *([END] if ids[-1] == END_ID else [])])


def _places(vectorizer: OfPairs) -> Iterator[tuple[tuple[str, ...], Vectorizer]]:
    """Where in a config each vectorizer stands."""
    if isinstance(vectorizer, Sides):
        yield ("vectorizer", "source"), vectorizer.source
        yield ("vectorizer", "target"), vectorizer.target
    elif isinstance(vectorizer, Shared):
        yield ("vectorizer", "shared"), vectorizer.shared
    else:
        yield ("vectorizer",), vectorizer


def _tokenized() -> Any:
    """Lower case, words and signs apart: how papers on small corpora print their references."""
    spaced = VECTORIZERS["words"].model_validate({"standardize": "lower", "split": "punctuation"}).preprocessor()  # type: ignore[attr-defined]
    return lambda text: " ".join(spaced(text).split())
