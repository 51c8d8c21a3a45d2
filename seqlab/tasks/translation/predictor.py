"""Evaluating a translator, and translating raw sentences with it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from seqlab.data.ragged import Ragged
from seqlab.data.store import Store
from seqlab.decoding.beam_options import BeamOptions
from seqlab.explanations.options import ExplainOptions
from seqlab.explanations.results import ScoredTranslation
from seqlab.metrics.translation import TranslationOutputs, grouped
from seqlab.progress import SILENT, Progress
from seqlab.registry import Component
from seqlab.tasks.token_vectors import MatrixName, token_vectors
from seqlab.tasks.translation.evaluate import ScoredPair, TranslationEvaluation
from seqlab.tasks.translation.explain import TranslationExplainer
from seqlab.tasks.translation.length_limit import LengthLimit
from seqlab.tasks.translation.results import Hypothesis, TranslationResult
from seqlab.tasks.translation.translate import CompiledTranslator, SearchResult, score_pairs, translate
from seqlab.text import VECTORIZERS
from seqlab.text.sentences import END_ID, UNKNOWN_ID, Sentences
from seqlab.text.vocabulary import END, UNKNOWN
from seqlab.text_format import counted
from seqlab.vectors import WordVectors

if TYPE_CHECKING:
    import keras

SENTENCES_PER_BATCH = 64
"""Sentences of an endless pipe that are read before the first is translated."""


class TranslationPredictor:
    """A translator with the vocabularies of both sides.

    `max_ids`: the longest sentence that the model can read and write; None: no limit. `limit`: see `LengthLimit`.
    `beam`: how it writes where nothing else is asked for. `free_running`: also evaluate with each step reading the
    model's own previous prediction. `attends`: whether the model has attention weights.
    """

    def __init__(
        self,
        model: keras.Model,
        source: Sentences,
        target: Sentences,
        max_ids: int | None,
        limit: LengthLimit,
        beam: BeamOptions,
        *,
        free_running: bool,
        attends: bool = True,
    ) -> None:
        self.compiled = CompiledTranslator(model, target.size)
        self.source, self.target, self.max_ids, self.limit = source, target, max_ids, limit
        self.beam = beam
        self.free_running, self.attends = free_running, attends
        self.ends_with_targets = False

    def ending_with_targets(self) -> TranslationPredictor:
        """The same model, but translations of a split that is evaluated are cut where their targets end."""
        same = copy(self)
        same.ends_with_targets = True
        return same

    def word_vectors(self, side: str | None, matrix: MatrixName) -> WordVectors:
        """See `token_vectors`."""
        sides = {"source": self.source.vectorizer, "target": self.target.vectorizer}
        return token_vectors(self.compiled.model, sides, side, matrix, writes="target")

    def evaluate(self, store: Store, metrics: Sequence[Component], progress: Progress) -> TranslationEvaluation:
        source, target = store.ragged("source_ids"), store.ragged("target_ids")
        log_probabilities, correct, lengths = score_pairs(self.compiled, source, target, progress)
        free = None
        if self.free_running:
            free, _, _ = score_pairs(self.compiled, source, target, progress, free_running=True)
        sources, targets = (
            [store.ragged(side).text(row) for row in range(len(store))] for side in ("source", "target")
        )
        references = grouped(sources, targets)
        first_row = {text: row for row, text in reversed(list(enumerate(sources)))}
        rows = np.array([first_row[text] for text in references], np.int64)

        @functools.cache
        def translations(width: int | None, length_penalty: float | None) -> list[str]:
            beam = self.beam if width is None else replace(self.beam, width=width)
            beam = beam if length_penalty is None else replace(beam, length_penalty=length_penalty)
            chosen = source.gather(rows)
            limits = (target.lengths[rows] - 1).astype(np.int32) if self.ends_with_targets else self.limits(chosen)
            results = translate(self.compiled, chosen, beam, progress, limits=limits)
            _tell_cut(results, progress)
            return [self.target.text(each.ids[0]) for each in results]

        outputs = TranslationOutputs(
            log_probabilities,
            correct,
            free,
            list(references),
            list(references.values()),
            translations,
            self.target.lowercases,
            self.target.standardize if self.target.strips_punctuation else None,
            _tokenizer(),
        )
        sums = np.add.reduceat(log_probabilities, np.cumsum(lengths) - lengths)
        contents = [content.decode() for content in store.flat("content_ids").tolist()]
        pairs = [ScoredPair(*each) for each in zip(contents, sources, sums.tolist(), lengths.tolist(), strict=True)]
        return TranslationEvaluation(
            outputs, pairs, tuple(metrics), lambda: dict(zip(references, translations(None, None), strict=True))
        )

    def predict(self, texts: Iterable[str]) -> Iterator[TranslationResult]:
        """Translations with the beam of the run, as the texts come."""
        return self.translate(texts, self.beam)

    def translate(
        self, texts: Iterable[str], beam: BeamOptions, *, replace_unknown: bool = False, steps: bool = False
    ) -> Iterator[TranslationResult]:
        """Translations in the order of the texts, read a batch at a time: an endless pipe works. Blank stays blank.

        `replace_unknown`: write an unknown word as the source word with the most attention (Luong et al. 2015b).
        `steps`: also return the candidates of every decoding step.
        """
        texts = iter(texts)
        while batch := list(islice(texts, SENTENCES_PER_BATCH)):
            sentences = [text for text in batch if text.strip()]
            results: Iterator[tuple[np.ndarray, int, SearchResult]] = iter(())
            if sentences:
                encoded = self.source.encode(sentences, start=False, longest=self.max_ids)
                source = encoded.ids
                cut_off = np.zeros(len(source), int) if encoded.cut_off is None else encoded.cut_off
                found = translate(self.compiled, source, beam, SILENT, limits=self.limits(source), steps=steps)
                results = zip((source[row] for row in range(len(source))), cut_off.tolist(), found, strict=True)
            for text in batch:
                if text.strip():
                    yield self._result(text, *next(results), replace_unknown=replace_unknown)
                else:
                    yield TranslationResult()

    @property
    def unknown_penalty(self) -> float:
        """Of the run's search; 0 where no token is unknown, so that it changes nothing."""
        return 0.0 if self.target.encodes_everything else self.beam.unknown_penalty

    def limits(self, source: Ragged) -> np.ndarray:
        """The greatest length of the translation of each sentence, end included, (sentences,) int32."""
        return self.limit.of(source.lengths, self.max_ids)

    def notes_on_options(
        self, beam: BeamOptions, *, replace_unknown: bool = False, steps: bool = False
    ) -> Iterator[str]:
        """Lines for the user about options that have no effect on this model, or beside the others."""
        attention = {"--replace-unknown": replace_unknown, "--coverage-penalty": beam.coverage_penalty > 0}
        unknown = {"--replace-unknown": replace_unknown, "--unknown-penalty": beam.unknown_penalty > 0}
        ranking = {
            "--length-penalty": beam.length_penalty != self.beam.length_penalty,
            "--coverage-penalty": self.attends and beam.coverage_penalty != self.beam.coverage_penalty,
        }
        reasons = {
            "this model has no attention weights (model.attention: none)": {} if self.attends else attention,
            "this model writes no unknown words, only subwords": unknown if self.target.encodes_everything else {},
            "with --beam-width 1 there is a single hypothesis": ranking if beam.width == 1 else {},
        }
        for reason, options in reasons.items():
            for option in (option for option, given in options.items() if given):
                yield f"{option} has no effect: {reason}"
        if beam.unknown_penalty and not self.target.encodes_everything:
            yield from _notes_on_penalty(beam.unknown_penalty, replace_unknown and self.attends, steps)

    def explain(self, texts: Iterable[str], options: ExplainOptions, progress: Progress) -> Iterator[ScoredTranslation]:
        """Translations token by token. Raises RequestError for an option that means nothing here."""
        options.refuse(dict.fromkeys(("method", "label", "faithfulness"), "a translator explains what it writes"))
        explainer = TranslationExplainer(self, self.compiled.forced(options.alternatives + 1))
        return (explainer.explain(text, options.target) for text in texts)

    def _result(
        self, text: str, source_ids: np.ndarray, cut_off: int, found: SearchResult, *, replace_unknown: bool
    ) -> TranslationResult:
        read = found.attention[0].shape[1] - 1  # the end's id is read too; what was truncated is not
        source = tuple(self.source.vectorizer.tokens(text)[:read]) or (UNKNOWN,)
        complete = [place not in found.cut for place in range(len(found.ids))]
        hypotheses = tuple(
            self._hypothesis(source, *each, replace_unknown=replace_unknown)
            for each in zip(found.ids, found.scores, found.log_probabilities, found.attention, complete, strict=True)
        )
        steps = tuple(tuple((self._with_end(ids), value) for ids, value in step) for step in found.steps)
        unknown = int((source_ids == UNKNOWN_ID).sum())
        # Mostly unknown to the source's vocabulary, and less so to the target's: probably in the target language.
        reversed_direction = 2 * unknown > len(source) and self._share_unknown_to_target(text) < unknown / len(source)
        return TranslationResult(source, hypotheses, steps, unknown, reversed_direction, cut_off)

    def _hypothesis(
        self,
        source: tuple[str, ...],
        ids: tuple[int, ...],
        score: float,
        log_probability: float,
        attention: np.ndarray,
        complete: bool,
        *,
        replace_unknown: bool,
    ) -> Hypothesis:
        tokens, text = self.target.tokens(ids), self.target.text(ids)
        if replace_unknown and attention.any() and UNKNOWN_ID in ids:
            most_attended = attention[: len(ids), : len(source)].argmax(axis=1)
            aligned = zip(ids, tokens, most_attended, strict=True)
            tokens = [source[position] if index == UNKNOWN_ID else token for index, token, position in aligned]
            text = self.target.detokenize(tokens)
        weights = attention.astype(float).round(4).tolist()
        return Hypothesis(text, tuple(tokens), score, log_probability, weights, complete)

    def _share_unknown_to_target(self, text: str) -> float:
        """The share of the text's tokens that are not in the target vocabulary."""
        ids = self.target.vectorizer.encode([text]).ids.values
        return float((ids == UNKNOWN_ID).mean()) if len(ids) else 1.0

    def _with_end(self, ids: Sequence[int]) -> str:
        """The tokens of a candidate, its end shown."""
        return " ".join([*self.target.tokens(ids), *([END] if ids[-1] == END_ID else [])])


def _tell_cut(results: Sequence[SearchResult], progress: Progress) -> None:
    if cut := sum(0 in each.cut for each in results):
        were = f"{cut:,} of {counted(len(results), 'translation')} {'was' if cut == 1 else 'were'}"
        progress.say(f"{were} cut at the greatest length: a model that trained long enough ends its sentences")


def _tokenizer() -> Callable[[str], str]:
    """Lowercase, words and punctuation apart: how papers on small corpora tokenize their references."""
    spaced = VECTORIZERS["words"].model_validate({"standardize": "lower", "split": "punctuation"}).preprocessor()  # type: ignore[attr-defined]  # the registry's class has it
    return lambda text: " ".join(spaced(text).split())


def _notes_on_penalty(penalty: float, replace_unknown: bool, steps: bool) -> Iterator[str]:
    if replace_unknown:
        yield (
            f"the unknown penalty of {penalty:g} keeps most [UNK] out, and --replace-unknown finds few: "
            "--unknown-penalty 0 lets them in"
        )
    if steps:
        yield f"log probabilities of the steps have the unknown penalty: {penalty:g} less for each [UNK]"
